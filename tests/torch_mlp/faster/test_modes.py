"""The modes of a training, and where each is refused."""

import pytest
import torch

from numpy_mlp.shared.cli import DeviceNotFoundError
from torch_mlp.faster.modes import check_mode
from torch_mlp.faster.workers import Workers

CPU = torch.device("cpu")


# torch's own code, at its import
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")


def test_unknown_mode_and_graph_on_a_cpu_are_refused(trained):
    with pytest.raises(ValueError, match=r"^expected a mode out of eager, compile, graph; got 'fast'$"):
        trained("fast", epochs=1)
    with pytest.raises(DeviceNotFoundError, match=r"^--mode graph records CUDA launches, .* runs on cpu$"):
        trained("graph", epochs=1)


@pytest.mark.parametrize("mode", ["compile", "graph"])
def test_several_workers_train_in_mode_eager_alone(mode):
    workers = Workers(0, 2, 0, 2)
    check_mode("eager", CPU, workers)
    with pytest.raises(ValueError, match=f"^several workers train in mode eager, not in mode {mode}$"):
        check_mode(mode, CPU, workers)


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_graph_mode_without_a_gpu_exits_3_with_one_line_and_loads_nothing(device, cli, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("torch_mlp.data.load_dataset", None)
    message = "error: --mode graph records CUDA launches, and this training runs on cpu\n"
    assert cli("torch_mlp", "train", "--mode", "graph", "--device", device) == (3, "", message)


@pytest.mark.slow
def test_compile_mode_without_a_compiler_exits_2_with_one_line_and_loads_nothing(
    cli, no_compiler, monkeypatch
):
    monkeypatch.setattr("torch_mlp.data.load_dataset", None)
    code, out, err = cli("torch_mlp", "train", "--mode", "compile", "--device", "cpu")
    assert (code, out) == (2, "")
    assert err.startswith("error: --mode compile needs a C++ compiler such as g++: ")
    assert "/nonexistent/g++" in err
    assert err.endswith("; use --mode eager\n")
    assert err.count("\n") == 1


@pytest.mark.slow
def test_train_command_says_its_mode_unless_it_is_the_usual_one(cli, traced):
    quick = ("--epochs", "3", "--device", "cpu", "--quiet")
    code, out, err = cli("torch_mlp", "train", *quick, "--mode", "compile")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "mode       compile"
    assert "mode" not in cli("torch_mlp", "train", *quick)[1]
    assert len(traced) == 1


def test_numpy_has_one_way_to_train_and_pytorch_three(cli):
    assert cli("numpy_mlp", "train", "--mode", "eager")[0] == 2
    code, _, err = cli("torch_mlp", "train", "--mode", "fast")
    assert code == 2
    assert "invalid choice: 'fast' (choose from" in err
