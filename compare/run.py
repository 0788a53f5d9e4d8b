"""``python -m compare.run``: prove that the network by hand and the network in PyTorch agree.

Exit codes: 0 they agree, 1 they disagree, 2 wrong usage, 3 the requested device is not there,
4 the self-test failed, 130 stopped with Ctrl-C.
"""

import argparse
import sys
from dataclasses import fields
from typing import Any

from compare.learner.child import seconds
from compare.request import Request
from numpy_mlp.shared.cli import Parser, flags, run
from torch_mlp.faster.modes import MODES

QUICK_EPOCHS = 500
MOST_WORKERS = 64  # each has a sample, in every data set
SECONDS = 600.0


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
    add("--fuzz", type=flags.integer_from(1), metavar="N",
        help="compare N random networks instead; case i is drawn from the seed --seed + i")
    add("--numpy", metavar="PATH_OR_MODULE",
        help="put this package in numpy_mlp's place; it runs with your rights, in a process of its own")
    add("--timeout", type=seconds, default=SECONDS, metavar="S",
        help=f"with --numpy: seconds that each gate may take (default: {SECONDS:g})")
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
    if args.numpy:
        from compare.learner.supervised import supervise

        return supervise(request, args.timeout)
    from compare.comparison import carry_out

    if args.inject:
        from compare.bugs.bug import plant

        return carry_out(request, plant(args.inject))
    return carry_out(request)


def main(argv: list[str] | None = None) -> int:
    """Run the comparison that ``argv`` describes and return its exit code."""
    args = parser().parse_args(argv)
    if args.fuzz and (args.json or args.out or args.plot):
        parser().error("--fuzz writes no report: leave out --json, --out and --plot")
    if args.workers > 1 and (args.fuzz or args.self_test or args.device == "all"):
        parser().error("--workers is for one comparison on one device: leave out --fuzz, --self-test, all")
    if args.mode != MODES[0] and (args.fuzz or args.self_test or args.workers > 1):
        parser().error("--mode is for one comparison in one process: leave out --fuzz, --self-test, workers")
    if args.inject and args.numpy:
        parser().error("--inject plants its bug in numpy_mlp: leave out --numpy")
    return run(lambda: command(args))


if __name__ == "__main__":
    sys.exit(main())
