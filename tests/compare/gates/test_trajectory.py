"""A training passes if and only if each of its epochs is the exact one, within its derived budget."""

import numpy as np
import pytest

import numpy_mlp
from compare import numpy_side, torch_side
from compare.bugs.copies import copy_of_numpy_mlp
from compare.checks import CheckContext, agree, first_divergence
from compare.gates import trajectory
from compare.gates.scenarios import random_scenario
from compare.gates.trajectory import Training
from compare.scenario import TrainingSettings
from numpy_mlp.shared.history import History

CONTEXT = CheckContext("whole training", "trajectory", "float32")


def training(dtype="float32", epochs=60, sizes=(4, 8, 3), lr=0.1, batch_size=None) -> Training:
    scenario = random_scenario("", "", sizes, 24).astype(dtype)
    return Training(scenario, TrainingSettings(epochs, lr, batch_size=batch_size))


def verdict(one: Training, history):
    return first_divergence(one.finished(history, CONTEXT, "PyTorch").checks())


@pytest.mark.parametrize("batch_size", [None, 7, 24])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(4, 3), (4, 8, 3), (4, 8, 7, 3)])
def test_both_libraries_trainings_are_exact_ones(dtype, sizes, batch_size):
    one = training(dtype, 80, sizes, batch_size=batch_size)
    for history in (
        numpy_side.train(one.scenario, one.settings),
        torch_side.train(one.scenario, one.settings),
    ):
        assert verdict(one, history) is None


@pytest.mark.parametrize(("dtype", "factor"), [("float32", 1.001), ("float32", 0.999), ("float64", 1 + 1e-6)])
def test_learning_rate_that_is_a_little_off_is_seen_in_the_first_epoch(dtype, factor):
    one = training(dtype, lr=0.1)
    other = torch_side.train(one.scenario, TrainingSettings(60, 0.1 * factor))
    check = verdict(one, other)
    assert (check.tensor, check.epoch) == ("fc1.weight after epochs 1 to 60", 1)
    assert check.budget_used > 2
    assert check.update_ratio == pytest.approx(factor, rel=1e-3 if dtype == "float32" else 1e-7)
    assert check.sides == ("PyTorch", "float64")


def test_update_that_is_missing_once_is_named_with_its_epoch():
    one = training()
    history = numpy_side.train(one.scenario, one.settings)
    for later in range(41, 61):  # epoch 41 does nothing, and the training goes on from there
        history.snapshots[later] = history.snapshots[later - 1]
    check = verdict(one, history)
    assert (check.epoch, check.tensor) == (41, "fc1.weight after epochs 1 to 60")


def test_weight_that_is_rounded_once_to_float16_is_named_with_its_epoch():
    one = training()
    history = numpy_side.train(one.scenario, one.settings)
    weights = history.snapshots[30]
    weights["fc2.bias"] = weights["fc2.bias"].astype(np.float16).astype(np.float32)
    check = verdict(one, history)
    assert (check.epoch, check.tensor) == (30, "fc2.bias after epochs 1 to 60")


def test_gradient_that_is_kept_from_an_earlier_step_is_seen():
    package = copy_of_numpy_mlp()
    package.SGD.zero_grad = lambda self: None
    check = first_divergence(training().by_package(CONTEXT).checks(package))
    assert check.epoch == 2, "in the first epoch there is nothing to keep"


@pytest.mark.parametrize("epoch", [1, 17, 60])
def test_loss_of_any_epoch_counts(epoch):
    one = training("float64")
    history = numpy_side.train(one.scenario, one.settings)
    history.losses[epoch - 1] *= 1 + 1e-12
    check = verdict(one, history)
    assert (check.tensor, check.epoch) == ("loss in epochs 1 to 60", epoch)


