"""CUDA graphs, simulated on a CPU: what is captured, and when it is replayed."""

from functools import partial

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from torch_mlp.faster.graphs import EpochGraphs


class Capture(TorchDispatchMode):
    """A CUDA graph on a CPU: operations on fixed tensors, which run again without any Python."""

    def __init__(self):
        super().__init__()
        self.calls, self.before = [], {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func is not torch.ops.aten._local_scalar_dense.default, "a capture can't wait for a number"
        for argument, value in zip(func._schema.arguments, args, strict=False):
            if argument.alias_info and argument.alias_info.is_write:
                storage = value.untyped_storage()
                self.before.setdefault(storage.data_ptr(), (storage, storage.clone()))
        result = func(*args, **(kwargs or {}))
        if func.namespace == "aten":  # the profiler's marks compute nothing
            self.calls.append((func, args, kwargs or {}, result))
        return result

    def undo(self):
        """Put back what was written: a capture runs nothing."""
        for storage, before in self.before.values():
            storage.copy_(before)

    @torch.no_grad()
    def replay(self):
        for func, args, kwargs, result in self.calls:
            aliases = [returned.alias_info for returned in func._schema.returns]
            if any(alias and not alias.is_write for alias in aliases):
                continue  # a view of what is there anyway
            again = func(*args, **kwargs)
            if not any(aliases):
                for old, new in zip(
                    *(r if isinstance(r, tuple) else (r,) for r in (result, again)), strict=True
                ):
                    old.copy_(new)


@pytest.fixture
def simulated(monkeypatch):
    """Mode graph without a GPU; return how often each capture has been replayed."""
    replays = []

    def captured(self, work):
        capture, number = Capture(), len(replays)
        with capture:
            work()
        capture.undo()
        replays.append(0)

        def replay():
            replays[number] += 1
            capture.replay()

        return replay

    monkeypatch.setattr(EpochGraphs, "on_side_stream", lambda self, work: work())
    monkeypatch.setattr(EpochGraphs, "captured", captured)
    monkeypatch.setattr("torch_mlp.faster.training.check_mode", lambda *_: None)
    return replays


MOMENTUM = {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}


@pytest.mark.parametrize("sgd", [{}, MOMENTUM], ids=["plain", "momentum"])
@pytest.mark.parametrize(("batch_size", "every"), [(None, 7), (None, 200), (50, 7), (7, 200)])
def test_replayed_steps_change_the_weights_as_eager_ones_bit_for_bit(
    batch_size, every, sgd, simulated, trained, gamma
):
    settings = {"epochs": 60 if batch_size is None else 20, "batch_size": batch_size, "snapshot_every": every}
    (eager, _), (graph, _) = (trained(mode, sgd=sgd, **settings) for mode in ("eager", "graph"))
    # a sum of up to 18 batches' losses, each multiplied by its part of the samples first
    assert (np.abs(graph.losses - eager.losses) <= 2 * gamma(2 * 18, np.float32) * eager.losses).all()
    assert graph.snapshot_epochs == eager.snapshot_epochs
    for ours, theirs in zip(graph.snapshots, eager.snapshots, strict=True):
        assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    assert sum(simulated) > 1, "nothing was replayed"


def test_hundred_epochs_are_a_handful_of_replays_that_stop_for_each_snapshot(simulated, trained):
    # epoch 0 as it is, 1 to 50 at once, 51 to 59 one by one; 60 to 109 at once, 110 to 119 one by one
    trained("graph", epochs=120, snapshot_every=60, batch_size=None)
    assert sorted(simulated) == [2, 19]
    simulated.clear()
    trained("graph", epochs=101, snapshot_every=25, batch_size=50)
    assert sorted(simulated) == [4, 36]


@pytest.mark.parametrize("batch_size", [None, 50])
def test_between_two_snapshots_nothing_waits_for_the_gpu(batch_size, simulated, trained, monkeypatch):
    waits = []
    for name in ("item", "cpu", "numpy", "tolist", "__float__", "__bool__", "__int__", "nonzero"):
        usual = getattr(torch.Tensor, name)
        note = partial(
            lambda usual, name, self, *rest: (waits.append(name), usual(self, *rest))[1], usual, name
        )
        monkeypatch.setattr(torch.Tensor, name, lambda self, *rest, note=note: note(self, *rest))
    trained("graph", epochs=40, snapshot_every=20, batch_size=batch_size)
    # three snapshots of four arrays, and the losses at the end
    assert sorted(waits) == ["cpu"] * 13 + ["numpy"] * 13


def test_graph_reads_and_writes_the_same_memory_at_every_replay(simulated, trained, monkeypatch):
    seen, run = [], EpochGraphs.run

    def run_and_note(self, epoch):
        run(self, epoch)
        seen.append([tensor.data_ptr() for tensor in (self.x, self.y, self.order, self.block_losses)])

    monkeypatch.setattr(EpochGraphs, "run", run_and_note)
    trained("graph", epochs=30, snapshot_every=10, batch_size=50)
    assert len(seen) == 30
    assert all(pointers == seen[0] for pointers in seen)


def test_no_gradient_is_left_in_the_memory_of_the_last_graph(simulated, trained):
    _, optimizer = trained("graph", epochs=5, snapshot_every=5)
    assert [param.grad for param in optimizer.param_groups[0]["params"]] == [None] * 4
