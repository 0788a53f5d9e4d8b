"""``python -m compare.page``: train both packages, and write the page of every number's arithmetic."""

import argparse
import sys
import webbrowser
from pathlib import Path

from compare.exit_codes import DONE
from numpy_mlp.shared.cli import Parser, run
from numpy_mlp.shared.cli.flags import (
    add_network_flags,
    finite,
    integer_from,
    label_in_dataset,
    writable_file,
)


def parser() -> Parser:
    """Return the parser of ``python -m compare.page``."""
    top = Parser(
        prog="python -m compare.page",
        description="Train the NumPy and the PyTorch network, and write one HTML file that shows every "
        "number of both, with its arithmetic. It needs no network.",
        epilog="exit codes: 0 done, 2 wrong usage, 130 stopped",
    )
    add = top.add_argument
    add("--out", type=writable_file, default="page.html", metavar="FILE", help="default: page.html")
    add("--open", action="store_true", help="open the page in a browser")
    add_network_flags(top)
    add("--epochs", type=integer_from(1), default=20_000, help="default: 20000")
    add("--lr", type=learning_rate, default=0.01, help="learning rate (default: 0.01)")
    return top


def learning_rate(text: str) -> float:
    """Parse a learning rate."""
    if (number := finite(text)) < 0:
        raise argparse.ArgumentTypeError(f"expected a number of 0 or more, got {text!r}")
    return number


def command(args: argparse.Namespace) -> int:
    """Prove, train, and write the page."""
    from compare.gates.material import Settings
    from compare.page.build import build

    settings = Settings(args.dataset, tuple(args.hidden), args.seed, args.epochs, ("float32",))
    build(settings, args.lr, Path(args.out))
    print(f"saved {args.out}: {Path(args.out).stat().st_size / 1e6:.2f} MB")
    if args.open:
        webbrowser.open(Path(args.out).resolve().as_uri())
    return DONE


def main(argv: list[str] | None = None) -> int:
    """Write the page that ``argv`` describes and return its exit code."""
    top = parser()
    args = top.parse_args(argv)
    label_in_dataset(top, args)
    return run(lambda: command(args))


if __name__ == "__main__":
    sys.exit(main())