def test_blocks_cover_every_epoch_and_change_no_verdict(monkeypatch):
    one = training(epochs=25)
    history = numpy_side.train(one.scenario, one.settings)
    whole = one.finished(history, CONTEXT, "NumPy").checks()
    monkeypatch.setattr(trajectory, "BLOCK", 10 * 24 * 8)
    assert one.epochs_per_block == 10
    checks = one.finished(history, CONTEXT, "NumPy").checks()
    names = [check.tensor for check in checks if check.tensor.startswith("fc1.weight")]
    assert names == [f"fc1.weight after epochs {epochs}" for epochs in ("1 to 10", "11 to 20", "21 to 25")]
    assert agree(checks)
    assert max(c.budget_used for c in checks) == pytest.approx(max(c.budget_used for c in whole))
    history.snapshots[22]["fc1.bias"][3] += 1e-5
    check = verdict(one, history)
    assert (check.tensor, check.epoch, check.worst_index) == ("fc1.bias after epochs 21 to 25", 22, (1, 3))


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (lambda history: history.snapshots.pop(), "kept 60 snapshots for 60 epochs, expected 61"),
        (lambda history: history.snapshot_epochs.insert(0, 7), "expected 61"),
        (lambda history: setattr(history, "losses", history.losses[1:]), "kept 61 snapshots for 59 epochs"),
        (
            lambda history: (
                [history.snapshots.pop(), history.snapshot_epochs.pop()]
                and setattr(history, "losses", history.losses[1:])
            ),
            "returned 59 losses for 60 epochs",
        ),
    ],
)
def test_training_that_does_not_keep_every_epoch_is_a_failed_check(change, text):
    one = training()
    history = numpy_side.train(one.scenario, one.settings)
    change(history)
    checks = one.finished(history, CONTEXT, "PyTorch").checks()
    assert text in next(check.numpy for check in checks if check.tensor == "training")


def test_training_that_raises_is_a_failed_check(monkeypatch):
    monkeypatch.setattr(numpy_mlp, "train", lambda *_, **__: 1 / 0)
    check = first_divergence(training().by_package(CONTEXT).checks())
    assert check.numpy == "missing (ZeroDivisionError: division by zero)"


def test_training_that_diverges_is_no_agreement():
    one = training(lr=1e30)
    with np.errstate(all="ignore"):
        assert verdict(one, numpy_side.train(one.scenario, one.settings)) is not None


def test_long_training_comes_in_parts_that_are_the_same_training(monkeypatch):
    one = training("float64", epochs=25)
    whole = numpy_side.train(one.scenario, one.settings)
    size = sum(weight.nbytes for weight in one.scenario.weights.values())
    monkeypatch.setattr(trajectory, "MEMORY", 10 * size)
    parts = list(one.trained_by(numpy_mlp))
    assert [len(part.losses) for part in parts] == [10, 10, 5]
    assert np.concatenate([part.losses for part in parts]).tolist() == whole.losses.tolist()
    checks = one.by_package(CONTEXT).checks()
    assert agree(checks)
    names = [check.tensor for check in checks if check.tensor.startswith("loss")]
    assert names == ["loss in epochs 1 to 10", "loss in epochs 11 to 20", "loss in epochs 21 to 25"]
    kept = History()
    list(trajectory.thinning(iter(parts), kept, 25))
    assert kept.snapshot_epochs == [*range(0, 25, 2), 25]
    np.testing.assert_array_equal(kept.snapshots[-1]["fc1.weight"], whole.snapshots[-1]["fc1.weight"])
    np.testing.assert_array_equal(kept.snapshots[6]["fc1.weight"], whole.snapshots[12]["fc1.weight"])
    assert kept.losses.tolist() == whole.losses.tolist()


def test_fault_in_a_later_part_is_named_with_its_epoch(monkeypatch):
    one = training("float64", epochs=25)
    size = sum(weight.nbytes for weight in one.scenario.weights.values())
    monkeypatch.setattr(trajectory, "MEMORY", 10 * size)
    parts = list(one.trained_by(numpy_mlp))
    parts[1].snapshots[4]["fc2.bias"][1] += 1e-6
    check = first_divergence(one.run_by(lambda: parts, CONTEXT, "PyTorch").checks())
    assert (check.epoch, check.tensor) == (14, "fc2.bias after epochs 11 to 20")
    assert first_divergence(one.run_by(lambda: parts[:2], CONTEXT, "PyTorch").checks()) is not None


def test_reference_training_runs_once_whatever_package_is_checked():
    one, runs = training(), []
    gate = one.run_by(lambda: runs.append(1) or [numpy_side.train(one.scenario, one.settings)], CONTEXT, "X")
    assert gate.checks(numpy_mlp) == gate.checks(copy_of_numpy_mlp())
    assert runs == [1]
