"""Which known bug is it? The one whose numbers a package shows in every array; otherwise unknown."""

from dataclasses import dataclass
from types import ModuleType

from compare.bugs.bug import Bug
from compare.bugs.catalogue import BUGS
from compare.bugs.facts import certain_facts, fingerprint
from compare.bugs.lab import Lab
from compare.bugs.matching import differences, matches, trains_like

AGREES = "  all that this lab runs agrees with numpy_mlp: the difference above needs other inputs"


@dataclass(frozen=True)
class Diagnosis:
    """What is known of a package.

    The bugs that it shows (several if they are the same in numbers, none if it is unknown), what is certain
    of its numbers, and whether nothing is wrong with them.
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
        if self.correct:
            return f"diagnosis: none\n{AGREES}"
        lines = [f"diagnosis: {self.name}"]
        if not self.bugs:
            lines.append(f"  its numbers are those of none of the {len(BUGS)} known bugs; what is certain:")
        if len(self.bugs) > 1:
            lines.append("  these are the same in numbers: only a look at the code can tell")
        for bug in self.bugs:
            lines += explained(bug)
        if self.facts:
            lines.append("  measured  " + "\n            ".join(self.facts))
        return "\n".join(lines)


def explained(bug: Bug) -> list[str]:
    """Return why, the hint, and where to look."""
    look = ", ".join(f"{function} in {file}" for file, function in bug.places)
    texts = {"why": bug.why, "hint": bug.question, "": bug.answer, "look at": look}
    return [f"  {head:<9} {text}" for head, text in texts.items()]


def diagnose(package: ModuleType, lab: Lab | None = None, *, training: bool = False) -> Diagnosis:
    """Run a package, and return which known bug it shows: one, several with the same numbers, or none.

    ``training``: its ``train`` alone may show one, where the bug itself shows in other arrays as well.
    """
    lab = lab or Lab()
    found = lab.observe(package)
    names = differences(found, lab)
    if not names:
        return Diagnosis((), (), correct=True)
    bugs = [bug for bug in BUGS if not bug.equivalent]
    known = tuple(bug for bug in bugs if matches(found, bug, lab))
    if known and all(same(known[0], other, lab) for other in known[1:]):
        numbers = [name for name in names if name.gate != "structure"]
        return Diagnosis(known, tuple(fingerprint(found, numbers, lab)))
    alike = tuple(bug for bug in bugs if training and trains_like(found, bug, lab))
    if alike:
        return Diagnosis(alike, ("the trainings, and they alone, are the same in every array",))
    return Diagnosis((), tuple(certain_facts(found, names, lab)))


def same(one: Bug, other: Bug, lab: Lab) -> bool:
    """Return whether two bugs have the same numbers."""
    return matches(lab.observed(one), other, lab) and matches(lab.observed(other), one, lab)
