"""Both packages' promises on a CUDA device."""

import signal
import subprocess
import sys
import time

import numpy as np
import pytest
import torch

import numpy_mlp
import torch_mlp
from numpy_mlp import SGD
from torch_mlp.data import to_device
from torch_mlp.faster.compiled import check_compiler
from torch_mlp.faster.training import train

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("batch_size", [None, 50])
def test_training_on_the_gpu_equals_numpys_on_the_cpu(batch_size, twins, iris):
    model, torch_model = twins(4, 10, 3, dtype=np.float64)
    torch_model.to("cuda")
    x = iris.x_train.astype(np.float64)
    ours = numpy_mlp.train(
        model, SGD(model.parameters(), lr=0.1), x, iris.y_train, epochs=100, batch_size=batch_size
    )
    theirs = torch_mlp.train(
        torch_model,
        torch.optim.SGD(torch_model.parameters(), lr=0.1),
        torch.tensor(x, device="cuda"),
        torch.tensor(iris.y_train, device="cuda"),
        epochs=100,
        batch_size=batch_size,
    )
    # the project's promise for float64
    assert np.abs(ours.losses - theirs.losses).max() <= 1e-12
    for name, data in ours.snapshots[-1].items():
        assert np.abs(data - theirs.snapshots[-1][name]).max() <= 1e-12


def test_data_and_answers_stay_on_the_gpu(iris):
    device = torch_mlp.choose_device("cuda")
    data = to_device(iris, device)
    model = torch_mlp.MLP(4, 10, 3).to(device)
    assert data.x_test.device == data.y_test.device == device
    assert torch_mlp.predict(model, data.x_test).device == device
    on_cpu = torch_mlp.accuracy(model.cpu(), data.x_test.cpu(), data.y_test.cpu())
    assert torch_mlp.accuracy(model.to(device), data.x_test, data.y_test) == pytest.approx(on_cpu, abs=1 / 30)


def test_auto_takes_the_gpu_and_says_so(cli):
    code, out, err = cli("torch_mlp", "train", "--epochs", "2", "--progress", "off")
    assert code == 0
    assert err.startswith("device: cuda:0 (")
    assert "83 parameters" in out


def test_file_trained_on_the_gpu_is_read_on_the_cpu(cli, tmp_path):
    path = tmp_path / "w.npz"
    assert (
        cli("torch_mlp", "train", "--epochs", "2", "--device", "cuda", "--quiet", "--weights", path)[0] == 0
    )
    assert cli("numpy_mlp", "predict", "--weights", path, "5.1", "3.5", "1.4", "0.2")[0] == 0


MOMENTUM = {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}


# compiling imports code of PyTorch's that it calls outdated itself
compiles = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")


@pytest.fixture
def on_gpu(twins, iris):
    """Train a twin on a GPU; return its history, the network and the optimizer."""

    def build(mode, *, device="cuda", sgd=None, **settings):
        _, model = twins(4, 10, 3, dtype=np.float64)
        model.to(device)
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1, **(sgd or {}))
        x, y = torch.tensor(iris.x_train.astype(np.float64)), torch.tensor(iris.y_train)
        history = train(model, optimizer, x.to(device), y.to(device), mode=mode, **settings)
        return history, model, optimizer

    return build


def assert_alike(one, two):
    """Two trainings in float64 keep within the project's promise."""
    assert one.snapshot_epochs == two.snapshot_epochs
    assert np.abs(one.losses - two.losses).max() <= 1e-12
    for ours, theirs in zip(one.snapshots, two.snapshots, strict=True):
        assert all(np.abs(ours[name] - theirs[name]).max() <= 1e-12 for name in theirs)


def skip_without_a_compiler(device):
    """Mode compile needs Triton and a C compiler; a machine with a GPU need not have them."""
    try:
        check_compiler(device)
    except ValueError as error:
        pytest.skip(str(error))


@pytest.mark.parametrize("sgd", [{}, MOMENTUM], ids=["plain", "momentum"])
@pytest.mark.parametrize(("batch_size", "every"), [(None, 7), (None, 200), (50, 7), (7, 200)])
def test_replayed_training_equals_an_eager_one(batch_size, every, sgd, on_gpu):
    settings = {
        "epochs": 120 if batch_size is None else 30,
        "batch_size": batch_size,
        "snapshot_every": every,
    }
    eager, graph = (on_gpu(mode, sgd=sgd, **settings)[0] for mode in ("eager", "graph"))
    assert_alike(eager, graph)


