"""The quiz: a bug is planted and not named; its numbers are shown, and the learner says which it is."""

import random
import sys

from compare.bugs.bug import Bug, plant
from compare.bugs.catalogue import BUGS, bug_named
from compare.bugs.certain import fingerprint
from compare.bugs.diagnosis import explained, same
from compare.bugs.replay import observed

CANDIDATES = 6
EPOCHS = 40


def quiz(seed: int | None) -> int:
    """Ask one question on stdout, read answers from stdin, and return the exit code."""
    rng = random.Random(seed)
    bug = rng.choice([bug for bug in BUGS if not bug.equivalent])
    print("A bug has been planted in numpy_mlp. What the comparison says:\n")
    print(first_divergence_of(bug))
    print("\nand what its numbers show:\n")
    print("\n".join(f"  {line}" for line in fingerprint(observed(bug))))
    choices = candidates(bug, rng)
    print("\nWhich bug is it?\n")
    print("\n".join(f"  {i}  {choice.name}" for i, choice in enumerate(choices, start=1)), end="\n\n")
    if ask(bug, choices):
        print(f"Right: {bug.name}.")
    else:
        print(f"It is {bug.name}.")
    print("\n".join(explained(bug)))
    return 0


def first_divergence_of(bug: Bug) -> str:
    """Run the gates with a bug in place, and return the report's text on the first array to disagree."""
    from compare import report
    from compare.checks import first_divergence
    from compare.proof import Proof, Settings, prove

    proof = Proof.prepare(Settings(epochs=EPOCHS, package=plant(bug)))
    for _ in prove(proof):
        if found := first_divergence(proof.checks):
            return report.divergence(found)
    return "nothing disagrees"


def candidates(bug: Bug, rng: random.Random) -> list[Bug]:
    """Return some bugs in random order, the planted one among them and none that is its twin."""
    others = [other for other in BUGS if other is not bug and not other.equivalent]
    rng.shuffle(others)
    others.sort(key=lambda other: other.gate != bug.gate)
    chosen = [bug, *[other for other in others[:CANDIDATES] if not same(bug, other)][: CANDIDATES - 1]]
    rng.shuffle(chosen)
    return chosen


def ask(bug: Bug, choices: list[Bug]) -> bool:
    """Read answers, a name or a number each, until one is right or two are wrong, or stdin ends."""
    wrong = 0
    while wrong < 2:
        try:
            answer = input("name or number: ").strip()
            if not sys.stdin.isatty():
                print(answer)  # a terminal shows what is typed
        except EOFError:
            print()
            return False
        try:
            named = choices[int(answer) - 1] if answer.isdigit() and int(answer) else bug_named(answer)
        except (ValueError, IndexError) as error:
            print(error if isinstance(error, ValueError) else f"expected 1 to {len(choices)}, got {answer}")
            continue
        if named is bug or same(named, bug):
            return True
        wrong += 1
        print("No. A hint:", bug.question) if wrong == 1 else print("No.")
    return False
