"""What was measured, and what of it this project promises: as tables and as JSON."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from compare.benchmark.implementations import BARE, COMPILED, EAGER, NERVA, NUMPY, PRODUCTS, SKLEARN
from compare.benchmark.measure import Timing
from compare.benchmark.workload import IRIS
from compare.report.tables import as_text

MEMORY = 1.2
Seconds = Mapping[str, float]


@dataclass(frozen=True)
class Target:
    """A measured value, what it is, and the bound that it should reach, or not exceed."""

    text: str
    value: float
    bound: float
    at_least: bool = True

    @property
    def met(self) -> bool:
        """Whether the value keeps its bound."""
        return self.value >= self.bound if self.at_least else self.value <= self.bound


def targets(timings: Sequence[Timing], cuda: Seconds) -> Iterator[Target]:
    """Yield the targets of what was measured; ``cuda`` holds the seconds of a whole training in each mode."""
    for timing in timings:
        name = timing.workload.name
        if timing.workload is IRIS:
            for other, bound in ((EAGER, 4), (SKLEARN, 2), (NERVA, 1), (COMPILED, 1)):
                if other in timing.seconds:
                    yield Target(f"{name}: {other} / NumPy", timing.ratio(other), bound)
            yield Target(f"{name}: NumPy / {BARE}", timing.ratio(NUMPY, BARE), 1.25, at_least=False)
        if timing.workload.large:
            yield Target(f"{name}: {EAGER} / NumPy", timing.ratio(EAGER), 1)
            yield Target(f"{name}: NumPy's share of the matrix-product rate", timing.efficiency(NUMPY), 0.8)
        if timing.peak is not None:
            text, held = (
                f"{name}: NumPy's peak memory / what must be held",
                sum(timing.workload.held.values()),
            )
            yield Target(text, timing.peak / held, MEMORY, at_least=False)
    if cuda:
        yield Target("20,000 epochs on CUDA with graphs, in seconds", cuda["graph"], 0.5, at_least=False)
        yield Target("20,000 epochs on CUDA: eager / graphs", cuda["eager"] / cuda["graph"], 4)


def timing_table(timing: Timing) -> str:
    """Return the table of a workload, with what is missing below it."""
    rounds, workload = len(timing.seconds[NUMPY]), timing.workload
    scale, unit = (1e6, "us") if timing.median(NUMPY) < 1e-3 else (1e3, "ms")
    digits = 2 if timing.median(NUMPY) * scale < 10 else 1
    rows = [["", "an epoch", "half of the rounds", "x NumPy", "products" if workload.large else ""]]
    for name in timing.seconds:
        low, median, high = (f"{value * scale:.{digits}f}" for value in timing.quartiles(name))
        rate = f"{timing.efficiency(name):.0%}" if workload.large else ""
        rows.append([name, f"{median} {unit}", f"{low} to {high}", f"{timing.ratio(name):.2f}", rate])
    title = f"{workload.name}: median of {rounds} rounds of {workload.epochs} epochs"
    lines = [title, as_text(rows, right=(1, 3, 4))]
    for reason in dict.fromkeys(timing.missing.values()):
        names = [name for name, why in timing.missing.items() if why == reason]
        lines.append(f"not measured, {reason}: {'; '.join(names)}")
    if workload.large:
        operations = workload.operations / timing.median(PRODUCTS)
        lines.append(f"{PRODUCTS}: {operations / 1e9:.0f} billion operations a second")
    return "\n".join(lines)


def closing(timings: Sequence[Timing], cuda: Seconds) -> str:
    """Return the seconds of the whole trainings on CUDA, if there are any, and which targets are met."""
    lines: list[str] = []
    if cuda:
        rows = [[f"--mode {mode}", f"{seconds:.2f} s"] for mode, seconds in cuda.items()]
        lines = [f"{IRIS.name}, 20,000 epochs on CUDA, best of 3", as_text(rows, right=(1,)), ""]
    rows = []
    for target in targets(timings, cuda):
        bound = f"({target.bound:.2f} or {'more' if target.at_least else 'less'})"
        rows.append(["met" if target.met else "missed", target.text, f"{target.value:.2f}", bound])
    return "\n".join([*lines, "what numpy_mlp promises on two CPU cores", as_text(rows, right=(2,))])


def as_json(timings: Sequence[Timing], cuda: Seconds, environment: dict[str, Any], threads: int) -> str:
    """Return everything as JSON, schema "benchmark/1"; times are in seconds."""
    workloads = []
    for timing in timings:
        workload = timing.workload
        times = [
            {"name": name, "median": timing.median(name), "quartiles": timing.quartiles(name)[::2],
             "ratio_to_numpy": timing.ratio(name), "share_of_products": timing.efficiency(name),
             "seconds": values.tolist()}
            for name, values in timing.seconds.items()
        ]  # fmt: skip
        workloads.append({
            "name": workload.name, "sizes": workload.sizes, "samples": workload.samples,
            "epochs": workload.epochs, "operations": workload.operations, "contestants": times,
            "not_measured": timing.missing, "peak_bytes": timing.peak, "held_bytes": workload.held,
        })  # fmt: skip
    marks = [{**asdict(target), "met": target.met} for target in targets(timings, cuda)]
    found = {
        "schema": "benchmark/1", "environment": environment, "threads": threads, "workloads": workloads,
        "cuda_training_seconds": cuda, "marks": marks,
    }  # fmt: skip
    return json.dumps(found, indent=1) + "\n"
