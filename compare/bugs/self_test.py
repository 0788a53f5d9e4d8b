"""The comparison tested by itself: every known bug planted, and three networks that nothing may accuse.

Each bug goes through all gates from fresh and from trained weights, in float32 and float64. What doesn't
depend on it (PyTorch's runs, scikit-learn's, the budgets, the correct network's unrest) is computed once.
"""

import math
import pickle
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
from tqdm import tqdm

import numpy_mlp
from compare import budget, referees, torch_side, trajectory
from compare.bugs.bug import Bug, plant
from compare.bugs.catalogue import BUGS
from compare.bugs.diagnosis import diagnose
from compare.bugs.effect import seen_by_accuracy
from compare.bugs.rewrites import REWRITES, other_order
from compare.checks import Check, first_divergence
from compare.proof import Proof, Settings, prove
from compare.trajectory import Course

OK, FAILED = 0, 4
STARTS, DTYPES = ("fresh", "trained"), ("float32", "float64")
EPOCHS = 40
MAY_BE_UNKNOWN = 0.05

clean = Bug("clean", "rewrite", "numpy_mlp as it is.", (), "", "", "", equivalent="nothing is planted")


@dataclass
class Row:
    """What the self-test found out about one bug.

    Attributes:
        bug: Which one.
        first: The first check to fail, for each start and dtype.
        diagnosis: The name that it was given.
        rewritten: The name that it was given in a network that is written in another way.
        accuracy: Whether accuracy alone would have shown it.
        problems: What is wrong with that.
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
        others = [
            f"{start} {dtype} {found.gate if found else 'nothing'}"
            for (start, dtype), found in self.first.items()
            if not found or found.gate != check.gate
        ]
        return check.gate + (f" ({', '.join(others)})" if others else "")

    @property
    def times(self) -> str:
        """How many times over its budget, where it was first seen."""
        used = [c.budget_used for c in self.first.values() if c and c.budget_used is not None]
        if not used:
            return "-"
        return f"{used[0]:.2g}" if math.isfinite(used[0]) else "inf"


def remembered(function: Callable[..., Any], positional: int = 0) -> Callable[..., Any]:
    """Wrap a function so that equal arguments are computed once.

    With ``positional``, only calls with so many arguments are: those that leave the package at numpy_mlp.
    """
    known: dict[bytes, Any] = {}

    def ask(*args: Any, **options: Any) -> Any:
        if positional and len(args) + len(options) != positional:
            return function(*args, **options)
        key = pickle.dumps((args, options))
        if key not in known:
            known[key] = function(*args, **options)
        return known[key]

    return ask


@contextmanager
def asked_once() -> Iterator[None]:
    """Let everything that doesn't depend on the planted bug be computed once."""
    with ExitStack() as stack:
        for module, name, positional in (
            (torch_side, "train", 0),
            (torch_side, "run", 0),
            (referees, "scikit_learn_history", 0),
            (budget, "run", 0),
            (trajectory, "train", 2),
        ):
            once = remembered(getattr(module, name), positional)
            stack.enter_context(patch.object(module, name, once))
        yield


def first_to_fail(bug: Bug) -> dict[tuple[str, str], Check | None]:
    """Run all gates with a bug in place, and return the first failed check for each start and dtype."""
    found: dict[tuple[str, str], Check | None] = {}
    for start in STARTS:
        package = plant(bug) if bug.replacements else numpy_mlp
        proof = Proof.prepare(Settings(epochs=EPOCHS, package=package))
        if start == "trained":
            fresh = proof.training("float32")
            proof.fresh = torch_side.train(fresh, torch.device("cpu"), Course(1000, 0.1, 1000)).snapshots[-1]
        list(prove(proof))
        for dtype in DTYPES:
            found[start, dtype] = first_divergence(c for c in proof.checks if c.dtype == dtype)
    return found


