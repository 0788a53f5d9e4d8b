"""``python -m compare.sweep``: the homework. Change the hyperparameters, train often, and compare.

Exit codes: 0 done, 1 the two libraries disagree (``--backend both``), 2 wrong usage, 130 stopped with Ctrl-C.
"""

import argparse
import re
import sys
from collections.abc import Callable
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar

from numpy_mlp.cli import Parser, run
from numpy_mlp.cli.flags import finite, integer_from
from numpy_mlp.data import DATASETS
from numpy_mlp.files import replacing

if TYPE_CHECKING:
    from compare.sweep.runs import Record, Run
    from compare.sweep.table import Row

AGREE, DISAGREE = 0, 1
EPOCHS = 20_000
Entry = TypeVar("Entry")


def parser() -> Parser:
    """Return the parser of ``python -m compare.sweep``."""
    top = Parser(
        prog="python -m compare.sweep",
        description="Train networks of several widths, learning rates and seeds, and compare them.",
        epilog="exit codes: 0 done, 1 the libraries disagree (--backend both), 2 wrong usage, 130 stopped; "
        "Ctrl-C stops, and with --out the same command resumes",
    )
    top.add_argument(
        "--hidden", type=entries(layers), default="2,5,10,20,100", metavar="LIST",
        help="hidden units, comma-separated; 16x8 has two hidden layers (default: %(default)s)",
    )  # fmt: skip
    top.add_argument(
        "--lr", type=entries(above_zero), default="0.001,0.01,0.1", metavar="LIST",
        help="learning rates, comma-separated (default: %(default)s)",
    )  # fmt: skip
    top.add_argument(
        "--seeds", type=integer_from(1, 2**32), default=8, metavar="K",
        help="draw the weights from the seeds 0 to K - 1 (default: 8); the data's split is always the same",
    )  # fmt: skip
    top.add_argument(
        "--epochs", type=integer_from(1), default=EPOCHS,
        help=f"of each run (default: {EPOCHS}; then the default sweep takes about 2 minutes on two cores)",
    )  # fmt: skip
    top.add_argument("--dataset", choices=DATASETS, default="iris", help="default: iris")
    top.add_argument(
        "--backend", choices=("numpy", "torch", "both"), default="numpy",
        help="both: from the same weights, with a proof that they agree; it takes about 6 times as long as "
        "numpy (default: numpy; torch runs on the CPU)",
    )  # fmt: skip
    top.add_argument(
        "--target-loss", type=above_zero, default=0.1, metavar="LOSS",
        help="count the epochs until the training loss is at most this (default: 0.1)",
    )  # fmt: skip
    top.add_argument(
        "--jobs", type=integer_from(1), metavar="N", help="runs at the same time (default: one for each core)"
    )
    top.add_argument(
        "--out", type=folder, metavar="DIR",
        help="keep the runs there (runs.jsonl), and write table.md, table.csv, sweep.png and sweep.svg",
    )  # fmt: skip
    return top


def entries(kind: Callable[[str], Entry]) -> Callable[[str], list[Entry]]:
    """Return an argparse type for a comma-separated list without repetitions."""

    def comma_separated(text: str) -> list[Entry]:
        """Parse one."""
        found = [kind(part.strip()) for part in text.split(",")]
        for i, entry in enumerate(found):
            if entry in found[:i]:
                raise argparse.ArgumentTypeError(f"{text!r} names {text.split(',')[i].strip()} twice")
        return found

    return comma_separated


def layers(text: str) -> tuple[int, ...]:
    """Parse 10 or 16x8."""
    if not re.fullmatch("[1-9][0-9]*(x[1-9][0-9]*)*", text):
        raise argparse.ArgumentTypeError(f"expected hidden units such as 10 or 16x8, got {text!r}")
    return tuple(map(int, text.split("x")))


def above_zero(text: str) -> float:
    """Parse a finite number above 0."""
    number = finite(text)
    if number <= 0:
        raise argparse.ArgumentTypeError(f"expected a number above 0, got {text!r}")
    return number


def folder(text: str) -> Path:
    """Take a path where a folder is or can be made."""
    if Path(text).exists() and not Path(text).is_dir():
        raise argparse.ArgumentTypeError(f"{text} is a file; name a folder")
    return Path(text)


