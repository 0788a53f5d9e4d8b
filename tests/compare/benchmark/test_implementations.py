"""Every implementation trains the same network for as many epochs as the workload says."""

import numpy as np
import pytest
import torch

from compare.benchmark import implementations
from compare.benchmark.implementations import ON_CUDA, NotMeasuredError, scikit_learn, torch_network
from compare.benchmark.workload import WORKLOADS, Workload
from torch_mlp.faster.graphs import STEPS_PER_GRAPH, EpochGraphs


@pytest.fixture
def built(monkeypatch):
    """The PyTorch models that are built."""
    found, build = [], implementations.torch_side.build
    monkeypatch.setattr(
        implementations.torch_side, "build", lambda *args: found.append(build(*args)) or found[-1]
    )
    return found


@pytest.fixture
def steps(monkeypatch):
    """Every step of PyTorch's optimizer."""
    found, step = [], torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: (found.append(self), step(self)))
    return found


@pytest.fixture
def replays(monkeypatch):
    """CUDA graphs without a GPU: how often each is replayed; a replay runs the captured code itself again."""
    replays = []

    def captured(self, work):
        number = len(replays)
        replays.append(0)

        def replay():
            replays[number] += 1
            work()

        return replay

    monkeypatch.setattr(EpochGraphs, "on_side_stream", lambda self, work: work())
    monkeypatch.setattr(EpochGraphs, "captured", captured)
    return replays


@pytest.mark.parametrize("fused", [None, True])
def test_pytorch_trains_the_same_network(fused, small, built, by_numpy):
    torch_network(small, "cpu", "eager", fused)()
    for name, expected in by_numpy(small, 20)[1].items():
        np.testing.assert_allclose(built[0].state_dict()[name].numpy(), expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("epochs", sorted({workload.epochs for workload in WORKLOADS} | {1, 50, 51, 120}))
def test_replayed_training_has_exactly_the_workloads_epochs_and_captures_before_it(epochs, replays, steps):
    train = torch_network(Workload((5, 7, 3), 11, epochs), "cpu", "graph")
    train()  # not timed: what is missing is captured here
    captured, longest = len(replays), min(epochs, STEPS_PER_GRAPH)
    for _ in range(2):
        steps.clear()
        before = sum(replays)
        train()
        assert len(steps) == epochs
        assert sum(replays) - before == epochs // longest + epochs % longest, "one by one"
    assert len(replays) == captured, "captured inside of the clock"


def test_replayed_training_trains_the_same_network(small, replays, built, by_numpy):
    train = torch_network(small, "cpu", "graph")
    train()
    train()
    for name, expected in by_numpy(small, 60)[1].items():  # the first 20 in the preparation
        np.testing.assert_allclose(built[0].state_dict()[name].numpy(), expected, rtol=1e-5, atol=1e-7)


def test_scikit_learn_trains_the_same_network_and_continues(small, monkeypatch, by_numpy):
    found, build = [], implementations.referees.classifier_from
    monkeypatch.setattr(
        implementations.referees, "classifier_from", lambda *args: found.append(build(*args)) or found[-1]
    )
    train = scikit_learn(small)
    train()
    train()
    weights = by_numpy(small, 40)[1]
    for i, (coefs, intercepts) in enumerate(zip(found[0].coefs_, found[0].intercepts_, strict=True), start=1):
        np.testing.assert_allclose(coefs.T, weights[f"fc{i}.weight"], rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(intercepts, weights[f"fc{i}.bias"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("name", ON_CUDA)
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_row_of_a_gpu_is_not_measured_without_one(name, small):
    with pytest.raises(NotMeasuredError, match=r"^no CUDA device here$"):
        ON_CUDA[name](small)


def test_without_a_compiler_the_compiled_row_is_not_measured(small, monkeypatch):
    def no_compiler(device):
        raise ValueError("--mode compile needs a C++ compiler")

    monkeypatch.setattr(implementations, "check_compiler", no_compiler)
    with pytest.raises(NotMeasuredError, match="needs a C"):
        torch_network(small, "cpu", "compile")
