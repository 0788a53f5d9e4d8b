"""``python -m compare.bugs``: the classic mistakes by family; show, quiz, table and test."""

import argparse
import sys

from compare.bugs.language import add_flag, chosen, head, phrase, translated
from compare.bugs.translation import in_language
from numpy_mlp.shared.cli import Parser, run
from numpy_mlp.shared.cli.flags import integer_from

MORE = "python -m compare.bugs show NAME shows one, python -m compare.bugs quiz plants one."


def parser() -> Parser:
    """Return the parser of ``python -m compare.bugs``."""
    top = Parser(prog="python -m compare.bugs", description="The classic mistakes, and the numbers of each.")
    add_flag(top)
    commands = top.add_subparsers(dest="command", metavar="command", parser_class=Parser)
    names = commands.add_parser("list", help="the names, by family (the default)")
    show = commands.add_parser("show", help="one bug: its lines, its numbers, what it does to training")
    show.add_argument("name", help="such as mean-forgotten")
    quiz = commands.add_parser("quiz", help="a bug is planted and not named: which is it?")
    quiz.add_argument("--seed", type=integer_from(0), help="the same seed plants the same bug")
    for command_parser in (names, show, quiz):
        add_flag(command_parser, default=argparse.SUPPRESS)  # what stands before the command holds
    commands.add_parser("table", help="the self-test's table in Markdown")
    commands.add_parser("test", help="the self-test: every bug planted, seen and named (exit code 4 if not)")
    return top


def list_bugs(language: str) -> int:
    """Print all bugs by family."""
    from compare.bugs.catalogue import BUGS, FAMILIES

    width = max(len(bug.name) for bug in BUGS)
    for family, title in FAMILIES.items():
        print(f"{phrase(title, language)}\n")
        for bug in (translated(bug, language) for bug in BUGS if bug.family == family):
            note = phrase(" (no number changes)", language) if bug.equivalent else ""
            print(f"  {bug.name:<{width}}  {bug.why}{note}")
        print()
    print(phrase(MORE, language))
    return 0


def show(name: str, language: str) -> int:
    """Print one bug: the diff, the formula, why, its numbers, what it does to training."""
    from compare.bugs import catalogue, facts, patch
    from compare.bugs.effect import effects
    from compare.bugs.lab import Lab
    from compare.bugs.matching import differences
    from compare.trace import formula_of

    bug, lab = catalogue.bug_named(name), Lab()
    found, texts = lab.observed(bug), translated(bug, language)
    names = differences(found, lab)
    print(f"{bug.name}: {texts.why}\n\n{patch.diff(bug.patches)}\n")
    if names and (formula := formula_of(names[0].tensor)):
        print(f"{head('formula', language, 9)} {formula}\n")
    measured = [*map(facts.where, names[:1]), *facts.fingerprint(found, names, lab)]
    shown = in_language("\n".join(f"  {line}" for line in measured), language)
    print(phrase("measured", language), shown, sep="\n")
    print(f"\n{phrase('training', language)}")
    for (training, faulty), healthy_end in zip(effects(bug).items(), effects(None).values(), strict=True):
        print(in_language(f"  {training}", language))
        for name, end in (("with the bug", faulty), ("healthy", healthy_end)):
            print(f"    {head(name, language, 13)} {in_language(str(end), language)}")
    if bug.equivalent:
        print("", phrase("equivalent: {reason}", language).format(reason=texts.equivalent), sep="\n")
    print(f"\n{head('hint', language, 9)} {texts.question}\n          {texts.answer}")
    return 0


def command(args: argparse.Namespace) -> int:
    """Run the requested command; all but the list need PyTorch, which is imported here and not before."""
    if args.lang and args.command in ("table", "test"):
        raise ValueError(f"{args.command} is in English: expected --lang with list, show or quiz")
    language = chosen(args.lang)
    if args.command in (None, "list"):
        return list_bugs(language)
    if args.command == "show":
        return show(args.name, language)
    from compare.bugs import quiz, self_test

    if args.command == "quiz":
        return quiz.quiz(args.seed, language)
    return self_test.self_test(markdown=args.command == "table")


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    args = parser().parse_args(argv)
    return run(lambda: command(args))


if __name__ == "__main__":
    sys.exit(main())
