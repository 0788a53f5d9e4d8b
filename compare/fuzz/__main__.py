"""``python -m compare.fuzz N``: N random networks, as ``python -m compare.run --fuzz N`` compares them.

Exit codes: 0 agree, 1 disagree, 2 wrong usage, 3 no such device, 130 stopped with Ctrl-C.
"""

import sys

from compare.request import MOST_CASES, Request
from numpy_mlp.shared.cli import WRONG_USAGE, Parser, run
from numpy_mlp.shared.cli.flags import device_name, integer_from


def parser() -> Parser:
    """Return the parser of ``python -m compare.fuzz``."""
    top = Parser(
        prog="python -m compare.fuzz",
        description="Compare both libraries on random networks; case i is drawn from the seed --seed + i.",
        epilog="exit codes: 0 agree, 1 disagree, 2 wrong usage, 3 no such device",
    )
    add = top.add_argument
    add(
        "fuzz",
        type=integer_from(1, MOST_CASES),
        nargs="?",
        default=1000,
        metavar="cases",
        help="default: 1000",
    )
    add("--seed", type=integer_from(0, 2**32 - 1), default=42, help="default: 42")
    add("--dtype", choices=("float32", "float64", "both"), default="both", help="both: each case draws one")
    add("--device", type=device_name, default="auto", help="auto, cpu, cuda or cuda:N")
    add("-q", "--quiet", action="store_true", help="no output but the exit code")
    return top


def compare(request: Request) -> int:
    """Compare, and return the exit code. PyTorch is imported here, not before."""
    from compare.comparison import carry_out

    return carry_out(request)


def main(argv: list[str] | None = None) -> int:
    """Run the cases that ``argv`` describes and return the exit code."""
    request = Request(**vars(parser().parse_args(argv)))
    return run(lambda: compare(request), unread=WRONG_USAGE)  # no verdict


if __name__ == "__main__":
    sys.exit(main())
