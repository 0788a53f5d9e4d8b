"""``python -m compare.fuzz``: each random network is a gate; the first failure ends the run.

The report counts the cases, and gives the command that repeats the failure.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from types import ModuleType
from typing import TextIO

import numpy as np
import torch
from tqdm import tqdm

from compare import torch_side
from compare.checks import Check, first_divergence
from compare.exit_codes import AGREE, DISAGREE
from compare.fuzz.networks import SEEDS, Case, draw
from compare.gates.steps import step_gate
from compare.report.text import divergence
from compare.report.verdict import budget_part
from compare.request import Request


@dataclass
class Tally:
    """What the cases have shown so far.

    Attributes:
        most: The check that used the largest part of its budget.
        sharp: Arrays whose budget is below a thousandth of their largest value (2 E against max|value|).
        failed: The first check that failed, if one did; its case has the seed ``failed_seed``.
    """

    cases: int = 0
    arrays: int = 0
    most: Check | None = None
    sharp: int = 0
    failed: Check | None = None
    failed_seed: int = 0

    def add(self, case: Case, checks: list[Check]) -> None:
        """Count one case."""
        self.cases += 1
        self.arrays += len(checks)
        self.sharp += sum(2 * a.error.max() <= np.abs(a.value).max() / 1000 for a in case.allowed.values())
        self.most = max(filter(None, (self.most, *checks)), key=lambda c: c.budget_used or 0, default=None)
        if self.failed is None and (found := first_divergence(checks)):
            self.failed, self.failed_seed = found, case.seed


def cases(request: Request, devices: tuple[torch.device, ...], package: ModuleType) -> Iterator[Tally]:
    """Run cases until one fails, and yield the tally after each."""
    tally = Tally()
    for i in range(request.fuzz or 0):
        case = draw((request.seed + i) % SEEDS, None if request.dtype == "both" else request.dtype)
        # a faulty network may overflow: its NaN is a failed check, not a warning
        with np.errstate(all="ignore"):
            for device in devices:
                tally.add(case, step_gate(case.scenario, device, case.allowed).checks(package))
        yield tally
        if tally.failed:
            return


def fuzz(request: Request, devices: tuple[torch.device, ...], package: ModuleType, stream: TextIO) -> int:
    """Run the cases under a bar, report, and return the exit code."""
    tally, off = Tally(), True if request.quiet else None
    bar = tqdm(total=request.fuzz, desc="fuzz", unit="case", disable=off)
    with torch_side.matmul_precision(request.precision), bar:
        try:
            for so_far in cases(request, devices, package):
                tally = so_far
                bar.update()
                stream.write("")  # a parent that waits for a message restarts its time limit
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"fuzz stopped after {tally.cases:,} of {request.fuzz:,} cases") from None
    if not request.quiet:
        print("\n".join(outcome(tally, request)), file=stream, flush=True)
    return DISAGREE if tally.failed else AGREE


def outcome(tally: Tally, request: Request) -> Iterator[str]:
    """Yield how many cases ran, which array used most of its budget, and the first failure."""
    last = (request.seed + tally.cases - 1) % SEEDS
    yield (
        f"{tally.cases:,} random networks (seeds {request.seed} to {last}), {tally.arrays:,} arrays; "
        f"{tally.sharp / max(1, tally.arrays):.0%} of them known to a thousandth of their size or better"
    )
    if most := tally.most:
        where = f"{most.tensor} ({most.scenario}, {most.dtype}, {most.device})"
        yield f"budgets    at most {budget_part(most.budget_used)} used, by {where}"
    if found := tally.failed:
        yield f"DISAGREE: {found.scenario} leaves a budget\n"
        yield f"{divergence(found)}\n\nrepeat     {repeat(tally.failed_seed, request)}"
    else:
        yield "AGREE: every array stays within its budget"


def repeat(seed: int, request: Request) -> str:
    """Return the command that runs one case again."""
    command = f"python -m compare.run --fuzz 1 --seed {seed}"
    for name in ("dtype", "device", "precision", "numpy"):
        if (value := getattr(request, name)) != getattr(Request, name):
            command += f" --{name} {value}"
    return command
