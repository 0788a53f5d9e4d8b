from itertools import pairwise

import numpy as np
import pytest
import torch
from tqdm import tqdm

import numpy_mlp
import torch_mlp
from numpy_mlp import MLP, SGD, CrossEntropyLoss


@pytest.fixture
def trainer(twins, iris):
    """Train the NumPy or the PyTorch twin on Iris; both take the same arguments."""

    def build(package, *, dtype=np.float64, lr=0.1, seed=0, **sgd):
        x, y = iris.x_train.astype(dtype), iris.y_train
        model, torch_model = twins(4, 10, 3, dtype=dtype, seed=seed)
        if package == "numpy_mlp":
            optimizer = SGD(model.parameters(), lr=lr, **sgd)
            return optimizer, lambda **more: numpy_mlp.train(model, optimizer, x, y, **more)
        optimizer = torch.optim.SGD(torch_model.parameters(), lr=lr, **sgd)
        tensors = torch.tensor(x), torch.tensor(y)
        return optimizer, lambda **more: torch_mlp.train(torch_model, optimizer, *tensors, **more)

    return build


both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])


@both
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_losses_of_full_batch_training_fall(package, dtype, trainer):
    history = trainer(package, dtype=dtype)[1](epochs=100)
    assert history.losses.dtype == dtype
    assert history.losses.shape == (100,)
    assert (np.diff(history.losses) < 0).all()
    assert history.seconds > 0


@both
@pytest.mark.parametrize(
    ("epochs", "every", "expected"),
    [(7, 3, [0, 3, 6, 7]), (6, 3, [0, 3, 6]), (2, 200, [0, 2]), (0, 200, [0])],
)
def test_snapshots_are_taken_at_0_at_every_so_many_and_at_the_last_epoch(
    package, epochs, every, expected, trainer
):
    history = trainer(package)[1](epochs=epochs, snapshot_every=every)
    assert history.snapshot_epochs == expected
    assert len(history.losses) == epochs
    biases = [snapshot["fc2.bias"] for snapshot in history.snapshots]
    assert len(biases) == len(expected)
    assert all((before != after).any() for before, after in pairwise(biases))


@both
def test_snapshots_are_the_weights_of_their_epoch(package, trainer):
    long = trainer(package)[1](epochs=6, snapshot_every=2)
    short = trainer(package)[1](epochs=2)
    fresh = MLP(4, 10, 3, seed=0, dtype=np.float64).state_dict()
    for name, data in fresh.items():
        np.testing.assert_array_equal(long.snapshots[0][name], data)
        np.testing.assert_array_equal(long.snapshots[1][name], short.snapshots[-1][name])


def test_first_loss_is_that_of_the_fresh_network(trainer, iris):
    history = trainer("numpy_mlp", dtype=np.float32)[1](epochs=1)
    fresh = MLP(4, 10, 3, seed=0)
    assert history.losses[0] == CrossEntropyLoss()(fresh(iris.x_train), iris.y_train)