def test_training_goes_on_eagerly_after_a_replayed_one(on_gpu, iris):
    histories = []
    for mode in ("eager", "graph"):
        _, model, optimizer = on_gpu(mode, sgd=MOMENTUM, epochs=60, batch_size=50)
        torch.cuda.empty_cache()  # the graphs are gone: what is left must stand on its own
        x = torch.tensor(iris.x_train.astype(np.float64), device="cuda")
        y = torch.tensor(iris.y_train, device="cuda")
        histories.append(torch_mlp.train(model, optimizer, x, y, epochs=20))
    assert_alike(*histories)


@compiles
@pytest.mark.skipif(torch.cuda.device_count() < 2, reason="needs two CUDA devices")
@pytest.mark.parametrize("mode", ["compile", "graph"])
def test_mode_trains_on_the_device_that_was_named_and_leaves_the_current_one(mode, on_gpu):
    if mode == "compile":
        skip_without_a_compiler(torch.device("cuda:1"))
    torch.cuda.set_device(0)
    settings = {"epochs": 60, "batch_size": 50, "snapshot_every": 20}
    expected, *_ = on_gpu("eager", device="cuda:0", **settings)
    history, model, _ = on_gpu(mode, device="cuda:1", **settings)
    assert {str(param.device) for param in model.parameters()} == {"cuda:1"}
    assert torch.cuda.current_device() == 0
    assert_alike(expected, history)


def test_train_command_replays_graphs_on_the_gpu(cli):
    code, out, _ = cli("torch_mlp", "train", "--mode", "graph", "--epochs", "300", "--quiet")
    assert code == 0
    assert out.splitlines()[-1] == "mode       graph"


NESTEROV = {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}


def trained_on_the_gpu(twins, iris, mode, *, epochs=120, batch_size=50, sgd=NESTEROV):
    _, model = twins(4, 10, 3, dtype=np.float64)
    model.to("cuda")
    optimizer = torch.optim.SGD(model.parameters(), **sgd)
    x = torch.tensor(iris.x_train.astype(np.float64), device="cuda")
    y = torch.tensor(iris.y_train, device="cuda")
    return model, train(model, optimizer, x, y, epochs=epochs, batch_size=batch_size, mode=mode)


def test_replayed_training_with_nesterov_equals_an_eager_one(twins, iris):
    (_, eager), (_, graph) = (trained_on_the_gpu(twins, iris, mode) for mode in ("eager", "graph"))
    for name, data in eager.snapshots[-1].items():
        np.testing.assert_array_equal(graph.snapshots[-1][name], data)


def test_many_replayed_trainings_leave_no_memory_behind(twins, iris):
    held = []
    for _ in range(6):
        model, _ = trained_on_the_gpu(twins, iris, "graph", epochs=60)
        assert all(param.grad is None for param in model.parameters())
        del model
        torch.cuda.synchronize()
        held.append(torch.cuda.memory_allocated())
    assert held[-1] <= held[1], "the first training may fill the libraries' workspaces"


def python(*args, **options):
    return subprocess.run(
        [sys.executable, *args], capture_output=True, text=True, encoding="utf-8", check=False, **options
    )


def test_recording_works_as_the_first_thing_that_a_process_does():
    args = ["-m", "torch_mlp", "train", "--device", "cuda", "--mode", "graph", "--epochs", "300", "--quiet"]
    result = python(*args)
    assert result.returncode == 0, result.stderr
    assert "mode       graph" in result.stdout


def test_ctrl_c_ends_a_replayed_training_with_one_line():
    args = [sys.executable, "-m", "torch_mlp", "train", "--device", "cuda", "--mode", "graph"]
    process = subprocess.Popen(
        [*args, "--epochs", "9000000"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    for line in process.stderr:
        if "epochs" in line or line.startswith("device"):
            break
    time.sleep(5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "training stopped at epoch" in err
    assert "Traceback" not in err


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_with_nccl_train_with_uneven_and_empty_shards(workers):
    if torch.cuda.device_count() < workers:
        pytest.skip(f"needs {workers} CUDA devices")
    # 120 samples in batches of 7: the last batch has a single sample, and the second worker none of it
    args = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", str(workers)]
    args += ["-m", "torch_mlp", "train", "--device", "cuda", "--batch-size", "7", "--epochs", "60", "--quiet"]
    result = python(*args)
    assert result.returncode == 0, result.stderr
    assert "83 parameters" in result.stdout


def test_benchmark_has_a_row_for_each_way_to_train_on_the_gpu():
    result = python("-m", "compare.benchmark", "--device", "cuda", "--rounds", "1")
    assert result.returncode == 0, result.stderr
    for name in ("eager", "torch.compile", "graph"):
        assert any(
            line.startswith("PyTorch on CUDA") and name in line for line in result.stdout.splitlines()
        ), name
