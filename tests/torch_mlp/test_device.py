import pytest
import torch

from numpy_mlp.shared.cli import DeviceNotFoundError
from torch_mlp.device import choose_device, choose_own_device, describe
from torch_mlp.faster.workers import Workers


@pytest.fixture
def with_gpus(monkeypatch):
    """A PyTorch that sees so many CUDA devices."""

    def pretend(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return pretend


@pytest.mark.parametrize(
    ("count", "name", "expected"),
    [
        (0, "cpu", "cpu"),
        (0, "auto", "cpu"),
        (2, "cpu", "cpu"),
        (2, "auto", "cuda:0"),
        (2, "cuda", "cuda:0"),
        (2, "cuda:0", "cuda:0"),
        (2, "cuda:1", "cuda:1"),
    ],
)
def test_device_is_the_requested_one(count, name, expected, with_gpus):
    with_gpus(count)
    assert str(choose_device(name)) == expected


@pytest.mark.parametrize(
    ("count", "name"),
    [(0, "cuda"), (0, "cuda:0"), (1, "cuda:1"), (2, "cuda:2"), (1, "cuda:256"), (2, "cuda:257")],
)
def test_absent_device_is_an_error_and_never_another_device(count, name, with_gpus):
    # PyTorch keeps an index in one byte: torch.device("cuda:256") is cuda:0
    with_gpus(count)
    with pytest.raises(DeviceNotFoundError, match=rf"^--device {name}: .* sees {count} CUDA devices here"):
        choose_device(name)


def test_device_is_described_for_people(monkeypatch):
    assert describe(torch.device("cpu")) == "cpu"
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA Something")
    assert describe(torch.device("cuda:0")) == "cuda:0 (NVIDIA Something)"


@pytest.mark.skipif(torch.cuda.device_count() > 8, reason="needs a machine with fewer GPUs than workers")
def test_fewer_gpus_than_workers_is_exit_3_and_auto_takes_the_cpu(cli, worker):
    nine = Workers(8, 9, 8, 9)
    with pytest.raises(DeviceNotFoundError, match="9 workers need a CUDA device each"):
        choose_own_device("cuda", nine)
    assert choose_own_device("auto", nine) == torch.device("cpu")
    if torch.cuda.device_count() < 2:
        worker(0)
        code, out, err = cli("torch_mlp", "train", "--device", "cuda")
        assert (code, out, err.count("\n")) == (3, "", 1)


def test_each_worker_has_the_gpu_of_its_number_on_its_machine(with_gpus):
    with_gpus(2)
    for name in ("cuda", "auto"):
        assert choose_own_device(name, Workers(3, 4, 1, 2)) == torch.device("cuda:1")
    three = Workers(0, 3, 0, 3)
    assert choose_own_device("auto", three) == torch.device("cpu")
    with pytest.raises(
        DeviceNotFoundError, match=r"3 workers need a CUDA device each, and PyTorch .* sees 2"
    ):
        choose_own_device("cuda", three)


def test_name_of_a_gpu_says_if_the_environment_asks_for_tf32(monkeypatch):
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA X")
    monkeypatch.delenv("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", raising=False)
    gpu = torch.device("cuda:0")
    assert describe(gpu) == "cuda:0 (NVIDIA X)"
    monkeypatch.setenv("TORCH_ALLOW_TF32_CUBLAS_OVERRIDE", "1")
    assert describe(gpu) == "cuda:0 (NVIDIA X, TORCH_ALLOW_TF32_CUBLAS_OVERRIDE=1)"
    assert describe(torch.device("cpu")) == "cpu"
