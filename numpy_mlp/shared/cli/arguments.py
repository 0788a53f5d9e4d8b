"""What the commands of both packages make of their parsed arguments: sizes, hyperparameters, a checkpoint."""

import argparse
from typing import Any

import numpy as np

from numpy_mlp.data import Dataset
from numpy_mlp.shared.checkpoint import Checkpoint
from numpy_mlp.shared.cli.flags import SGD_FLAGS
from numpy_mlp.shared.history import History


def numpy_dtype(name: str) -> type[np.floating]:
    """Return NumPy's type for ``--dtype``."""
    return np.dtype(name).type


def sgd_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """Return the optimiser's arguments by name."""
    return {flag: getattr(args, flag) for flag in SGD_FLAGS}


def check_summary(args: argparse.Namespace) -> None:
    """Return if the flags of ``summary`` do not contradict each other.

    Raises:
        ValueError: they do.
    """
    given = getattr(args, "given", ())
    if args.weights and given:
        raise ValueError(f"--weights FILE has its own network and data: leave out {', '.join(given)}")
    if args.style == "torchsummary":
        for flag, value in (("--columns", args.columns), ("--batch-size", args.batch_size)):
            if value is not None:
                raise ValueError(f"--style torchsummary has no {flag}; leave it out")


def columns(args: argparse.Namespace) -> tuple[str, ...]:
    """Return the columns of ``summary``."""
    return tuple(args.columns or ("output_size", "num_params"))


def layer_sizes(args: argparse.Namespace, dataset: Dataset) -> tuple[int, ...]:
    """Return the units of each layer, from the data's features to its classes."""
    return (len(dataset.feature_names), *args.hidden, len(dataset.class_names))


def checkpoint(library: str, args: argparse.Namespace, dataset: Dataset, history: History) -> Checkpoint:
    """Return what ``--weights`` saves of a training."""
    return Checkpoint(
        library=library,
        sizes=layer_sizes(args, dataset),
        dataset=dataset.name,
        hyperparameters={name: getattr(args, name) for name in ("epochs", "batch_size", "seed", *SGD_FLAGS)},
        feature_names=dataset.feature_names,
        class_names=dataset.class_names,
        scaler=dataset.scaler,
        history=history,
    )
