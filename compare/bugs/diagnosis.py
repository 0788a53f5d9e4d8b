"""Which known bug is it? The one whose numbers a package shows in every array; otherwise unknown."""

from dataclasses import dataclass
from types import ModuleType

from compare.bugs.bug import Bug
from compare.bugs.catalogue import BUGS
from compare.bugs.certain import fingerprint, what_is_certain
from compare.bugs.observe import Observation, observe
from compare.bugs.replay import agrees, healthy, matches, observed, parted


@dataclass(frozen=True)
class Diagnosis:
    """What is known of a package.

    Attributes:
        bugs: The bug that it shows; several if they are the same in numbers; none if it is unknown.
        facts: What is certain, read off its numbers.
        correct: Whether nothing is wrong here.
    """

    bugs: tuple[Bug, ...]
    facts: tuple[str, ...]
    correct: bool = False

    @property
    def name(self) -> str:
        """The bug's name, the names of twins in a row, ``"unknown"`` or ``"correct"``."""
        return " = ".join(bug.name for bug in self.bugs) or ("correct" if self.correct else "unknown")

    def text(self) -> str:
        """Return the diagnosis for its reader."""
        lines = [f"diagnosis: {'none' if self.correct else self.name}"]
        if self.correct:
            lines.append(
                "  all that this lab runs agrees with numpy_mlp: the difference above needs other inputs"
            )
        elif not self.bugs:
            lines.append(f"  its numbers are those of none of the {len(BUGS)} known bugs; what is certain:")
        if len(self.bugs) > 1:
            lines.append("  these are the same in numbers: only a look at the code can tell")
        for bug in self.bugs:
            lines += explained(bug)
        heads = ["measured", *[""] * len(self.facts)]
        lines += [f"  {head:<9} {fact}" for head, fact in zip(heads, self.facts, strict=False)]
        return "\n".join(lines)


def explained(bug: Bug) -> list[str]:
    """Return why, the hint, and where to look."""
    look = ", ".join(f"{function} in {file}" for file, function in bug.places)
    return [
        f"  why       {bug.why}",
        f"  hint      {bug.question}",
        f"            {bug.answer}",
        f"  look at   {look}",
    ]


def diagnose(package: ModuleType) -> Diagnosis:
    """Run a package and say which known bug it shows, if any."""
    return diagnosis_of(observe(package))


def diagnosis_of(found: Observation) -> Diagnosis:
    """Say which known bug an observation shows: exactly one, or several that show each other's numbers."""
    if agrees(found):
        return Diagnosis((), (), correct=True)
    names = parted(found, healthy())
    known = [bug for bug in BUGS if not bug.equivalent and matches(found, bug)]
    if known and all(same(known[0], other) for other in known[1:]):
        return Diagnosis(tuple(known), tuple(fingerprint(found, names)))
    return Diagnosis((), tuple(what_is_certain(found, names)))


def same(one: Bug, other: Bug) -> bool:
    """Tell whether two bugs are the same in numbers."""
    return matches(observed(one), other) and matches(observed(other), one)