def grid(args: argparse.Namespace) -> "list[Run]":
    """Return every run of the sweep: seeds innermost, then learning rates, then widths."""
    from sklearn.model_selection import ParameterGrid

    from compare.sweep.runs import Run

    points = ParameterGrid({"hidden": args.hidden, "lr": args.lr, "seed": range(args.seeds)})
    return [
        Run(args.dataset, p["hidden"], p["lr"], p["seed"], args.epochs, args.backend, args.target_loss)
        for p in points
    ]


def train_all(runs: "list[Run]", jobs: int, out: Path | None) -> "list[Record]":
    """Return the records of all runs, in the grid's order; those that ``out`` holds are not trained again.

    Raises:
        KeyboardInterrupt: Ctrl-C; its message says how many runs are done.
        OSError: ``out`` can't be written.
        ValueError: it holds a runs.jsonl of another format.
    """
    from compare.sweep import log
    from compare.sweep.workers import bar, measured

    found: dict[Run, Record] = {}
    file: BinaryIO | None = None
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        found = log.read(out / "runs.jsonl")
        file = (out / "runs.jsonl").open("ab")

    def finished(one: "Run") -> bool:
        """Tell whether a run need not be done again."""
        # what has not been seen to agree is compared again: the network may have been mended since
        wanted = one.records_of()
        return all(r in found and (one.backend != "both" or found[r].agrees) for r in wanted)

    todo = [one for one in runs if not finished(one)]
    done = len(runs) - len(todo)
    with file if file is not None else nullcontext():
        if out is not None:
            print(f"{out / 'runs.jsonl'}: {done} of {len(runs)} runs are finished", file=sys.stderr)
        try:
            with bar(len(runs), done) as advance, closing(measured(todo, jobs)) as results:
                for records in results:
                    if file is not None:
                        log.append(file, records)
                    found |= {record.run: record for record in records}
                    done += 1
                    advance()
        except KeyboardInterrupt:
            after = "the same command resumes" if out else "nothing is kept; with --out DIR a sweep resumes"
            raise KeyboardInterrupt(f"stopped: {done} of {len(runs)} runs are done; {after}") from None
    return [found[r] for one in runs for r in one.records_of()]


def agreement(records: "list[Record]") -> tuple[int, str]:
    """Return the exit code of ``--backend both``, and what it says; every run has NumPy's record first."""
    from compare.sweep.table import name_of

    pairs = records[::2]
    apart = [record for record in pairs if not record.agrees]
    if not apart:
        return AGREE, f"NumPy and PyTorch agree in {len(pairs)} of {len(pairs)} runs"
    first = apart[0]
    where = f"hidden {name_of(first)}, lr {first.run.lr:g}, seed {first.run.seed}"
    return DISAGREE, (
        f"NumPy and PyTorch disagree in {len(apart)} of {len(pairs)} runs; first at {where}, in "
        f"{first.disagreement}"
    )


def write(out: Path, table: "list[Row]", below: list[str]) -> None:
    """Write the table and the figure, each file whole or not at all."""
    from compare.sweep import figure
    from compare.sweep import table as tables
    from numpy_mlp.plots.style import save

    texts = {
        "table.md": tables.as_markdown(table, below), "table.csv": tables.as_csv(table)
    }  # fmt: skip
    for name, text in texts.items():
        with replacing(out / name) as file:
            file.write(text.encode())
    picture = figure.figure(table)
    for name in ("sweep.png", "sweep.svg"):
        save(picture, out / name)


def sweep(args: argparse.Namespace) -> int:
    """Run what is missing, print the table and what it teaches, and return the exit code."""
    import joblib

    from compare.sweep import lesson
    from compare.sweep import table as tables

    records = train_all(grid(args), args.jobs or joblib.cpu_count(), args.out)
    table = tables.rows(records)
    code, below = AGREE, lesson.lesson(table)
    if args.backend == "both":
        code, text = agreement(records)
        below.append(text)
    print("\n".join([tables.as_text(table), "", *below]))
    if args.out is not None:
        write(args.out, table, below)
        print(f"saved in {args.out}: table.md, table.csv, sweep.png, sweep.svg")
    return code


def main(argv: list[str] | None = None) -> int:
    """Run the sweep that ``argv`` describes and return its exit code."""
    args = parser().parse_args(argv)
    return run(lambda: sweep(args))


if __name__ == "__main__":
    sys.exit(main())
