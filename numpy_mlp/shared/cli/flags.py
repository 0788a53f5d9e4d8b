"""The flags that several commands have, and the functions that parse their values."""

import argparse
import math
import re
from collections.abc import Callable
from pathlib import Path

from numpy_mlp.data import DATASETS
from numpy_mlp.shared.files import check_writable
from numpy_mlp.shared.plots.style import ENDINGS

SGD_FLAGS = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")


def integer_from(low: int, high: float = math.inf) -> Callable[[str], int]:
    """Return an argparse type for whole numbers from ``low`` to ``high``."""
    allowed = f"from {low} to {high}" if high < math.inf else f"of {low} or more"

    def whole_number(text: str) -> int:
        """Parse it."""
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
    """Parse auto, cpu, cuda or cuda:N; ``torch_mlp.device`` checks later whether it is there."""
    if not re.fullmatch(r"auto|cpu|cuda(:(0|[1-9]\d*))?", text):
        raise argparse.ArgumentTypeError(f"expected auto, cpu, cuda or cuda:N, got {text!r}")
    return text


def writable_file(text: str) -> str:
    """Return a path if a file can be written there: checked before a long training, not after it."""
    try:
        check_writable(text)
    except OSError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def writable_or_stdout(text: str) -> str:
    """Return a path if a file can be written there, or ``-``."""
    return text if text == "-" else writable_file(text)


def writable_folder(text: str) -> str:
    """Return a path if a folder is there, or can be made there."""
    if Path(text).is_dir():
        return text
    if Path(text).exists():
        raise argparse.ArgumentTypeError(f"{text} is a file; name a folder")
    return writable_file(text)


def picture_file(text: str) -> str:
    """Return a path if a picture can be written there, in a format that its ending names."""
    if not text.lower().endswith(ENDINGS):
        raise argparse.ArgumentTypeError(
            f"expected a name that ends with {' or '.join(ENDINGS)}, got {text!r}"
        )
    return writable_file(text)


def add_network_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags for the network and its data: --dataset, --hidden, --seed."""
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
    """Add --mode: how PyTorch runs a training; the first mode is the default."""
    parser.add_argument(
        "--mode", choices=modes, default=modes[0],
        help="operation by operation, each step compiled, or many steps as one CUDA graph "
        f"(default: {modes[0]})",
    )  # fmt: skip
