"""The headline of every picture, on trainings that came out in different ways: none may teach a falsehood."""

import numpy as np
import pytest

import numpy_mlp as nm
from numpy_mlp.shared.checkpoint import Checkpoint
from numpy_mlp.shared.cli.pictures import draw
from numpy_mlp.shared.cli.saved_run import Run
from numpy_mlp.shared.plots import KINDS, boundary, landscape

# how a headline begins, and how that of the losses ends
EXPECTED = {
    "healthy": ("", "its lowest: no overfitting"),
    "unfinished": ("Unfinished: ", "still falling, unfinished"),
    "diverged": ("Diverged: ", "the training diverged"),
    "nan": ("Diverged, drawn at epoch 0: ", "the training diverged"),
    "dead": ("Dead: ", "the network is dead, it gives every sample the same answer"),
    "climbed": ("Climbed: ", "the optimiser maximised it"),
    "overfitting": ("", "overfitting since"),
}  # fmt: skip
SETTINGS = {
    "healthy": ({}, {"lr": 0.1}, 2000),
    "unfinished": ({}, {"lr": 0.01}, 500),
    "diverged": ({}, {"lr": 50}, 300),
    "nan": ({}, {"lr": 1e30}, 50),
    "dead": ({"hidden": 2, "seed": 2}, {"lr": 3}, 300),
    "climbed": ({}, {"lr": 0.01, "maximize": True}, 1000),
    "overfitting": ({"dataset": "breast_cancer", "hidden": 30}, {"lr": 0.5}, 3000),
}


@pytest.fixture(autouse=True)
def coarse(monkeypatch):
    """What a headline says does not depend on how finely the planes are drawn."""
    monkeypatch.setattr(landscape, "STEPS", 5)
    monkeypatch.setattr(boundary, "STEPS", 40)


@pytest.fixture(scope="module")
def runs():
    """A run of each outcome."""
    made = {}
    for name, (network, optimiser, epochs) in SETTINGS.items():
        data = nm.load_dataset(network.get("dataset", "iris"))
        sizes = (len(data.feature_names), network.get("hidden", 10), len(data.class_names))
        model = nm.MLP(*sizes, seed=network.get("seed", 42))
        with np.errstate(all="ignore"):
            optimizer = nm.SGD(model.parameters(), **optimiser)
            history = nm.train(model, optimizer, data.x_train, data.y_train, epochs=epochs)
        names = data.feature_names, data.class_names
        trained = Checkpoint("numpy", sizes, data.name, optimiser, *names, data.scaler, history)
        made[name] = Run(trained, nm.plots.forward_pass(trained))
    return made


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"loss"}))
@pytest.mark.parametrize("name", EXPECTED)
def test_every_headline_begins_with_what_went_wrong(name, kind, runs, read):
    if (name, kind) == ("nan", "landscape"):
        pytest.skip("there is no path to draw; the command says so")
    title = read.title(draw(kind, {"run": runs[name]}))
    start = EXPECTED[name][0]
    assert title.startswith(start)
    if not start:
        assert not title.startswith(tuple(begin for begin, _ in EXPECTED.values() if begin))


@pytest.mark.parametrize("name", EXPECTED)
def test_headline_of_the_losses_follows_from_both_curves(name, runs, read):
    title = read.title(draw("loss", {"run": runs[name]}))
    assert title.endswith(EXPECTED[name][1])
    for word in ("overfitting since", "no overfitting"):
        assert (word in title) == (word in EXPECTED[name][1])


def test_of_two_runs_the_headline_says_whose_outcome_it_is(runs, read):
    figure = draw("confidence", {"mine": runs["healthy"], "yours": runs["unfinished"]})
    assert read.title(figure).startswith("Yours unfinished: 29 of 30 test flowers right")


@pytest.mark.parametrize("name", ["healthy", "diverged", "dead"])
@pytest.mark.parametrize("kind", KINDS)
def test_every_picture_keeps_its_words_apart(name, kind, runs, read):
    read.fits(draw(kind, {"run": runs[name]}))
