"""``python -m compare.exercise new | check``: write the network yourself, and see how far you are."""

import argparse
import keyword
import os
import shutil
import sys
import tempfile
from importlib.util import find_spec
from pathlib import Path

from compare.exercise.check import check, table
from compare.exercise.pieces import LEVELS, PIECES
from compare.exercise.skeleton import package
from compare.learner.child import seconds
from compare.learner.package import find
from numpy_mlp.shared.cli import Parser, run

DONE, NOT_DONE = 0, 1
SECONDS = 30.0


def parser() -> Parser:
    """Return the parser of ``python -m compare.exercise``."""
    top = Parser(
        prog="python -m compare.exercise",
        description="Write the network yourself: twelve pieces, each checked on its own.",
        epilog="exit codes: 0 done, 1 pieces are missing or wrong, 2 wrong usage, 130 stopped",
    )
    commands = top.add_subparsers(dest="command", required=True, metavar="COMMAND")
    new = commands.add_parser("new", help="write a package with the twelve pieces left out")
    new.add_argument("path", metavar="PATH", help="a folder that doesn't exist yet")
    given = "how much is given (default: formulas and shapes)"
    new.add_argument("--level", choices=LEVELS, default=LEVELS[0], help=given)
    tried = "try each piece, with everything around it correct"
    runs = "This runs the code in PATH, with your rights, in a process of its own."
    ready = commands.add_parser("check", help=tried, description=f"{tried.capitalize()}. {runs}")
    ready.add_argument("path", metavar="PATH", help="the package's folder")
    limit = f"seconds that each piece may take (default: {SECONDS:g})"
    ready.add_argument("--timeout", type=seconds, default=SECONDS, metavar="S", help=limit)
    ready.add_argument("-v", "--verbose", action="store_true", help="show on stderr what the code prints")
    return top


def new_command(args: argparse.Namespace) -> int:
    """Write the exercise, whole or not at all, where nothing is yet."""
    path = Path(os.path.abspath(args.path))
    name = path.name
    if not name.isidentifier() or keyword.iskeyword(name):
        raise ValueError(f"{name!r} can't be a package's name: letters, digits and _, such as my_network")
    if path.exists() or path.is_symlink():
        raise FileExistsError(f"{args.path} exists, and nothing is overwritten; choose another name")
    if name in sys.stdlib_module_names or find_spec(name) is not None:
        raise ValueError(f"a package {name!r} is there already; choose another name, such as my_network")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"the folder {path.parent} does not exist; create it first")
    beside = Path(tempfile.mkdtemp(prefix=".writing-", dir=path.parent))
    try:
        for file, text in package(name, args.level).items():
            (beside / file).write_text(text, encoding="utf-8")
        beside.chmod(0o755)
        beside.rename(path)
    except BaseException:
        shutil.rmtree(beside, ignore_errors=True)
        raise
    print(f"written    {args.path}: {len(PIECES)} pieces to write, the first is {PIECES[0].name}")
    print(f"check      python -m compare.exercise check {args.path}")
    return DONE


def check_command(args: argparse.Namespace) -> int:
    """Print how each piece is, and what to run when all of them are done."""
    results = check(find(args.path), args.timeout, show=args.verbose)
    print(table(results))
    if any(result.verdict != "done" for result in results):
        return NOT_DONE
    print(f"all together: python -m compare.run --numpy {args.path}")
    return DONE


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    args = parser().parse_args(argv)
    return run(lambda: {"new": new_command, "check": check_command}[args.command](args))


if __name__ == "__main__":
    sys.exit(main())
