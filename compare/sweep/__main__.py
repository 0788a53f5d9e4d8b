"""``python -m compare.sweep``: the homework. Change the hyperparameters, train often, and compare."""

import argparse
import re
import sys
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

from compare.exit_codes import DONE
from numpy_mlp.shared.cli import WRONG_USAGE, Parser, run
from numpy_mlp.shared.cli.flags import (
    add_dataset_flags,
    at_most_cores,
    finite,
    integer_from,
    label_in_dataset,
    writable_folder,
)

MOST_SEEDS = 10_000  # of each network and learning rate, each a training


def parser() -> Parser:
    """Return the parser of ``python -m compare.sweep``."""
    top = Parser(
        prog="python -m compare.sweep",
        description="Train networks of several widths, learning rates and seeds, and compare them.",
        epilog="exit codes: 0 done, 1 the libraries disagree (--backend both), 2 wrong usage, 130 stopped; "
        "Ctrl-C stops, and with --out the same command resumes",
    )
    add = top.add_argument
    # fmt: off
    add("--hidden", type=list_of(hidden_layers), default="2,5,10,20,100", metavar="LIST",
        help="hidden units, comma-separated; 16x8 has two hidden layers (default: %(default)s)")
    add("--lr", type=list_of(above_zero), default="0.001,0.01,0.1", metavar="LIST",
        help="learning rates, comma-separated (default: %(default)s)")
    add("--seeds", type=integer_from(1, MOST_SEEDS), default=8, metavar="K",
        help="draw the weights from the seeds 0 to K - 1 (default: 8); the data's split is always the same")
    add("--epochs", type=integer_from(1), default=20_000,
        help="of each run (default: 20000; then the default sweep takes about 2 minutes on two cores)")
    add_dataset_flags(top)
    add("--backend", choices=("numpy", "torch", "both"), default="numpy",
        help="both: from the same weights, with a proof that they agree; it takes about 6 times as long as "
        "numpy (default: numpy; torch runs on the CPU)")
    add("--target-loss", type=above_zero, default=0.1, metavar="LOSS",
        help="count the epochs until the training loss is at most this (default: 0.1)")
    add("--jobs", type=at_most_cores, metavar="N",
        help="runs at the same time (default: one for each core)")
    add("--out", type=writable_folder, metavar="DIR",
        help="keep the runs there (runs.jsonl), and write table.md, table.csv, sweep.png and sweep.svg")
    # fmt: on
    return top


def list_of(kind: Callable[[str], Any]) -> Callable[[str], list[Any]]:
    """Return an argparse type for a comma-separated list without repetitions."""

    def comma_separated(text: str) -> list[Any]:
        parts = [part.strip() for part in text.split(",")]
        found = [kind(part) for part in parts]
        for i, entry in enumerate(found):
            if entry in found[:i]:
                raise argparse.ArgumentTypeError(f"{text!r} names {parts[i]} twice")
        return found

    return comma_separated


def hidden_layers(text: str) -> tuple[int, ...]:
    """Parse 10 or 16x8."""
    if not re.fullmatch("[1-9][0-9]*(x[1-9][0-9]*)*", text):
        raise argparse.ArgumentTypeError(f"expected hidden units such as 10 or 16x8, got {text!r}")
    return tuple(map(int, text.split("x")))


def above_zero(text: str) -> float:
    """Parse a finite number above 0."""
    if (number := finite(text)) <= 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number


def sweep(args: argparse.Namespace) -> int:
    """Train what is missing, print the table and its findings, and return the exit code."""
    import joblib
    import numpy as np

    from compare.sweep import figure, findings, workers
    from compare.sweep import table as tables
    from compare.sweep.runs import Run
    from numpy_mlp.data import load_dataset
    from numpy_mlp.shared.limits import check_training
    from numpy_mlp.shared.own_data import content_of

    data = load_dataset(args.dataset)
    for hidden in args.hidden:
        sizes = (len(data.feature_names), *hidden, len(data.class_names))
        check_training(sizes, len(data.x_train), args.epochs, np.float32)
    content = content_of(args.dataset)
    # seeds innermost, then learning rates, then widths
    runs = [
        Run(args.dataset, hidden, lr, seed, args.epochs, args.backend, args.target_loss, content)
        for hidden, lr, seed in product(args.hidden, args.lr, range(args.seeds))
    ]
    out = Path(args.out) if args.out else None
    records = workers.records_of(runs, args.jobs or joblib.cpu_count(), out)
    table = tables.rows(records)
    code, below = DONE, findings.findings(table)
    if args.backend == "both":
        code, text = findings.verdict(records)
        below.append(text)
    print("\n".join([tables.as_text(table), "", *below]))
    if out is not None:
        print(f"saved in {out}: {', '.join(figure.write(out, table, below))}")
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the sweep that ``argv`` describes and return its exit code."""
    top = parser()
    args = top.parse_args(argv)
    label_in_dataset(top, args)
    return run(lambda: sweep(args), unread=WRONG_USAGE)  # no verdict


if __name__ == "__main__":
    sys.exit(main())
