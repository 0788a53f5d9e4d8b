"""``History.recording``, around loops over NumPy's arrays and PyTorch's tensors."""

import time

import numpy as np
import pytest
import torch
from tqdm import tqdm

import torch_mlp
from numpy_mlp import MLP
from numpy_mlp.shared.history import History


@pytest.fixture(params=["numpy", "torch"])
def loop(request):
    """A model, losses to be filled, and the change that an epoch makes to both."""
    if request.param == "numpy":
        model, losses = MLP(2, 2, seed=0, dtype=np.float64), np.zeros(7)
        bias = model.fc1.bias.data
    else:
        model, losses = torch_mlp.MLP(2, 2).double(), torch.zeros(7, dtype=torch.float64)
        bias = model.fc1.bias.detach()
    bias[:] = 0

    def train(epoch):
        nonlocal bias
        losses[epoch] = 10 - epoch
        bias += 1  # after e epochs the bias is e

    return model, losses, train


def record(loop, every, progress="off"):
    model, losses, train = loop
    history = History()
    with history.recording(model, losses, every, "name", progress) as epochs:
        for epoch in epochs:
            train(epoch)
    return history


@pytest.mark.parametrize(
    ("every", "expected"), [(3, [0, 3, 6, 7]), (7, [0, 7]), (1, [*range(8)]), (200, [0, 7])]
)
def test_snapshots_are_copies_of_epoch_0_of_each_nth_and_of_the_last(every, expected, loop):
    history = record(loop, every)
    assert history.snapshot_epochs == expected
    assert [snapshot["fc1.bias"].tolist() for snapshot in history.snapshots] == [[e, e] for e in expected]
    assert all(type(data) is np.ndarray for snapshot in history.snapshots for data in snapshot.values())
    assert list(history.snapshots[0]) == ["fc1.weight", "fc1.bias"]


def test_losses_are_a_copy_in_their_dtype(loop):
    history = record(loop, 3)
    np.testing.assert_array_equal(history.losses, np.arange(10.0, 3, -1), strict=True)
    loop[1][:] = 99
    assert history.losses.max() == 10


def test_seconds_are_those_of_the_loop(loop, monkeypatch):
    now = iter([5.0, 7.5])
    monkeypatch.setattr(time, "perf_counter", lambda: next(now))
    assert record(loop, 3).seconds == 2.5


@pytest.mark.parametrize("progress", ["manual", "auto", "off"])
def test_interrupt_closes_the_bar_and_says_the_epoch(progress, loop, terminal):
    model, losses, _ = loop
    history = History()

    def interrupted():
        with history.recording(model, losses, 2, "name", progress) as epochs:
            for epoch in epochs:
                if epoch == 5:
                    raise KeyboardInterrupt

    # a bar that is closed only by the garbage collector would be open while the traceback is alive
    with terminal(), pytest.raises(KeyboardInterrupt) as caught:
        interrupted()
    assert str(caught.value) == "training stopped at epoch 5 of 7"
    assert not getattr(tqdm, "_instances", ())
    assert history.snapshot_epochs == [0, 2, 4]


def test_other_errors_pass_unchanged_and_close_the_bar(loop, terminal):
    def failing():
        with History().recording(*loop[:2], 2, "name", "manual") as epochs:
            for _ in epochs:
                raise ZeroDivisionError("as it was")

    with terminal(), pytest.raises(ZeroDivisionError, match=r"^as it was$") as caught:
        failing()
    assert caught.value.__traceback__
    assert not getattr(tqdm, "_instances", ())


def test_bar_shows_the_loss_of_the_epoch_that_it_names(loop, capsys):
    record(loop, 3, "manual")
    lines = capsys.readouterr().err.splitlines()
    assert lines[0] == "name: 1 of 7 epochs, loss 10.000000"
    assert lines[-1] == "name: 7 of 7 epochs, loss 4.000000"


def test_repr_says_epochs_losses_snapshots_and_seconds(loop):
    history = record(loop, 3)
    history.seconds = 1.234
    assert repr(history) == "History(7 epochs, loss 10.0000 -> 4.0000, 4 snapshots of the weights, 1.23 s)"
    assert repr(History()) == "History(0 epochs, 0 snapshots of the weights, 0.00 s)"
