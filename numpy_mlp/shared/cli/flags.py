"""The flags that several commands have, and the functions that parse their values."""

import argparse
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from numpy_mlp.data import DATASETS
from numpy_mlp.shared import own_data
from numpy_mlp.shared.cli import in_one_line
from numpy_mlp.shared.files import check_writable
from numpy_mlp.shared.plots.style import ENDINGS

LONGEST = 60  # characters of a wrong number that its error repeats
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
            shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
            raise argparse.ArgumentTypeError(f"expected a whole number {allowed}, got {shown!r}")
        return number

    return whole_number


def available_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def at_most_cores(text: str) -> int:
    """Parse a number of threads or processes; more than the machine has cores would wait for each other."""
    count, cores = integer_from(1)(text), os.cpu_count() or 1
    if count > cores:
        raise argparse.ArgumentTypeError(f"expected at most {cores}, the cores of this machine, got {text}")
    return count


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
    if not text:
        raise argparse.ArgumentTypeError("expected a name, got ''")
    try:
        check_writable(text)
    except OSError as error:
        raise argparse.ArgumentTypeError(in_one_line(error)) from None
    return text


def writable_or_stdout(text: str) -> str:
    """Return a path if a file can be written there, or ``-``."""
    return text if text == "-" else writable_file(text)


def writable_folder(text: str) -> str:
    """Return a path if a folder is there, or can be made there."""
    if Path(text).is_dir() and text:
        return text
    if Path(text).exists() and text:
        raise argparse.ArgumentTypeError(f"{text} is a file; name a folder")
    return writable_file(text)


def picture_file(text: str) -> str:
    """Return a path if a picture can be written there, in a format that its ending names."""
    if not text.lower().endswith(ENDINGS):
        raise argparse.ArgumentTypeError(
            f"expected a name that ends with {' or '.join(ENDINGS)}, got {text!r}"
        )
    return writable_file(text)


class Remember(argparse.Action):
    """Stores a value as argparse does, and the flag in ``given``: so a contradiction is seen, not ignored."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: Any,
        option_string: str | None = None,
    ) -> None:
        """Store the value, and that it was given."""
        setattr(namespace, self.dest, values)
        namespace.given = (*getattr(namespace, "given", ()), self.option_strings[0])


def dataset_name(text: str) -> str:
    """Return the name of a bundled data set, or of a CSV file that is there."""
    if text in DATASETS:
        return text
    if not own_data.is_file(text):
        raise argparse.ArgumentTypeError(f"expected {', '.join(DATASETS)} or a CSV file, got {text!r}")
    path, _ = own_data.split_label(text)
    if not os.path.isfile(path):  # False for a name that is too long, too
        raise argparse.ArgumentTypeError(f"{path} is no file; expected a CSV file with a header")
    return text


def add_dataset_flags(parser: argparse.ArgumentParser) -> None:
    """Add --dataset and --label; ``label_in_dataset`` joins them after parsing."""
    parser.add_argument(
        "--dataset", type=dataset_name, action=Remember, default="iris", metavar="NAME",
        help=f"{', '.join(DATASETS)}, or a CSV file with a header, numbers and a class (default: iris)",
    )  # fmt: skip
    parser.add_argument(
        "--label", action=Remember, metavar="COLUMN", help="the file's column of classes (default: the last)"
    )


def label_in_dataset(parser: argparse.ArgumentParser, args: argparse.Namespace) -> None:
    """Put ``--label`` into ``args.dataset``, which then names the data alone; exit with 2 if it can't be."""
    try:
        args.dataset = own_data.with_label(args.dataset, args.label)
    except ValueError:
        parser.error(f"--label goes with --dataset FILE.csv, not with {args.dataset}")


def add_network_flags(parser: argparse.ArgumentParser) -> None:
    """Add the flags for the network and its data: --dataset, --label, --hidden, --seed."""
    add_dataset_flags(parser)
    parser.add_argument(
        "--hidden",
        type=integer_from(1),
        nargs="+",
        action=Remember,
        default=[10],
        help="units of each hidden layer (default: 10)",
    )
    parser.add_argument(
        "--seed", type=integer_from(0, 2**32 - 1), action=Remember, default=42,
        help="of weights and batches (default: 42)",
    )  # fmt: skip


def add_mode_flag(parser: argparse.ArgumentParser, modes: tuple[str, ...]) -> None:
    """Add --mode: how PyTorch runs a training; the first mode is the default."""
    parser.add_argument(
        "--mode", choices=modes, default=modes[0],
        help="operation by operation, each step compiled, or many steps as one CUDA graph "
        f"(default: {modes[0]})",
    )  # fmt: skip
