"""What was measured, as a table, as marks, and as JSON."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from compare.benchmark.contestants import BARE, COMPILED, EAGER, NERVA, NUMPY, PRODUCTS, SKLEARN
from compare.benchmark.measure import Measured
from compare.benchmark.workload import IRIS

MEMORY_MARK = 1.2


@dataclass(frozen=True)
class Mark:
    """What this project promises of its NumPy network on two CPU cores, and what was measured.

    Attributes:
        text: What the value is.
        value: The value.
        bound: Where the mark lies.
        at_least: Whether the value must be at least the bound, or at most.
    """

    text: str
    value: float
    bound: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether it holds."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def marks(measured: list[Measured], cuda: dict[str, float]) -> Iterator[Mark]:
    """Yield the marks of the workloads and contestants that were measured."""
    for one in measured:
        name, there = one.workload.name, one.seconds
        if one.workload is IRIS:
            for other, bound in ((EAGER, 6), (SKLEARN, 2), (NERVA, 1), (COMPILED, 1)):
                if other in there:
                    yield Mark(f"{name}: {other} / NumPy", one.ratio(other), bound)
            yield Mark(f"{name}: NumPy / {BARE}", one.ratio(NUMPY, BARE), 1.25, at_least=False)
        if one.workload.large:
            yield Mark(f"{name}: {EAGER} / NumPy", one.ratio(EAGER), 1)
            yield Mark(f"{name}: NumPy's share of the matrix-product rate", one.share(NUMPY), 0.8)
        if one.peak is not None:
            held = sum(one.workload.held.values())
            text = f"{name}: NumPy's peak memory / what must be held"
            yield Mark(text, one.peak / held, MEMORY_MARK, at_least=False)
    if cuda:
        yield Mark("20,000 epochs on CUDA with graphs, in seconds", cuda["graph"], 0.5, at_least=False)
        yield Mark("20,000 epochs on CUDA: eager / graphs", cuda["eager"] / cuda["graph"], 4)


def mark_line(mark: Mark) -> str:
    """``met     4-10-3 at 120 samples: PyTorch, eager / NumPy  8.12 (6.00 or more)``."""
    side = "or more" if mark.at_least else "or less"
    return f"{'met' if mark.met else 'missed':8}{mark.text:<70}{mark.value:8.2f} ({mark.bound:.2f} {side})"


def table(one: Measured) -> str:
    """Return the table of a workload."""
    rounds = len(next(iter(one.seconds.values())))
    workload = one.workload
    lines = [
        f"{workload.name}: median of {rounds} rounds of {workload.epochs} epochs",
        f"{'':34}{'an epoch':>12}   {'half of the rounds':<22}{'x NumPy':>8}{'products':>10}",
    ]
    scale, unit = (1e6, "us") if one.median(NUMPY) < 1e-3 else (1e3, "ms")
    digits = 2 if one.median(NUMPY) * scale < 10 else 1
    for name in one.seconds:
        low, high = (f"{value * scale:.{digits}f}" for value in one.quartiles(name))
        share = f"{one.share(name):>10.0%}" if workload.large else ""
        lines.append(
            f"{name:34}{one.median(name) * scale:>9.{digits}f} {unit}   {f'{low} to {high}':<22}"
            f"{one.ratio(name):>8.2f}{share}"
        )
    for why in dict.fromkeys(one.missing.values()):
        names = [name for name, reason in one.missing.items() if reason == why]
        lines.append(f"not measured, {why}: {'; '.join(names)}")
    if workload.large:
        lines.append(f"{PRODUCTS}: {one.rate / 1e9:.0f} billion operations a second")
    return "\n".join(lines)


def as_json(
    measured: list[Measured], cuda: dict[str, float], environment: dict[str, Any], threads: int
) -> str:
    """Return everything as JSON, schema "benchmark/1"; times are in seconds."""
    found = {
        "schema": "benchmark/1",
        "environment": environment,
        "threads": threads,
        "workloads": [
            {
                "name": one.workload.name,
                "sizes": one.workload.sizes,
                "samples": one.workload.samples,
                "epochs": one.workload.epochs,
                "operations": one.workload.operations,
                "contestants": [
                    {
                        "name": name,
                        "median": one.median(name),
                        "quartiles": one.quartiles(name),
                        "ratio_to_numpy": one.ratio(name),
                        "share_of_products": one.share(name),
                        "seconds": values.tolist(),
                    }
                    for name, values in one.seconds.items()
                ],
                "not_measured": one.missing,
                "peak_bytes": one.peak,
                "held_bytes": one.workload.held,
            }
            for one in measured
        ],
        "cuda_training_seconds": cuda,
        "marks": [
            {"text": mark.text, "value": mark.value, "bound": mark.bound, "at_least": mark.at_least,
             "met": mark.met}
            for mark in marks(measured, cuda)
        ],
    }  # fmt: skip
    return json.dumps(found, indent=1) + "\n"
