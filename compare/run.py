"""``python -m compare.run``: prove that the network by hand and the network in PyTorch agree.

Exit codes: 0 they agree, 1 they disagree, 2 wrong usage, 3 the requested device is not there,
4 the self-test failed, 130 stopped with Ctrl-C.
"""

import argparse
import sys
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

from compare.bugs.language import add_flag, chosen
from compare.learner.child import seconds
from compare.request import HINTS, MOST_CASES, Request
from numpy_mlp.shared.cli import WRONG_USAGE, Parser, flags, run
from numpy_mlp.shared.plots import KINDS
from torch_mlp.faster.modes import MODES

QUICK_EPOCHS = 500
MOST_WORKERS = 64  # each has a sample, in every data set
SECONDS = 600.0
PIECE_SECONDS = 30.0  # of one function, where the package raises an error
# what is done in place of the comparison, and the flags that it makes use of: others are refused
ALONE = {
    "self_test": {"self_test"},
    "fuzz": {"fuzz", "seed", "dtype", "device", "precision", "numpy", "timeout", "inject", "quiet"},
}
WRITTEN = {"report", "agreement", *KINDS}  # names of files that --out writes, without their endings


def parser() -> Parser:
    """Return the parser of ``python -m compare.run``."""
    top = Parser(
        prog="python -m compare.run",
        description="Give both libraries the same weights and prove that everything they compute agrees.",
        epilog="exit codes: 0 agree, 1 disagree, 2 wrong usage, 3 no such device, 4 the self-test failed",
    )
    flags.add_network_flags(top)
    add = top.add_argument
    add("--device", type=all_or_device, default="auto", help="auto, cpu, cuda, cuda:N or all (default: auto)")
    add("--dtype", choices=("float32", "float64", "both"), default="both", help="default: both")
    # fmt: off
    length = top.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=flags.integer_from(1), default=20_000,
                        help="of the long training (default: 20000)")
    length.add_argument("--quick", action="store_const", const=QUICK_EPOCHS, dest="epochs",
                        help=f"{QUICK_EPOCHS} epochs")
    add("--precision", choices=("ieee", "tf32"), default="ieee",
        help="of float32 matrix products on CUDA; tf32 shows what it costs, and only reports")
    flags.add_mode_flag(top, MODES)
    add("--workers", type=flags.integer_from(2, MOST_WORKERS), default=1, metavar="N",
        help="let N processes of PyTorch train together, each with its shard of every batch")
    add("--fuzz", type=flags.integer_from(1, MOST_CASES), metavar="N",
        help="compare N random networks instead; case i is drawn from the seed --seed + i")
    add("--numpy", metavar="PATH_OR_MODULE",
        help="put this package in numpy_mlp's place; it runs with your rights, in a process of its own")
    add("--timeout", type=seconds, default=SECONDS, metavar="S",
        help=f"with --numpy: seconds that each gate may take (default: {SECONDS:g})")
    add("--hint", choices=HINTS, default=HINTS[-1],
        help="of a mistake: what to look at, in which function too, or all (default: line)")
    add_flag(top)
    add("--inject", type=known_bug, metavar="NAME",
        help="plant a classic mistake in the NumPy network, and see it found and named")
    add("--self-test", action="store_true",
        help="plant every known mistake, print which gate sees it and how it is named; exit 4 if one isn't")
    add("--out", type=flags.writable_folder, metavar="DIR",
        help="write report.html, .md, .json and pictures there")
    add("--plot", type=flags.picture_file, metavar="FILE", help="draw how far the two trainings drift apart")
    add("--json", type=flags.writable_or_stdout, metavar="PATH", help="write the report as JSON; - is stdout")
    # fmt: on
    amount = top.add_mutually_exclusive_group()
    amount.add_argument("-v", "--verbose", action="store_true", help="one line for each array")
    amount.add_argument("-q", "--quiet", action="store_true", help="no output but the exit code (and --json)")
    return top


def all_or_device(text: str) -> str:
    """Parse a device, or ``all``."""
    return text if text == "all" else flags.device_name(text)


def known_bug(text: str) -> Any:
    """Return the bug of ``compare.bugs`` with this name."""
    from compare.bugs.catalogue import bug_named

    try:
        return bug_named(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def command(args: argparse.Namespace) -> int:
    """Do what the flags say, and return the exit code. PyTorch is imported here, not before."""
    if args.self_test:
        from compare.bugs.self_test import self_test

        return self_test()
    request = Request(**{field.name: getattr(args, field.name) for field in fields(Request)})
    # a child process has another stdout, and no say in what this one can show
    request = replace(request, lang=chosen(args.lang, sys.stderr if args.json == "-" else sys.stdout))
    if args.numpy:
        from compare.exercise.raised import faulty_piece
        from compare.learner.supervised import supervise

        limit = min(args.timeout, PIECE_SECONDS)
        return supervise(
            request, args.timeout, lambda place, said: faulty_piece(place, limit, args.hint, said)
        )
    from compare.comparison import carry_out

    if args.inject:
        from compare.bugs.bug import plant

        return carry_out(request, plant(args.inject))
    return carry_out(request)


def contradiction(args: argparse.Namespace) -> str:
    """Return which flags exclude each other, or the empty text."""
    top = parser()
    given = {name for name, value in vars(args).items() if value != top.get_default(name)} - {"given"}
    for name in ALONE.keys() & given:
        if others := [f"--{other.replace('_', '-')}" for other in sorted(given - ALONE[name])]:
            return (
                f"--{name.replace('_', '-')} makes no use of {', '.join(others)}: leave out one or the other"
            )
    if args.workers > 1 and args.device == "all":
        return "--workers is for one comparison on one device: leave out --device all"
    if args.workers > 1 and args.mode != MODES[0]:
        return "--mode is for one comparison in one process: leave out --workers"
    if args.numpy == "":
        return "argument --numpy: expected a package's folder or module name, got ''"
    if args.inject and args.numpy:
        return "--inject plants its bug in numpy_mlp: leave out --numpy"
    if "timeout" in given and not args.numpy:
        return "--timeout limits the package of --numpy: leave it out"
    return ""


def same_place(args: argparse.Namespace) -> str:
    """Return which two files would be written to one place, or the empty text."""
    asked = {"--json": args.json, "--plot": args.plot, "--out": args.out}
    places = {flag: Path(name).resolve() for flag, name in asked.items() if name not in (None, "-")}
    if len(set(places.values())) < len(places):
        return f"{' and '.join(places)} name the same place: choose another one for each"
    for flag in places.keys() - {"--out"}:
        if places[flag].parent == places.get("--out") and places[flag].stem in WRITTEN:
            return f"--out writes {places[flag].name} itself: choose another name for {flag}"
    return ""


def main(argv: list[str] | None = None) -> int:
    """Run the comparison that ``argv`` describes and return its exit code."""
    args = parser().parse_args(argv)
    flags.label_in_dataset(parser(), args)
    if wrong := contradiction(args) or same_place(args):
        parser().error(wrong)
    return run(lambda: command(args), unread=WRONG_USAGE)  # no verdict


if __name__ == "__main__":
    sys.exit(main())
