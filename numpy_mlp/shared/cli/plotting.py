"""The commands ``plot`` and ``stats``, the same for both packages: weights in, a picture or a table out."""

import argparse
from collections.abc import Callable
from pathlib import Path

from numpy_mlp.shared.checkpoint import Checkpoint
from numpy_mlp.shared.cli.pictures import OF_TWO, draw
from numpy_mlp.shared.cli.saved_run import ForwardPass, Run
from numpy_mlp.shared.plots import style
from numpy_mlp.shared.plots.statistics import table
from numpy_mlp.shared.weights import load_weights

LONGEST_LABEL = 12


def plot_command(args: argparse.Namespace, forward_pass: Callable[[Checkpoint], ForwardPass]) -> int:
    """Draw the picture that ``args.kind`` names, into a file, a window or both."""
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
        runs[name] = Run(trained, forward_pass(trained))
    figure = draw(args.kind, runs, args.sample)
    if args.out:
        style.save(figure, args.out)
        print(f"saved      {args.out}")
    if args.show:
        style.show(figure)
    return 0


def labels(paths: list[str]) -> list[str]:
    """Return a short name for each file: without folder and ending, or "run N" where these are the same."""
    stems = [Path(path).stem for path in paths]
    short = [stem if len(stem) <= LONGEST_LABEL else f"{stem[: LONGEST_LABEL - 3]}..." for stem in stems]
    return short if len(set(short)) == len(paths) else [f"run {i}" for i in range(1, len(paths) + 1)]


def stats_command(args: argparse.Namespace) -> int:
    """Print the statistics of every parameter, before and after training."""
    trained = load_weights(args.weights)
    print(table({"initial": trained.initial, "trained": trained.final}))
    return 0
