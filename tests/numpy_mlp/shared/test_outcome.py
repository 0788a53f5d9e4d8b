"""What a headline may say of a training follows from both of its curves."""

import numpy as np
import pytest

from numpy_mlp import MLP, SGD, load_dataset, train
from numpy_mlp.shared.outcome import Losses, guess_loss, outcome

LN3 = float(np.log(3))
EPOCHS = np.array([0, 50, 100])


def losses(train, test=(1.1, 0.5, 0.4), **more):
    return Losses(np.asarray(train, float), EPOCHS, None if test is None else np.array(test), LN3, **more)


SETTLED = np.concatenate([np.geomspace(1.1, 0.1, 50), np.full(50, 0.1)])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (losses(SETTLED), "finished"),
        (losses(SETTLED, None), "finished"),
        (losses(np.linspace(1.1, 0.7, 100)), "unfinished"),
        (losses(np.linspace(1.1, 0.1, 10)), "unfinished"),
        (losses(np.geomspace(1.1, 0.001, 100), (1.1, 0.3, 0.6)), "overfitting"),
        (losses(SETTLED, (1.1, 0.3, 0.6)), "finished"),  # the training loss did not fall meanwhile
        (losses(SETTLED, (1.1, 0.400, 0.404)), "finished"),
        (losses(np.linspace(1.07, 21, 100), (1.0, 9, 17)), "diverged"),
        (losses([1.07, *[np.nan] * 99], (1.0, np.nan, np.nan)), "diverged"),
        (losses(SETTLED, (1.1, 0.3, np.inf)), "diverged"),
        (losses(np.linspace(1.07, 21, 100), (1.0, 9, 17), climbs=True), "climbed"),
        (losses(np.full(100, LN3), (LN3,) * 3, dead=True), "dead"),
        (losses([1.07, *[LN3] * 99], (LN3,) * 3), "learned nothing"),
        (losses(np.full(100, 1.07), (1.0,) * 3), "learned nothing"),  # a lucky start, and lr 0
        (losses([1.5, *[LN3] * 99], (LN3,) * 3), "learned nothing"),
    ],
)
def test_outcome_follows_from_both_curves(found, expected):
    assert outcome(found) == expected


def test_loss_of_the_best_constant_answer_is_the_entropy_of_the_labels():
    assert guess_loss(np.array([0, 1, 2, 0, 1, 2])) == pytest.approx(LN3, rel=1e-15)
    assert guess_loss(np.array([0, 0, 0, 1])) == pytest.approx(-0.75 * np.log(0.75) - 0.25 * np.log(0.25))


@pytest.mark.parametrize(
    ("epochs", "lr", "expected"),
    [(500, 0.01, "unfinished"), (2000, 0.1, "finished"), (300, 50, "diverged"), (300, 1e30, "diverged")],
)
def test_outcome_of_real_trainings_on_iris(epochs, lr, expected):
    data, model = load_dataset("iris"), MLP(4, 10, 3, seed=42)
    with np.errstate(all="ignore"):
        history = train(model, SGD(model.parameters(), lr=lr), data.x_train, data.y_train, epochs=epochs)
    found = Losses(history.losses, np.array(history.snapshot_epochs), None, LN3)
    assert outcome(found) == expected
