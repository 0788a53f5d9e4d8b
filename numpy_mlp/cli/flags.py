"""The flags that the commands share, and how their texts become values."""

import argparse
import math
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from numpy_mlp.cli import Parser
from numpy_mlp.data import DATASETS, Dataset
from numpy_mlp.files import check_writable
from numpy_mlp.history import History
from numpy_mlp.plots import KINDS
from numpy_mlp.plots.style import ENDINGS
from numpy_mlp.progress import STYLES
from numpy_mlp.summary_table import COLUMNS
from numpy_mlp.weights import Checkpoint

SGD_FLAGS = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")


def integer_from(low: int, high: float = math.inf) -> Callable[[str], int]:
    """Return an argparse type for whole numbers from ``low`` to ``high``."""
    allowed = f"from {low} to {high}" if high < math.inf else f"of {low} or more"

    def whole_number(text: str) -> int:
        """Parse one."""
        try:
            number = int(text)
        except ValueError:
            number = low - 1
        if not low <= number <= high:
            raise argparse.ArgumentTypeError(f"expected a whole number {allowed}, got {text!r}")
        return number

    return whole_number


def finite(text: str) -> float:
    """Parse a number that is neither NaN nor infinite."""
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise argparse.ArgumentTypeError(f"expected a number, got {text!r}")
    return number


def device_name(text: str) -> str:
    """Parse auto, cpu, cuda or cuda:N; whether it is there is found out later."""
    if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9]\d*))?", text):
        raise argparse.ArgumentTypeError(f"expected auto, cpu, cuda or cuda:N, got {text!r}")
    return text


def writable_file(text: str) -> str:
    """Take a path only if a file can be written there: before a long training, not after it."""
    try:
        check_writable(text)
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def writable_or_stdout(text: str) -> str:
    """Take a path only if a file can be written there, or ``-``."""
    return text if text == "-" else writable_file(text)


def writable_folder(text: str) -> str:
    """Take a path only if a folder is there, or can be made there."""
    if Path(text).is_dir():
        return text
    if Path(text).exists():
        raise argparse.ArgumentTypeError(f"{text} is a file; name a folder")
    return writable_file(text)


def picture_file(text: str) -> str:
    """Take a path only if a picture can be written there, in a format that its ending names."""
    if not text.lower().endswith(ENDINGS):
        raise argparse.ArgumentTypeError(
            f"expected a name that ends with {' or '.join(ENDINGS)}, got {text!r}"
        )
    return writable_file(text)


