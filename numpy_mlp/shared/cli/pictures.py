"""Each kind of picture of a saved run: which of its arrays are drawn, and how.

The forward pass comes from the package, as three functions of the weights; all else is shared.
"""

import argparse
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.cli.saved_run import Run
from numpy_mlp.shared.plots.activations import activations
from numpy_mlp.shared.plots.boundary import boundary, plane_features
from numpy_mlp.shared.plots.confidence import confidence
from numpy_mlp.shared.plots.confusion import confusion
from numpy_mlp.shared.plots.heatmaps import heatmaps
from numpy_mlp.shared.plots.landscape import landscape
from numpy_mlp.shared.plots.loss import Losses, loss
from numpy_mlp.shared.plots.network import network
from numpy_mlp.shared.plots.weights import weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure


def draw_weights(runs: dict[str, Run], args: argparse.Namespace) -> "Figure":
    """Draw the weights of each run, initial and trained."""
    states = {
        name: {"initial": run.trained.initial, "trained": run.trained.final} for name, run in runs.items()
    }
    return weights(states)


def draw_loss(runs: dict[str, Run], args: argparse.Namespace) -> "Figure":
    """Draw the training loss of every epoch, and the test loss at each snapshot of the weights."""
    losses = {}
    for name, run in runs.items():
        history, x, y = run.trained.history, run.data.x_test, run.data.y_test
        # a diverged training is drawn up to its last finite loss
        with np.errstate(over="ignore", invalid="ignore"):
            test = np.array([run.forward.loss(snapshot, x, y) for snapshot in history.snapshots])
        losses[name] = Losses(history.losses, np.array(history.snapshot_epochs), test)
    return loss(losses)


def draw_confidence(runs: dict[str, Run], args: argparse.Namespace) -> "Figure":
    """Draw the test samples of one run, or of two on the same data."""
    first = next(iter(runs.values()))
    if len({run.trained.dataset for run in runs.values()}) > 1:
        raise ValueError(
            "expected two runs on the same data set; their test samples can't be compared otherwise"
        )
    probabilities = {name: run.test_proba for name, run in runs.items()}
    return confidence(probabilities, first.data.y_test, first.data.class_names, first.noun)


def draw_network(run: Run, args: argparse.Namespace) -> "Figure":
    """Draw one test sample's activations in the graph of the network."""
    data, i = run.data, args.sample or 0
    if i >= len(data.x_test):
        raise ValueError(f"expected --sample from 0 to {len(data.x_test) - 1}, got {i}")
    x = data.x_test[i : i + 1]
    outputs = run.forward.outputs(run.trained.final, x)
    hidden = [output[0] for name, output in outputs.items() if name.startswith("relu")]
    values = [x[0], *hidden, run.forward.proba(run.trained.final, x)[0]]
    raw = run.raw(x)[0].round(6)
    inputs = [f"{name}  {value:g}" for name, value in zip(data.feature_names, raw, strict=True)]
    return network(
        run.matrices, values, inputs, data.class_names, int(data.y_test[i]), f"test {run.noun} {i}"
    )


def draw_heatmaps(run: Run, args: argparse.Namespace) -> "Figure":
    """Draw every trained weight matrix."""
    return heatmaps(run.matrices, run.trained.feature_names, run.trained.class_names)


def draw_activations(run: Run, args: argparse.Namespace) -> "Figure":
    """Draw the hidden layers' outputs for the training set."""
    outputs = run.forward.outputs(run.trained.final, run.data.x_train)
    hidden = {name: output for name, output in outputs.items() if name.startswith("relu")}
    return activations(hidden, run.data.y_train, run.data.class_names)


def draw_confusion(run: Run, args: argparse.Namespace) -> "Figure":
    """Draw the test samples' predictions against their labels."""
    data = run.data
    raw = run.raw(data.x_test)
    return confusion(data.y_test, run.test_proba, raw, data.feature_names, data.class_names, run.noun)


def draw_boundary(run: Run, args: argparse.Namespace) -> "Figure":
    """Draw the predictions in the plane of two features, in the features' units."""
    data = run.data
    return boundary(
        lambda raw: run.forward.proba(run.trained.final, data.scaler.transform(raw)),
        run.raw(data.x_train), data.y_train, run.raw(data.x_test), data.y_test,
        plane_features(data.x_train, data.y_train), data.feature_names, data.class_names, run.noun,
    )  # fmt: skip


def draw_landscape(run: Run, args: argparse.Namespace) -> "Figure":
    """Draw the training loss around the trained weights."""
    data, history = run.data, run.trained.history
    return landscape(
        lambda weights: run.forward.loss(weights, data.x_train, data.y_train),
        history.snapshots, history.snapshot_epochs,
    )  # fmt: skip


OF_TWO = {"weights": draw_weights, "loss": draw_loss, "confidence": draw_confidence}
OF_ONE = {
    "network": draw_network,
    "heatmaps": draw_heatmaps,
    "activations": draw_activations,
    "confusion": draw_confusion,
    "boundary": draw_boundary,
    "landscape": draw_landscape,
}
