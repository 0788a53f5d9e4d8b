"""Which mistake is it? The known bug, or else the edit, whose numbers a package shows in every array."""

from dataclasses import dataclass
from types import ModuleType

from compare.bugs.bug import Bug
from compare.bugs.calls import call_facts
from compare.bugs.catalogue import BUGS
from compare.bugs.facts import certain_facts, fingerprint
from compare.bugs.lab import Lab, Name, kept_generators
from compare.bugs.matching import differences, matches, trains_like
from compare.explain.explain import SECONDS, explain
from compare.explain.explanation import Explanation
from compare.explain.telling import of_bug

AGREES = "  all that this lab runs agrees with numpy_mlp: the difference above needs other inputs"


@dataclass(frozen=True)
class Diagnosis:
    """What is known of a package.

    The bugs that it shows (several if they are the same in numbers, none if it is unknown), what is certain
    of its numbers, and whether nothing is wrong with them. An edit that the search found explains a package
    that shows no known bug. ``stopped``: the search ended before it had tried everything.
    """

    bugs: tuple[Bug, ...]
    facts: tuple[str, ...]
    correct: bool = False
    explanations: tuple[Explanation, ...] = ()
    stopped: bool = False

    @property
    def name(self) -> str:
        """The bug's name, the names of twins in a row, ``"an edit"``, ``"unknown"`` or ``"correct"``."""
        if self.bugs:
            return " = ".join(bug.name for bug in self.bugs)
        return "correct" if self.correct else "an edit" if self.explanations else "unknown"

    @property
    def searched(self) -> str:
        """What came of the search."""
        if self.explanations:
            return "; an edit of the correct code has them"
        early = ", as far as there was time to try" if self.stopped else ""
        return f", nor of a small edit of the correct code{early}; what is certain:"

    def text(self, hint: str = "line") -> str:
        """Return the diagnosis for its reader, or less of it: see ``Explanation.text``."""
        if self.correct:
            return f"diagnosis: none\n{AGREES}"
        if hint != "line" and self.explanations:
            return "\n".join(["diagnosis:", *dict.fromkeys(one.text(hint) for one in self.explanations)])
        lines = [f"diagnosis: {self.name}"]
        if not self.bugs:
            lines.append(f"  its numbers are those of none of the {len(BUGS)} known bugs{self.searched}")
        if len(self.bugs) > 1:
            lines.append("  these are the same in numbers: only a look at the code can tell")
        lines += [one.text(hint) for one in self.explanations]
        if self.facts:
            lines.append("  measured  " + "\n            ".join(self.facts))
        return "\n".join(lines)


@kept_generators()
def diagnose(
    package: ModuleType, lab: Lab | None = None, *, training: bool = False, seconds: float = SECONDS
) -> Diagnosis:
    """Run a package, and return which known bug it shows, or which edit of the correct code.

    Args:
        package: What stands for numpy_mlp.
        lab: The gates, if they are there already.
        training: Whether its ``train`` alone may show a bug that shows in other arrays as well.
        seconds: How long to search for an edit, in seconds of the processor.
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
        texts = tuple(of_bug(bug) for bug in known)
        return Diagnosis(known, tuple(fingerprint(found, numbers, lab)), explanations=texts)
    edit, stopped = explain(found, names, lab, seconds)
    calls = call_facts(found.calls, lab.healthy.calls) if all(of_training(name) for name in names) else []
    if edit:
        return Diagnosis(
            tuple(bug for bug in bugs if bug.name == edit.name),
            (*calls, *fingerprint(found, names, lab)),
            explanations=(edit,),
            stopped=stopped,
        )
    # where train makes other calls, those are at fault, and no method that has the same numbers
    alike = tuple(bug for bug in bugs if training and not calls and trains_like(found, bug, lab))
    if alike:
        facts = ("the trainings, and they alone, are the same in every array",)
        return Diagnosis(alike, facts, explanations=tuple(of_bug(bug) for bug in alike))
    return Diagnosis((), (*calls, *certain_facts(found, names, lab)), stopped=stopped)


def of_training(name: Name) -> bool:
    """Return whether an array is what ``train`` alone computes."""
    return name.run.endswith("training") or name.gate == "structure"


def same(one: Bug, other: Bug, lab: Lab) -> bool:
    """Return whether two bugs have the same numbers."""
    return matches(lab.observed(one), other, lab) and matches(lab.observed(other), one, lab)