def add_network_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags that say which network, on which data."""
    parser.add_argument("--dataset", choices=DATASETS, default="iris", help="default: iris")
    parser.add_argument(
        "--hidden",
        type=integer_from(1),
        nargs="+",
        default=[10],
        help="units of each hidden layer (default: 10)",
    )
    parser.add_argument(
        "--seed", type=integer_from(0, 2**32 - 1), default=42, help="of weights and batches (default: 42)"
    )


def add_mode_flag(parser: argparse.ArgumentParser, modes: tuple[str, ...]) -> None:
    """Add the flag that says how PyTorch runs a training."""
    parser.add_argument(
        "--mode", choices=modes, default=modes[0],
        help="operation by operation, each step compiled, or many steps as one CUDA graph "
        f"(default: {modes[0]})",
    )  # fmt: skip


def parser(package: str, *, with_device: bool, modes: tuple[str, ...] = ()) -> Parser:
    """Return the parser of ``python -m package``: train, summary, predict, plot and stats.

    ``modes`` are the ways to run a training, the default first; without any there is no ``--mode``.
    """
    top = Parser(prog=f"python -m {package}", description="Train the network, look at it, ask it.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    network = Parser(add_help=False)
    add_network_flags(network)
    network.add_argument(
        "--dtype", choices=("float32", "float64"), default="float32", help="default: float32"
    )
    device = Parser(add_help=False)
    if with_device:
        device.add_argument("--device", type=device_name, default="auto", help="auto, cpu, cuda or cuda:N")

    train = commands.add_parser(
        "train", parents=[network, device], help="train a network and report how it went"
    )
    train.add_argument("--epochs", type=integer_from(1), default=20_000, help="default: 20000")
    train.add_argument("--batch-size", type=integer_from(1), help="samples for each step (default: all)")
    train.add_argument("--lr", type=finite, default=0.01, help="learning rate (default: 0.01)")
    train.add_argument("--momentum", type=finite, default=0.0)
    train.add_argument("--dampening", type=finite, default=0.0)
    train.add_argument("--weight-decay", type=finite, default=0.0)
    train.add_argument("--nesterov", action="store_true")
    train.add_argument("--maximize", action="store_true", help="climb instead of descend")
    if modes:
        add_mode_flag(train, modes)
    train.add_argument(
        "--weights", type=writable_file, metavar="FILE", help="where to save the training (.npz)"
    )
    train.add_argument(
        "--out", type=writable_folder, metavar="DIR", help="write weights, history and pictures there"
    )
    train.add_argument(
        "--progress", choices=STYLES, default="manual", help="the bar's style (default: manual)"
    )
    train.add_argument("--quiet", action="store_true", help="no bar: only the report, and warnings")

    summary = commands.add_parser("summary", parents=[network, device], help="count the parameters")
    summary.add_argument(
        "--weights", metavar="FILE", help="the network that train saved, instead of a new one"
    )
    summary.add_argument("--batch-size", type=integer_from(1), default=1, help="default: 1")
    summary.add_argument(
        "--columns", nargs="+", choices=COLUMNS, default=["output_size", "num_params"], metavar="COLUMN",
        help="out of " + ", ".join(COLUMNS),
    )  # fmt: skip
    summary.add_argument("--style", choices=("torchinfo", "torchsummary"), default="torchinfo")

    predict = commands.add_parser("predict", parents=[device], help="name a flower, or all test flowers")
    predict.add_argument("--weights", metavar="FILE", required=True, help="what train saved")
    predict.add_argument(
        "values", type=finite, nargs="*", metavar="VALUE",
        help="one sample's measurements in their own units; none: the test samples",
    )  # fmt: skip

    add_picture_commands(commands, device)
    return top


def add_picture_commands(commands: "argparse._SubParsersAction[Parser]", device: Parser) -> None:
    """Add plot and stats, which look at what train has saved."""
    plot = commands.add_parser("plot", parents=[device], help="draw a saved training")
    plot.add_argument("kind", choices=KINDS, metavar="KIND", help="out of " + ", ".join(KINDS))
    plot.add_argument("--weights", metavar="FILE", required=True, help="what train saved")
    plot.add_argument(
        "--also", metavar="FILE", help="a second run, drawn over the first (weights, loss, confidence)"
    )
    plot.add_argument("--out", type=picture_file, metavar="FILE", help="where to draw it: .png or .svg")
    plot.add_argument("--show", action="store_true", help="open a window")
    plot.add_argument(
        "--sample", type=integer_from(0), metavar="N", help="which test sample network shows (default: 0)"
    )
    stats = commands.add_parser("stats", help="mean, deviation, extremes and norm of every parameter")
    stats.add_argument("--weights", metavar="FILE", required=True, help="what train saved")


def numpy_dtype(name: str) -> type[np.floating]:
    """Return NumPy's type for ``--dtype``."""
    return np.dtype(name).type


def sgd_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """Return the optimiser's arguments by name."""
    return {flag: getattr(args, flag) for flag in SGD_FLAGS}


def layer_sizes(args: argparse.Namespace, dataset: Dataset) -> tuple[int, ...]:
    """Return the units of each layer, from the data's features to its classes."""
    return (len(dataset.feature_names), *args.hidden, len(dataset.class_names))


def checkpoint(library: str, args: argparse.Namespace, dataset: Dataset, history: History) -> Checkpoint:
    """Gather what ``--weights`` saves."""
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