@both
def test_training_is_repeatable_and_its_seed_orders_the_batches(package, trainer):
    first, again, other = (
        trainer(package)[1](epochs=3, batch_size=16, seed=seed).losses for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(first, again)
    assert (first != other).any()


@both
def test_loss_of_an_epoch_is_the_mean_over_samples_not_over_batches(package, gamma):
    # Zero weights and the biases (0, log 3): p = (1/4, 3/4) for every sample, so the losses are log 4 for
    # label 0 and log(4/3) for label 1. Of five samples one has label 0. With lr 0 nothing moves.
    weights = {"fc1.weight": np.zeros((2, 2)), "fc1.bias": np.array([0, np.log(3)])}
    x, y = np.ones((5, 2)), np.array([1, 1, 0, 1, 1])
    if package == "numpy_mlp":
        model = MLP(2, 2, dtype=np.float64)
        model.load_state_dict(weights)
        history = numpy_mlp.train(model, SGD(model.parameters(), lr=0), x, y, epochs=8, batch_size=2)
    else:
        model = torch_mlp.MLP(2, 2).double()
        model.load_state_dict({name: torch.tensor(data) for name, data in weights.items()})
        optimizer = torch.optim.SGD(model.parameters(), lr=0)
        history = torch_mlp.train(model, optimizer, torch.tensor(x), torch.tensor(y), epochs=8, batch_size=2)
    expected = (np.log(4) + 4 * np.log(4 / 3)) / 5
    # about ten roundings for each sample's loss, ten more for the sums
    assert (np.abs(history.losses - expected) <= gamma(20, np.float64) * np.log(4)).all()


@pytest.mark.parametrize("batch_size", [None, 16, 50])
@pytest.mark.parametrize("sgd", [{}, {"momentum": 0.9, "weight_decay": 0.01, "nesterov": True}], ids=str)
def test_both_packages_train_alike(batch_size, sgd, trainer):
    ours, theirs = (
        trainer(package, **sgd)[1](epochs=100, batch_size=batch_size, snapshot_every=25)
        for package in ("numpy_mlp", "torch_mlp")
    )
    # the project's promise for float64: within 1e-12, over 20,000 epochs even
    assert np.abs(ours.losses - theirs.losses).max() <= 1e-12
    assert ours.snapshot_epochs == theirs.snapshot_epochs
    for mine, other in zip(ours.snapshots, theirs.snapshots, strict=True):
        assert mine.keys() == other.keys()
        assert all(np.abs(mine[name] - other[name]).max() <= 1e-12 for name in mine)


@both
def test_training_puts_the_model_into_training_mode(package, twins, iris):
    model, torch_model = twins(4, 10, 3)
    if package == "numpy_mlp":
        model.eval()
        numpy_mlp.train(model, SGD(model.parameters()), iris.x_train, iris.y_train, epochs=1)
        assert model.training
    else:
        torch_model.eval()
        optimizer = torch.optim.SGD(torch_model.parameters())
        x, y = torch.tensor(iris.x_train), torch.tensor(iris.y_train)
        torch_mlp.train(torch_model, optimizer, x, y, epochs=1)
        assert torch_model.training


@both
@pytest.mark.parametrize("progress", ["manual", "auto", "off"])
@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
def test_interrupted_training_says_at_which_epoch_and_closes_the_bar(
    package, progress, error, trainer, terminal, monkeypatch
):
    optimizer, train = trainer(package)
    step, steps = optimizer.step, []

    def step_until_the_fourth():
        steps.append(step())
        if len(steps) == 4:
            raise error("pressed")

    monkeypatch.setattr(optimizer, "step", step_until_the_fourth)
    # a bar that is closed only by the garbage collector would be open while the traceback is alive
    with terminal() as stderr, pytest.raises(error) as caught:
        train(epochs=10, progress=progress)
    assert not getattr(tqdm, "_instances", ())
    is_interrupt = error is KeyboardInterrupt
    assert str(caught.value) == ("training stopped at epoch 3 of 10" if is_interrupt else "pressed")
    assert stderr.getvalue().endswith("" if progress == "off" else "\n")
    assert len(steps) == 4


@both
def test_unknown_progress_style_is_refused(package, trainer):
    message = r"^expected a progress style out of manual, auto, off; got 'loud'$"
    with pytest.raises(ValueError, match=message):
        trainer(package)[1](epochs=1, progress="loud")


@both
def test_batch_size_below_one_is_refused(package, trainer):
    with pytest.raises(ValueError, match=r"^expected a batch size of 1 or more, got 0$"):
        trainer(package)[1](epochs=1, batch_size=0)


def test_training_on_samples_of_another_dtype_is_refused(iris):
    model = MLP(4, 10, 3)
    x = iris.x_train.astype(np.float64)
    with pytest.raises(TypeError, match="expected float32 input, got float64"):
        numpy_mlp.train(model, SGD(model.parameters()), x, iris.y_train, epochs=1)
