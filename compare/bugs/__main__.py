"""``python -m compare.bugs``: the classic mistakes by family; ``show NAME``, ``quiz`` and ``table``."""

import argparse
import sys

from numpy_mlp.cli import Parser, run


def parser() -> Parser:
    """Return the parser of ``python -m compare.bugs``."""
    top = Parser(
        prog="python -m compare.bugs", description="The classic mistakes, each known by its numbers."
    )
    commands = top.add_subparsers(dest="command", metavar="command", parser_class=Parser)
    commands.add_parser("list", help="the names, by family (the default)")
    show = commands.add_parser("show", help="one bug: its lines, its numbers, what it does to training")
    show.add_argument("name", help="such as mean-forgotten")
    quiz = commands.add_parser("quiz", help="a bug is planted and not named: which is it?")
    quiz.add_argument("--seed", type=int, help="the same seed plants the same bug")
    commands.add_parser("table", help="the self-test's table in Markdown")
    return top


def list_bugs() -> int:
    """Print all bugs by family."""
    from compare.bugs.catalogue import BUGS, FAMILIES

    width = max(len(bug.name) for bug in BUGS)
    for family, title in FAMILIES.items():
        print(f"{title}\n")
        for bug in BUGS:
            if bug.family == family:
                same = " (no number changes)" if bug.equivalent else ""
                print(f"  {bug.name:<{width}}  {bug.why}{same}")
        print()
    print("python -m compare.bugs show NAME shows one, python -m compare.bugs quiz asks for one.")
    return 0


def show(name: str) -> int:
    """Print one bug: the diff, the formula, why, its numbers, what it does to training."""
    from compare.bugs.catalogue import bug_named
    from compare.bugs.certain import fingerprint, where
    from compare.bugs.effect import effects
    from compare.bugs.replay import healthy, observed, parted
    from compare.bugs.source import diff
    from compare.trace import formula_of

    bug = bug_named(name)
    names = parted(observed(bug), healthy())
    print(f"{bug.name}: {bug.why}\n")
    print(diff(bug), end="\n\n")
    if names and (formula := formula_of(names[0].tensor)):
        print(f"formula   {formula}\n")
    print("measured")
    if names:
        print(f"  {where(names[0])}")
    print("\n".join(f"  {line}" for line in fingerprint(observed(bug), names)), end="\n\n")
    print("training")
    for (course, faulty), right in zip(effects(bug).items(), effects(None).values(), strict=True):
        print(f"  {course}\n    with the bug  {faulty}\n    healthy       {right}")
    if bug.equivalent:
        print(f"\nequivalent: {bug.equivalent}")
    print(f"\nhint      {bug.question}\n          {bug.answer}")
    return 0


def table() -> int:
    """Print the self-test's table in Markdown."""
    from compare.bugs import self_test
    from compare.bugs.catalogue import BUGS

    found = self_test.rows(BUGS)
    code, lines = self_test.verdict(found)
    print("# The bug lab\n\nWritten by `python -m compare.bugs table`; `python -m compare.bugs show NAME`")
    print("shows what one of them does.\n")
    print(self_test.as_markdown(self_test.table(found)), end="\n\n")
    print("\n".join(f"- {line}" for line in lines))
    return code


def command(args: argparse.Namespace) -> int:
    """Run the command that was asked for."""
    if args.command == "show":
        return show(args.name)
    if args.command == "quiz":
        from compare.bugs.quiz import quiz

        return quiz(args.seed)
    return table() if args.command == "table" else list_bugs()


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    args = parser().parse_args(argv)
    return run(lambda: command(args))


if __name__ == "__main__":
    sys.exit(main())
