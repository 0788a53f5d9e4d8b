"""The parser of both packages' commands: train, summary, predict, plot and stats."""

import argparse
from typing import TYPE_CHECKING

from numpy_mlp.shared.cli import Parser
from numpy_mlp.shared.cli.flags import (
    Remember,
    add_mode_flag,
    add_network_flags,
    device_name,
    finite,
    integer_from,
    picture_file,
    writable_file,
    writable_folder,
)
from numpy_mlp.shared.plots import KINDS
from numpy_mlp.shared.progress import STYLES
from numpy_mlp.shared.summary_text import COLUMNS

if TYPE_CHECKING:
    Commands = argparse._SubParsersAction[Parser]


def parser(package: str, *, with_device: bool, modes: tuple[str, ...] = ()) -> Parser:
    """Return the parser of ``python -m package``: train, summary, predict, plot and stats.

    ``modes`` are the values of ``train --mode``, the default first; without any there is no such flag.
    """
    top = Parser(prog=f"python -m {package}", description="Train the network, look at it, use it.")
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")

    network = Parser(add_help=False)
    add_network_flags(network)
    network.add_argument(
        "--dtype", choices=("float32", "float64"), action=Remember, default="float32", help="default: float32"
    )
    device = Parser(add_help=False)
    if with_device:
        device.add_argument("--device", type=device_name, default="auto", help="auto, cpu, cuda or cuda:N")

    add_train_command(commands, [network, device], modes)
    add_summary_command(commands, [network, device])
    add_predict_command(commands, device)
    add_picture_commands(commands, device)
    return top


def add_train_command(commands: "Commands", parents: list[Parser], modes: tuple[str, ...]) -> None:
    """Add train: the hyperparameters, and what is written where."""
    train = commands.add_parser("train", parents=parents, help="train a network and report how it went")
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


def add_summary_command(commands: "Commands", parents: list[Parser]) -> None:
    """Add summary, of a new network or a saved one."""
    summary = commands.add_parser("summary", parents=parents, help="count the parameters")
    summary.add_argument(
        "--weights", metavar="FILE", help="the network that train saved, instead of a new one"
    )
    summary.add_argument("--batch-size", type=integer_from(1), help="default: 1")
    summary.add_argument(
        "--columns", nargs="+", choices=COLUMNS, metavar="COLUMN",
        help="output_size and num_params, or others out of " + ", ".join(COLUMNS),
    )  # fmt: skip
    summary.add_argument("--style", choices=("torchinfo", "torchsummary"), default="torchinfo")


def add_predict_command(commands: "Commands", device: Parser) -> None:
    """Add predict, for one sample or for the test samples."""
    predict = commands.add_parser("predict", parents=[device], help="name a flower, or all test flowers")
    predict.add_argument("--weights", metavar="FILE", required=True, help="what train saved")
    predict.add_argument(
        "values", type=finite, nargs="*", metavar="VALUE",
        help="one sample's measurements in their own units; none: the test samples",
    )  # fmt: skip


def add_picture_commands(commands: "Commands", device: Parser) -> None:
    """Add plot and stats, which read what train has saved."""
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
