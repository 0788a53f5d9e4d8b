"""The comparison tested by itself: every known bug planted, and correct networks that nothing may accuse.

Each bug goes through all gates from fresh and from trained weights, in float32 and float64. The reference
half of the gates does not depend on the bug, so it is computed once for each start.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from tqdm import tqdm

import numpy_mlp
from compare.bugs.bug import Bug, plant
from compare.bugs.catalogue import BUGS, REWRITES, other_order, over
from compare.bugs.diagnosis import diagnose
from compare.bugs.effect import seen_by_accuracy
from compare.bugs.lab import Lab
from compare.checks import DTYPES, Check, first_divergence
from compare.exit_codes import DONE, SELF_TEST_FAILED
from compare.gates.material import Material, Settings
from compare.proof import Proof, prove
from compare.report.tables import as_markdown, as_text

STARTS = ("fresh", "trained")
EPOCHS = 40
MAY_BE_UNKNOWN = 0.05
HEAD = """# The bug lab

Written by `python -m compare.bugs table`; `python -m compare.bugs show NAME`
shows what one of them does."""

clean = Bug("clean", "rewrite", "numpy_mlp as it is.", (), equivalent="nothing is planted")


@dataclass
class Row:
    """What the self-test found out about one bug, and the problems with that.

    Attributes:
        first: The first check to fail, for each start and dtype.
        diagnosis: The name that it was given.
        rewritten: The name that it was given in a network with another order of summation.
        accuracy: Whether accuracy alone would have shown it.
    """

    bug: Bug
    first: dict[tuple[str, str], Check | None]
    diagnosis: str
    rewritten: str
    accuracy: bool
    problems: list[str] = field(default_factory=list)

    @property
    def check(self) -> Check | None:
        """The first check to fail, in the first place where one does."""
        return next((check for check in self.first.values() if check), None)

    @property
    def gate(self) -> str:
        """Which gate saw it first, and where it was another one, or none."""
        if not (check := self.check):
            return "-"
        gates = {" ".join(where): found.gate if found else "nothing" for where, found in self.first.items()}
        others = ", ".join(f"{where} {gate}" for where, gate in gates.items() if gate != check.gate)
        return f"{check.gate} ({others})" if others else check.gate


def proofs() -> dict[str, Proof]:
    """Return a proof for each start, whose gates all bugs share."""
    fresh, trained = (Material(Settings(epochs=EPOCHS)) for _ in STARTS)
    trained.fresh = trained.trained
    return {"fresh": Proof(fresh), "trained": Proof(trained)}


def first_to_fail(bug: Bug, starts: dict[str, Proof]) -> dict[tuple[str, str], Check | None]:
    """Run all gates with a bug in place, and return the first failed check for each start and dtype."""
    package = plant(bug) if bug.patches else numpy_mlp
    found: dict[tuple[str, str], Check | None] = {}
    for start, clean_proof in starts.items():
        proof = clean_proof.of(package)
        for _ in prove(proof):
            first = {dtype: first_divergence(c for c in proof.checks if c.dtype == dtype) for dtype in DTYPES}
            found |= {(start, dtype): check for dtype, check in first.items()}
            if all(first.values()):
                break
    return found


def examine(bug: Bug, starts: dict[str, Proof], lab: Lab) -> Row:
    """Plant a bug, look at it in every way, and note what is wrong with what was seen."""
    first = first_to_fail(bug, starts)
    diagnoses = [diagnose(plant(planted), lab) for planted in (bug, over(other_order, bug))]
    accuracy = bool(bug.patches) and seen_by_accuracy(bug)
    row = Row(bug, first, diagnoses[0].name, diagnoses[1].name, accuracy)
    if bug.equivalent:
        if row.check:
            row.problems.append(f"accused: {row.check.tensor}")
        if not all(found.correct for found in diagnoses):
            row.problems.append("named, and nothing is wrong with it")
        return row
    unseen = [start for start in STARTS if not any(first[start, dtype] for dtype in DTYPES)]
    row.problems += [f"unseen in a {start} network" for start in unseen]
    if row.check and row.check.gate != bug.gate:
        row.problems.append(f"seen by {row.check.gate}, where {bug.gate} must be first")
    for found in diagnoses:
        if found.bugs and bug not in found.bugs:
            row.problems.append(f"wrong name: {found.name}")
        if found.correct:
            row.problems.append("not seen by the diagnosis")
    return row


def rows(bugs: Sequence[Bug]) -> list[Row]:
    """Examine the clean network, the rewrites and the bugs."""
    starts, lab = proofs(), Lab()
    with np.errstate(all="ignore"):
        subjects = tqdm((clean, *REWRITES, *bugs), desc="self-test", disable=None, leave=False)
        return [examine(bug, starts, lab) for bug in subjects]


def table(found: list[Row]) -> list[list[str]]:
    """Return the table, its head first; a rewrite has a line only if something is wrong with that."""
    lines = [["bug", "seen first by gate", "array", "times over", "diagnosis", "accuracy alone"]]
    for row in found:
        if row.bug.family == "rewrite" and not row.problems:
            continue
        named = "itself" if row.diagnosis == row.bug.name else row.diagnosis
        if row.rewritten != row.diagnosis:
            named += f" (rewritten: {row.rewritten})"
        array = f"{row.check.tensor} ({row.check.scenario})" if row.check else "-"
        used = [c.budget_used for c in row.first.values() if c and c.budget_used is not None]
        times = f"{used[0]:.2g}" if used else "-"
        alone = "-" if row.bug.equivalent else "shows it" if row.accuracy else "does not"
        lines.append([row.bug.name, row.gate, array, times, named, alone])
    return lines


def verdict(found: list[Row]) -> tuple[int, list[str]]:
    """Return the exit code, and the closing lines."""
    bugs = [row for row in found if not row.bug.equivalent]
    innocent = [row for row in found if row.bug.equivalent]
    unknown = [row.bug.name for row in bugs if "unknown" in (row.diagnosis, row.rewritten)]
    lines = [f"{row.bug.name}: {problem}" for row in found for problem in row.problems]
    if len(unknown) > MAY_BE_UNKNOWN * len(bugs):
        lines.append(f"too many unknown: {', '.join(unknown)}")
    code = SELF_TEST_FAILED if lines else DONE
    named = sum(row.bug.name in row.diagnosis.split(" = ") for row in bugs)
    again = sum(row.bug.name in row.rewritten.split(" = ") for row in bugs)
    twins = sorted({row.diagnosis for row in bugs if " = " in row.diagnosis})
    return code, [
        *lines,
        f"{len(bugs)} bugs: {sum(row.check is not None for row in bugs)} seen, {named} named, "
        f"{again} named in a network with another order of summation; "
        f"accuracy alone would not have shown {sum(not row.accuracy for row in bugs)}",
        *(f"the same in numbers, so they share one answer: {names}" for names in twins),
        f"{len(innocent)} that nothing may accuse (no bug, correct rewrites, equivalent ones): "
        f"{sum(bool(row.check) or row.diagnosis != 'correct' for row in innocent)} accused",
    ]


def self_test(*, markdown: bool = False) -> int:
    """Run the self-test, print its table and its verdict, and return the exit code."""
    found = rows(BUGS)
    code, lines = verdict(found)
    if markdown:
        print(f"{HEAD}\n\n{as_markdown(table(found))}\n")
        print("\n".join(f"- {line}" for line in lines))
    else:
        print(as_text(table(found)))
        print("", *lines, "self-test passed" if code == DONE else "SELF-TEST FAILED", sep="\n")
    return code
