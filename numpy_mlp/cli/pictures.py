"""The commands ``plot`` and ``stats``, the same for both packages: weights in, a picture or a table out.

A package lends its own forward pass, as three functions of the weights; everything else is shared.
"""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.cli.saved_run import ForwardPass, Run
from numpy_mlp.plots import style
from numpy_mlp.plots.activations import activations
from numpy_mlp.plots.boundary import boundary, plane_features
from numpy_mlp.plots.confidence import confidence
from numpy_mlp.plots.confusion import confusion
from numpy_mlp.plots.heatmaps import heatmaps
from numpy_mlp.plots.landscape import landscape
from numpy_mlp.plots.loss import Losses, loss
from numpy_mlp.plots.network import network
from numpy_mlp.plots.statistics import table
from numpy_mlp.plots.weights import weights
from numpy_mlp.weights import Checkpoint, load_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LONGEST_LABEL = 12


def draw_weights(runs: dict[str, Run], args: argparse.Namespace) -> "Figure":
    """Both states of each run."""
    states = {
        name: {"initial": run.trained.initial, "trained": run.trained.final} for name, run in runs.items()
    }
    return weights(states)


def draw_loss(runs: dict[str, Run], args: argparse.Namespace) -> "Figure":
    """The losses that training kept, and the test loss at each snapshot of the weights."""
    losses = {}
    for name, run in runs.items():
        history, x, y = run.trained.history, run.data.x_test, run.data.y_test
        # a training that diverged is drawn as far as it went
        with np.errstate(over="ignore", invalid="ignore"):
            test = np.array([run.forward.loss(snapshot, x, y) for snapshot in history.snapshots])
        losses[name] = Losses(history.losses, np.array(history.snapshot_epochs), test)
    return loss(losses)


def draw_confidence(runs: dict[str, Run], args: argparse.Namespace) -> "Figure":
    """The test samples of one run, or of two on the same data."""
    first = next(iter(runs.values()))
    if len({run.trained.dataset for run in runs.values()}) > 1:
        raise ValueError(
            "expected two runs on the same data set; their test samples can't be compared otherwise"
        )
    probabilities = {name: run.test_proba for name, run in runs.items()}
    return confidence(probabilities, first.data.y_test, first.data.class_names, first.noun)


def draw_network(run: Run, args: argparse.Namespace) -> "Figure":
    """One test sample on its way through the graph."""
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
    """Every weight matrix."""
    return heatmaps(run.matrices, run.trained.feature_names, run.trained.class_names)


def draw_activations(run: Run, args: argparse.Namespace) -> "Figure":
    """The hidden layers over the training set."""
    outputs = run.forward.outputs(run.trained.final, run.data.x_train)
    hidden = {name: output for name, output in outputs.items() if name.startswith("relu")}
    return activations(hidden, run.data.y_train, run.data.class_names)


def draw_confusion(run: Run, args: argparse.Namespace) -> "Figure":
    """The test samples' answers."""
    data = run.data
    raw = run.raw(data.x_test)
    return confusion(data.y_test, run.test_proba, raw, data.feature_names, data.class_names, run.noun)


def draw_boundary(run: Run, args: argparse.Namespace) -> "Figure":
    """The plane of two features in their own units."""
    data = run.data
    return boundary(
        lambda raw: run.forward.proba(run.trained.final, data.scaler.transform(raw)),
        run.raw(data.x_train), data.y_train, run.raw(data.x_test), data.y_test,
        plane_features(data.x_train, data.y_train), data.feature_names, data.class_names, run.noun,
    )  # fmt: skip


def draw_landscape(run: Run, args: argparse.Namespace) -> "Figure":
    """The training loss around the trained weights."""
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


def plot_command(args: argparse.Namespace, lend: Callable[[Checkpoint], ForwardPass]) -> int:
    """Draw what ``args.kind`` names, into a file, a window or both."""
    if not (args.out or args.show):
        raise ValueError("plot needs --out FILE or --show")
    if args.also and args.kind not in OF_TWO:
        raise ValueError(f"plot {args.kind} draws one run; --also goes with {', '.join(OF_TWO)}")
    if args.sample is not None and args.kind != "network":
        raise ValueError(f"--sample goes with plot network, not with {args.kind}")
    paths = [args.weights, args.also] if args.also else [args.weights]
    runs = {}
    for name, path in zip(labels(paths), paths, strict=True):
        trained = load_weights(path)
        runs[name] = Run(path, trained, lend(trained))
    if args.kind in OF_TWO:
        figure = OF_TWO[args.kind](runs, args)
    else:
        figure = OF_ONE[args.kind](next(iter(runs.values())), args)
    if args.out:
        style.save(figure, args.out)
        print(f"saved      {args.out}")
    if args.show:
        style.show(figure)
    return 0


def labels(paths: list[str]) -> list[str]:
    """Return a short name for each file: its own without the ending, or a number if these are the same."""
    stems = [Path(path).stem for path in paths]
    short = [stem if len(stem) <= LONGEST_LABEL else f"{stem[: LONGEST_LABEL - 3]}..." for stem in stems]
    return short if len(set(short)) == len(paths) else [f"run {i}" for i in range(1, len(paths) + 1)]


def stats_command(args: argparse.Namespace) -> int:
    """Print the statistics of every parameter, before and after training."""
    trained = load_weights(args.weights)
    print(table({"initial": trained.initial, "trained": trained.final}))
    return 0