def judge(bug: Bug) -> Row:
    """Plant a bug, look at it in every way, and note what is wrong with what was seen."""
    first = first_to_fail(bug)
    diagnosis, rewritten = diagnose(plant(bug)), diagnose(plant(over(other_order, bug)))
    accuracy = bool(bug.replacements) and seen_by_accuracy(bug)
    row = Row(bug, first, diagnosis.name, rewritten.name, accuracy)
    if bug.equivalent:
        if row.check:
            row.problems.append(f"accused: {row.check.tensor}")
        if not (diagnosis.correct and rewritten.correct):
            row.problems.append("named, and nothing is wrong with it")
        return row
    for start in STARTS:
        if not any(first[start, dtype] for dtype in DTYPES):
            row.problems.append(f"unseen in a {start} network")
    if row.check and row.check.gate != bug.gate:
        row.problems.append(f"seen by {row.check.gate}, where {bug.gate} must be first")
    for found in (diagnosis, rewritten):
        if found.bugs and bug not in found.bugs:
            row.problems.append(f"wrong name: {found.name}")
        if found.correct:
            row.problems.append("not seen by the diagnosis")
    return row


def over(rewrite: Bug, bug: Bug) -> Bug:
    """Return a bug in a rewritten network: the faulty lines are its own, all others the rewrite's."""
    own = {target for target, _ in bug.replacements}
    others = tuple(part for part in rewrite.replacements if part[0] not in own)
    return replace(bug, replacements=others + bug.replacements)


def rows(bugs: tuple[Bug, ...]) -> list[Row]:
    """Judge the clean network, the rewrites and the bugs."""
    subjects = (clean, *REWRITES, *bugs)
    with asked_once(), np.errstate(all="ignore"):
        return [judge(bug) for bug in tqdm(subjects, desc="self-test", disable=None, leave=False)]


def table(found: list[Row]) -> list[list[str]]:
    """Return the table, its head first."""
    lines = [["bug", "seen first by gate", "array", "times over", "diagnosis", "accuracy alone"]]
    for row in found:
        named = "itself" if row.diagnosis == row.bug.name else row.diagnosis
        if row.rewritten != row.diagnosis:
            named += f" (rewritten: {row.rewritten})"
        array = f"{row.check.tensor} ({row.check.scenario})" if row.check else "-"
        alone = "-" if row.bug.equivalent else "shows it" if row.accuracy else "does not"
        lines.append([row.bug.name, row.gate, array, row.times, named, alone])
    return lines


def as_text(lines: list[list[str]]) -> str:
    """Return a table in columns."""
    widths = [max(len(line[i]) for line in lines) for i in range(len(lines[0]))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )


def as_markdown(lines: list[list[str]]) -> str:
    """Return a table in Markdown."""
    head, *body = ["| " + " | ".join(line) + " |" for line in lines]
    return "\n".join([head, "|" + "---|" * len(lines[0]), *body])


def verdict(found: list[Row]) -> tuple[int, list[str]]:
    """Return the exit code, and the closing lines."""
    bugs = [row for row in found if not row.bug.equivalent]
    unknown = [row.bug.name for row in bugs if "unknown" in (row.diagnosis, row.rewritten)]
    twins = sorted({row.diagnosis for row in bugs if " = " in row.diagnosis})
    quiet = sum(not row.accuracy for row in bugs)
    lines = [f"{row.bug.name}: {problem}" for row in found for problem in row.problems]
    if len(unknown) > MAY_BE_UNKNOWN * len(bugs):
        lines.append(f"too many unknown: {', '.join(unknown)}")
    code = FAILED if lines else OK
    named = sum(row.bug.name in row.diagnosis.split(" = ") for row in bugs)
    again = sum(row.bug.name in row.rewritten.split(" = ") for row in bugs)
    innocent = [row for row in found if row.bug.equivalent]
    lines += [
        f"{len(bugs)} bugs: {sum(row.check is not None for row in bugs)} seen, {named} named, "
        f"{again} named in a network with another order of summation; "
        f"accuracy alone would not have shown {quiet}",
        *(f"the same in numbers, so they share one answer: {names}" for names in twins),
        f"{len(innocent)} that nothing may accuse (no bug, correct rewrites, equivalent ones): "
        f"{sum(bool(row.check) or row.diagnosis != 'correct' for row in innocent)} accused",
    ]
    return code, lines


def self_test() -> int:
    """Run the self-test, print its table, and return the exit code."""
    found = rows(BUGS)
    code, lines = verdict(found)
    print(as_text(table(found)))
    print("", *lines, "self-test passed" if code == OK else "SELF-TEST FAILED", sep="\n")
    return code
