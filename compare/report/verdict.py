"""What a proof says, as values: each gate's verdict, and figures that the table has no place for."""

import math
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass

from compare.checks import agree
from compare.gate import STEP_GATES
from compare.proof import Proof
from compare.report.drift import farthest, long_trainings


@dataclass(frozen=True)
class GateVerdict:
    """The verdict of a gate in one dtype on one device.

    Attributes:
        word: ``agree`` or ``DISAGREE``.
        count: How many checks there were, or how many of them failed.
        used: The largest part of a budget that a check used; empty without one.
    """

    word: str
    count: str
    used: str


def budget_part(used: float | None) -> str:
    """Return a part of a budget: a percentage, or how many times over; 100 % only for all of it.

    >>> budget_part(0.531), budget_part(0.99996), budget_part(1.0), budget_part(46.0), budget_part(5e29)
    ('53.1%', '99.99%', '100.0%', 'x 46', 'x 5e+29')
    """
    used = used or 0.0
    if 0.9995 <= used < 1:  # it would be rounded up
        return f"{math.floor(used * 1e4) / 100:.2f}%"
    return f"{used:.1%}" if used <= 1 else f"x {used:.3g}"


def places(proof: Proof) -> list[tuple[str, str]]:
    """Return each dtype with each device."""
    settings = proof.material.settings
    return [(dtype, str(device)) for dtype in settings.dtypes for device in settings.devices]


def gate_verdicts(gate: str, proof: Proof) -> list[GateVerdict]:
    """Return a gate's verdict for each of ``places``."""
    found = []
    for dtype, device in places(proof):
        # what doesn't depend on the device was checked once, on the CPU
        checks = [
            c for c in proof.checks if (c.gate, c.dtype) == (gate, dtype) and c.device in (device, "cpu")
        ]
        there = [c for c in checks if c.device == device] or checks
        failed = sum(not c.passed for c in there)
        count = f"{failed} of {len(there)} fail" if failed else f"{len(there)} checks"
        used = [c.budget_used for c in there if c.budget_used is not None]
        word = "agree" if agree(there) else "DISAGREE"
        found.append(GateVerdict(word, count, budget_part(max(used)) if used else ""))
    return found


def agrees(proof: Proof) -> bool:
    """Return whether all checks pass."""
    return agree(proof.checks)


def verdict(proof: Proof) -> str:
    """Return ``agree`` or ``disagree``."""
    return "agree" if agrees(proof) else "disagree"


def outcome(proof: Proof) -> str:
    """Return the verdict's reason: how many checks passed or failed."""
    if failed := [check for check in proof.checks if not check.passed]:
        form = ", all in form only: every number agrees" if all(check.form for check in failed) else ""
        return f"{len(failed):,} of {len(proof.checks):,} checks failed{form}"
    numbers = sum(weight.size for weight in proof.material.fresh.values())
    return f"{len(proof.checks):,} checks, {numbers} parameters, {proof.material.settings.epochs:,} epochs"


def findings(proof: Proof) -> list[str]:
    """Return the right answers; if all agree, also the drift, who is nearer to float64, the budgets."""
    return [*right_answers(proof), *(figures(proof) if agrees(proof) else ())]


def right_answers(proof: Proof) -> Iterator[str]:
    """Yield how many test samples each library has right, and how often they give the same answer."""
    samples = proof.predictions
    for dtype, device in places(proof):
        there = [sample for sample in samples if (sample["dtype"], sample["device"]) == (dtype, device)]
        if there:
            right = [sum(s[library] == s["label"] for s in there) for library in ("numpy", "torch")]
            same = sum(s["numpy"] == s["torch"] for s in there)
            yield (
                f"test samples  {right[0]} of {len(there)} right in NumPy, {right[1]} in PyTorch, "
                f"the same answer for {same} of {len(there)} ({dtype}, {device})"
            )


def figures(proof: Proof) -> Iterator[str]:
    """Yield the drift, which library's float32 arrays lie nearer to float64, and a step's largest budget."""
    ends = [
        f"{farthest(ours.snapshots[-1], theirs.snapshots[-1]):.2e} ({dtype}, {device})"
        for (dtype, device), (ours, theirs) in long_trainings(proof).items()
    ]
    if ends:
        epochs = proof.material.settings.epochs
        yield f"drift         after {epochs:,} epochs the weights are at most {', '.join(ends)} apart"
    if count := Counter(c.closer for c in proof.checks if c.dtype == "float32" and c.closer):
        yield (
            f"nearer        to float64 in {count['numpy']} arrays NumPy, in {count['torch']} PyTorch, "
            f"in {count['equal']} both alike"
        )
    if used := [c for c in proof.checks if c.budget_used is not None and c.gate in STEP_GATES]:
        most = max(used, key=lambda c: c.budget_used or 0.0)
        yield (
            f"budgets       at most {budget_part(most.budget_used)} used by a step, by {most.tensor} "
            f"({most.scenario}, {most.dtype})"
        )
