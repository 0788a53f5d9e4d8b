"""One run: its numbers are those of a training by hand, in either library, also where it diverges."""

import statistics

import numpy as np
import pytest

import numpy_mlp
from compare.sweep import runs
from compare.sweep.runs import Run
from numpy_mlp.shared.history import History


def cross_entropy(weights, x, y):
    """Test loss and right answers in float64, written out once more."""
    hidden = np.maximum(x.astype(float) @ weights["fc1.weight"].T + weights["fc1.bias"], 0)
    logits = hidden @ weights["fc2.weight"].T + weights["fc2.bias"]
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean(), int((logits.argmax(axis=1) == y).sum()), hidden


def test_table_holds_the_numbers_of_trainings_done_by_hand(sweep, tmp_path, iris, small, table_of):
    code, _, _ = sweep(*small, "--seeds", 3, "--target-loss", 1.0, "--out", tmp_path)
    assert code == 0
    rows = table_of(tmp_path)
    assert [(row["hidden"], row["lr"]) for row in rows] == [
        ("2", "0.01"), ("2", "0.5"), ("5", "0.01"), ("5", "0.5"),
    ]  # fmt: skip
    for row in rows:
        losses, right, reached, dead = [], [], [], []
        for seed in range(3):
            model = numpy_mlp.MLP(4, int(row["hidden"]), 3, seed=seed)
            optimizer = numpy_mlp.SGD(model.parameters(), lr=float(row["lr"]))
            history = numpy_mlp.train(model, optimizer, iris.x_train, iris.y_train, epochs=40)
            loss, correct, _ = cross_entropy(model.state_dict(), iris.x_test, iris.y_test)
            losses.append(loss)
            right.append(correct)
            hidden = cross_entropy(model.state_dict(), iris.x_train, iris.y_train)[2]
            dead.append(int((hidden == 0).all(axis=0).sum()))
            epochs = [epoch for epoch, loss in enumerate(history.losses, start=1) if loss <= 1.0]
            reached.append(min(epochs, default=np.inf))
        # the command computes in float32
        assert float(row["test_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
        assert float(row["test_loss_deviation"]) == pytest.approx(np.std(losses, ddof=1), rel=1e-3)
        assert (int(row["right_min"]), int(row["right_max"])) == (min(right), max(right))
        assert row["right_total"] == "30"
        assert float(row["dead_units"]) == pytest.approx(np.mean(dead))
        median = statistics.median(reached)
        assert row["epochs_to_loss"] == (str(median) if np.isfinite(median) else "")
        assert int(row["reached"]) == sum(map(np.isfinite, reached))
        assert (row["runs"], row["diverged"], row["library"]) == ("3", "0", "numpy")
    assert {row["epochs_to_loss"] for row in rows} > {""}, "some reach the loss, some never do"


def test_torch_trains_from_the_same_weights():
    for hidden, lr in (((5,), 0.5), ((4, 3), 0.1)):
        (ours,), (theirs,) = (
            runs.measure(Run("iris", hidden, lr, 1, 40, backend, 1.0)) for backend in ("numpy", "torch")
        )
        assert (ours.run.backend, theirs.run.backend) == ("numpy", "torch")
        assert ours.agrees is theirs.agrees is None
        for name in ("params", "test_right", "test_total", "epochs_to_loss", "dead_units", "diverged"):
            assert getattr(ours, name) == getattr(theirs, name), name
        for name in ("train_loss", "test_loss"):
            assert getattr(ours, name) == pytest.approx(getattr(theirs, name), rel=1e-4)


def test_training_that_diverges_is_marked_and_left_out(sweep, small, tmp_path, table_of, lines_of):
    code, out, err = sweep(*small, "--lr", "1e38,0.1", "--out", tmp_path)
    assert code == 0
    assert "Warning" not in err
    diverged, other = lines_of(tmp_path)[0], lines_of(tmp_path)[2]
    assert (diverged["lr"], diverged["diverged"], diverged["test_loss"]) == (1e38, True, None)
    assert diverged["test_right"] == 0
    assert (other["lr"], other["diverged"]) == (0.1, False)
    rows = table_of(tmp_path)
    assert [(row["diverged"], row["test_loss"]) for row in rows[::2]] == [("2", ""), ("2", "")]
    assert [line.split()[4] for line in out.splitlines()[3:7:2]] == ["diverged"] * 2
    assert "lr 1e+38: 0 of 30 right in 4 of 4 runs; every run diverged" in out


@pytest.mark.parametrize("library", ["numpy", "torch"])
def test_dead_units_are_counted_in_every_hidden_layer(iris, library):
    weights = numpy_mlp.MLP(4, 6, 5, 3, seed=0).state_dict()
    weights["fc1.bias"][:] = [-100, 100, -100, 100, 100, 100]
    weights["fc2.bias"][:] = [1e6, 1e6, 1e6, -1e6, 1e6]
    trained = History(np.zeros(1), [0, 1], [weights, weights])
    run = Run("iris", (6, 5), 0.1, 0, 1, library, 0.1)
    assert runs.record(run, trained, (4, 6, 5, 3), iris).dead_units == 3
