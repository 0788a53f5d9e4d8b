"""``python -m compare.exercise new | check | grade``: write the network yourself, and see how far you are."""

import argparse
import keyword
import os
import shutil
import sys
import tempfile
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

from compare.bugs.language import add_flag, chosen
from compare.bugs.translation import in_language
from compare.exercise.check import check, table
from compare.exercise.grade import grade_all, packages_in
from compare.exercise.marks import table as marks_table
from compare.exercise.marks_files import ENDINGS, write
from compare.exercise.pieces import LEVELS, PIECES
from compare.exercise.skeleton import package
from compare.learner.child import seconds
from compare.learner.package import find
from compare.request import HINTS
from numpy_mlp.shared.cli import Parser, run
from numpy_mlp.shared.cli.flags import integer_from, writable_file

DONE, NOT_DONE = 0, 1
SECONDS = 30.0


def parser() -> Parser:
    """Return the parser of ``python -m compare.exercise``."""
    top = Parser(
        prog="python -m compare.exercise",
        description="Write the network yourself: twelve pieces, each checked on its own.",
        epilog="exit codes: 0 done or graded, 1 pieces are missing or wrong, 2 wrong usage, 130 stopped",
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
    told = "of a mistake: what to look at, in which function too, or all (default: question)"
    ready.add_argument("--hint", choices=HINTS, default=HINTS[0], help=told)
    ready.add_argument("-v", "--verbose", action="store_true", help="show on stderr what the code prints")
    add_flag(ready)
    add_grade(commands)
    return top


def add_grade(commands: "argparse._SubParsersAction[Parser]") -> None:
    """Add the parser of ``grade``."""
    graded = "check every package of a folder, each in its own process, and make one table"
    marks = commands.add_parser("grade", help=graded, description=f"{graded.capitalize()}.")
    add = marks.add_argument
    add(
        "path",
        type=folder_name,
        metavar="FOLDER",
        help="a folder of packages, of folders with one each, or of .py or .npz files",
    )
    add("--out", type=marks_file, metavar="FILE", help=f"write the table there: {', '.join(ENDINGS)}")
    add("--jobs", type=integer_from(1), default=1, metavar="N", help="how many at a time (default: 1)")
    limit = f"seconds that each piece or gate may take (default: {SECONDS:g})"
    add("--timeout", type=seconds, default=SECONDS, metavar="S", help=limit)
    told = "how much is said of a mistake (default: line)"
    add("--hint", choices=HINTS, default=HINTS[-1], help=told)
    add_flag(marks)


def folder_name(text: str) -> str:
    """Return a folder's name; none is not the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("expected a folder of packages, got ''; . is the current one")
    return text


def marks_file(text: str) -> str:
    """Return a path if marks can be written there, in a form that its ending names."""
    if not text.lower().endswith(ENDINGS):
        raise argparse.ArgumentTypeError(f"expected a name that ends with {', '.join(ENDINGS)}, got {text!r}")
    return writable_file(text)


def new_command(args: argparse.Namespace) -> int:
    """Write the exercise, whole or not at all, where nothing is yet."""
    path = Path(os.path.abspath(args.path))
    name = path.name
    if not name.isidentifier() or keyword.iskeyword(name):
        start = "a package's name is letters, digits and _"
        raise ValueError(f"{name!r} can't be imported: {start}, such as {free(path)}")
    if path.exists() or path.is_symlink():
        start = f"{args.path} exists, and nothing is overwritten"
        raise FileExistsError(f"{start}; choose another name, such as {free(path)}")
    if name in sys.stdlib_module_names or find_spec(name) is not None:
        raise ValueError(f"a package {name!r} is there already; choose another name, such as {free(path)}")
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


def free(path: Path) -> str:
    """Return a name for a package that is free beside a path and in this Python."""
    names = (f"my_network{number}" for number in ("", *range(2, 1000)))
    taken = sys.stdlib_module_names
    return next(
        name for name in names
        if name not in taken and not path.with_name(name).exists() and find_spec(name) is None
    )  # fmt: skip


def check_command(args: argparse.Namespace) -> int:
    """Print how each piece is, and what to run when all of them are done."""
    language = chosen(args.lang)
    results = check(find(args.path), args.timeout, level=args.hint, show=args.verbose)
    print(in_language(table(results), language))
    if any(result.verdict != "done" for result in results):
        return NOT_DONE
    print(in_language(f"all together: python -m compare.run --numpy {args.path}", language))
    return DONE


def grade_command(args: argparse.Namespace) -> int:
    """Print the marks of a folder's packages, and write them where ``--out`` says."""
    out = Path(args.out) if args.out else None
    rows = out.with_name(f"{out.name}.rows.jsonl") if out else None
    language = chosen(args.lang)
    marks = grade_all(packages_in(Path(args.path)), rows, args.jobs, args.timeout, args.hint)
    marks = [replace(mark, text=in_language(mark.text, language)) for mark in marks]  # kept in English
    print(marks_table(marks))
    if out:
        write(marks, out)
        print(f"saved      {out}")
    return DONE


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    args = parser().parse_args(argv)
    return run(
        lambda: {"new": new_command, "check": check_command, "grade": grade_command}[args.command](args)
    )


if __name__ == "__main__":
    sys.exit(main())
