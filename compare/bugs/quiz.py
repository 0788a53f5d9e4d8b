"""The quiz: a bug is planted and not named; its numbers are printed, and the learner names it."""

import random
import sys

from compare.bugs.bug import Bug, plant
from compare.bugs.catalogue import BUGS, bug_named
from compare.bugs.diagnosis import same
from compare.bugs.facts import fingerprint
from compare.bugs.lab import Lab
from compare.bugs.language import phrase, translated
from compare.bugs.matching import differences
from compare.bugs.translation import in_language
from compare.checks import first_divergence
from compare.explain.telling import of_bug
from compare.gates.material import Material, Settings
from compare.proof import Proof, prove
from compare.report.text import divergence

CANDIDATES = 6
EPOCHS = 40


def quiz(seed: int | None, language: str = "en") -> int:
    """Print one question on stdout, read answers from stdin, and return the exit code."""
    rng, lab = random.Random(seed), Lab()
    bug = rng.choice([bug for bug in BUGS if not bug.equivalent])
    print(phrase("A bug has been planted in numpy_mlp. What the comparison says:", language))
    first = in_language(first_divergence_of(bug), language)
    print(f"\n{first}\n\n{phrase('and what its numbers show:', language)}\n")
    found = lab.observed(bug)
    facts = fingerprint(found, differences(found, lab), lab)
    print(in_language("\n".join(f"  {line}" for line in facts), language))
    choices = candidates(bug, rng, lab)
    print(f"\n{phrase('Which bug is it?', language)}\n")
    print("\n".join(f"  {i}  {choice.name}" for i, choice in enumerate(choices, start=1)), end="\n\n")
    end = "Right: {name}." if answered(bug, choices, lab, language) else "It is {name}."
    print(phrase(end, language).format(name=bug.name), in_language(of_bug(bug).text(), language), sep="\n")
    return 0


def first_divergence_of(bug: Bug) -> str:
    """Run the gates with a bug in place, and return the report's text on the first array to disagree."""
    proof = Proof(Material(Settings(epochs=EPOCHS)), plant(bug))
    checks = (first_divergence(proof.checks) for _ in prove(proof))
    return next((divergence(check) for check in checks if check), "nothing disagrees")


def candidates(bug: Bug, rng: random.Random, lab: Lab) -> list[Bug]:
    """Return six bugs in random order: the planted one, and others, of the same gate where possible.

    A bug with the same numbers as the planted one would be as good an answer, so it is left out.
    """
    others = [other for other in BUGS if other is not bug and not other.equivalent]
    rng.shuffle(others)
    others.sort(key=lambda other: other.gate != bug.gate)
    chosen = [bug, *[other for other in others[:CANDIDATES] if not same(bug, other, lab)][: CANDIDATES - 1]]
    rng.shuffle(chosen)
    return chosen


def answered(bug: Bug, choices: list[Bug], lab: Lab, language: str) -> bool:
    """Read names or numbers until one is right, two are wrong or stdin ends; return whether one is right."""
    wrong = 0
    while wrong < 2:
        try:
            answer = input(phrase("name or number: ", language)).strip()
        except EOFError:
            print()
            return False
        if not sys.stdin.isatty():
            print(answer)  # a terminal shows it by itself
        try:
            named = choices[int(answer) - 1] if answer.isdigit() and int(answer) else bug_named(answer)
        except (ValueError, IndexError) as error:
            outside = phrase("expected 1 to {count}, got {answer}", language)
            text = outside.format(count=len(choices), answer=answer)
            print(error if isinstance(error, ValueError) else text)
            continue
        if named is bug or same(named, bug, lab):
            return True
        wrong += 1
        no = phrase("No." if wrong == 2 else "No. A hint: {hint}", language)
        print(no.format(hint=translated(bug, language).question))
    return False
