"""Each kind of picture of a training: which of its arrays are drawn, and how.

The forward pass comes from the package, as three functions of the weights; all else is shared.
"""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.cli.saved_run import Run
from numpy_mlp.shared.plots import style
from numpy_mlp.shared.plots.activations import activations
from numpy_mlp.shared.plots.boundary import boundary, plane_features
from numpy_mlp.shared.plots.confidence import confidence
from numpy_mlp.shared.plots.confusion import confusion
from numpy_mlp.shared.plots.heatmaps import heatmaps
from numpy_mlp.shared.plots.landscape import landscape
from numpy_mlp.shared.plots.loss import loss
from numpy_mlp.shared.plots.network import network
from numpy_mlp.shared.plots.weights import weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Runs = Mapping[str, Run]


def draw(kind: str, runs: Runs, sample: int | None = None) -> "Figure":
    """Draw one run, or two in a kind of ``OF_TWO``; the headline begins with what went wrong, if anything.

    Args:
        kind: Out of ``numpy_mlp.shared.plots.KINDS``.
        runs: Each run by its name.
        sample: Which test sample ``network`` shows; None is the first.

    Raises:
        ValueError: there is no such sample, or nothing to draw.
    """
    if kind in OF_TWO:
        figure = OF_TWO[kind](runs)
    elif kind == "network":
        figure = draw_network(next(iter(runs.values())), sample or 0)
    else:
        figure = OF_ONE[kind](next(iter(runs.values())))
    # the headline of the losses says itself what went wrong
    if kind != "loss" and (word := warning(runs)):
        style.put_before_headline(figure, word)
    return figure


def warning(runs: Runs) -> str:
    """Return what is to be said first: of one run its outcome, of two whose outcome it is."""
    words = {name: run.warning for name, run in runs.items()}
    if len(runs) == 1:
        return next(iter(words.values()))
    return "; ".join(f"{name} {word}" for name, word in words.items() if word)


def draw_weights(runs: Runs) -> "Figure":
    """Draw the weights of each run, initial and trained."""
    return weights(
        {name: {"initial": run.trained.initial, "trained": run.weights} for name, run in runs.items()}
    )


def draw_loss(runs: Runs) -> "Figure":
    """Draw the training loss of every epoch, and the test loss at each snapshot of the weights."""
    return loss({name: run.losses() for name, run in runs.items()})


def draw_confidence(runs: Runs) -> "Figure":
    """Draw the test samples of one run, or of two on the same data."""
    first = next(iter(runs.values()))
    if len({run.trained.dataset for run in runs.values()}) > 1:
        raise ValueError(
            "expected two runs on the same data set; their test samples can't be compared otherwise"
        )
    probabilities = {name: run.test_proba for name, run in runs.items()}
    return confidence(probabilities, first.data.y_test, first.data.class_names, first.noun)


def draw_network(run: Run, sample: int) -> "Figure":
    """Draw one test sample's activations in the graph of the network."""
    data = run.data
    if not 0 <= sample < len(data.x_test):
        raise ValueError(f"expected a sample from 0 to {len(data.x_test) - 1}, got {sample}")
    x = data.x_test[sample : sample + 1]
    hidden = [output[0] for output in run.hidden(x).values()]
    values = [x[0], *hidden, run.forward.proba(run.weights, x)[0]]
    raw = run.raw(x)[0].round(6)
    inputs = [f"{name}  {value:g}" for name, value in zip(data.feature_names, raw, strict=True)]
    return network(
        run.matrices, values, inputs, data.class_names, int(data.y_test[sample]), f"test {run.noun} {sample}"
    )


def draw_heatmaps(run: Run) -> "Figure":
    """Draw every trained weight matrix."""
    return heatmaps(run.matrices, run.trained.feature_names, run.trained.class_names)


def draw_activations(run: Run) -> "Figure":
    """Draw the hidden layers' outputs for the training set."""
    return activations(run.hidden(run.data.x_train), run.data.y_train, run.data.class_names)


def draw_confusion(run: Run) -> "Figure":
    """Draw the test samples' predictions against their labels."""
    data = run.data
    raw = run.raw(data.x_test)
    return confusion(data.y_test, run.test_proba, raw, data.feature_names, data.class_names, run.noun)


def draw_boundary(run: Run) -> "Figure":
    """Draw the predictions in the plane of two features, in the features' units."""
    data = run.data
    return boundary(
        lambda raw: run.forward.proba(run.weights, data.scaler.transform(raw)),
        run.raw(data.x_train), data.y_train, run.raw(data.x_test), data.y_test,
        plane_features(data.x_train, data.y_train), data.feature_names, data.class_names, run.noun,
    )  # fmt: skip


def draw_landscape(run: Run) -> "Figure":
    """Draw the training loss around the weights that are drawn, with the path up to them."""
    data, history, until = run.data, run.trained.history, run.drawn + 1
    with np.errstate(over="ignore", invalid="ignore"):
        return landscape(
            lambda weights: run.forward.loss(weights, data.x_train, data.y_train),
            history.snapshots[:until], history.snapshot_epochs[:until],
        )  # fmt: skip


OF_TWO: dict[str, Callable[[Runs], "Figure"]] = {
    "weights": draw_weights,
    "loss": draw_loss,
    "confidence": draw_confidence,
}
OF_ONE: dict[str, Callable[[Run], "Figure"]] = {
    "heatmaps": draw_heatmaps,
    "activations": draw_activations,
    "confusion": draw_confusion,
    "boundary": draw_boundary,
    "landscape": draw_landscape,
}
