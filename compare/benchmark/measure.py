"""Time every implementation in turn, again and again, so that a noisy machine disturbs all of them alike."""

import time
import tracemalloc
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import torch

import numpy_mlp
from compare import torch_side
from compare.benchmark.implementations import NUMPY, PRODUCTS, NotMeasuredError, Prepare, Train
from compare.benchmark.workload import IRIS, LEARNING_RATE, Workload
from compare.scenario import TrainingSettings
from torch_mlp.faster.modes import MODES, check_mode


@dataclass
class Timing:
    """The seconds of an epoch in each round, by implementation; why others are missing; the peak in bytes."""

    workload: Workload
    seconds: dict[str, np.ndarray] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    peak: int | None = None

    def quartiles(self, name: str) -> list[float]:
        """Return the three quartiles over the rounds, in seconds; the second is the median."""
        return np.quantile(self.seconds[name], (0.25, 0.5, 0.75)).tolist()

    def median(self, name: str) -> float:
        """Return the median over the rounds, in seconds."""
        return self.quartiles(name)[1]

    def ratio(self, name: str, to: str = NUMPY) -> float:
        """Return how many times as long as ``to`` it took: the median of the ratios within each round."""
        return float(np.median(self.seconds[name] / self.seconds[to]))

    def efficiency(self, name: str) -> float:
        """Return its rate as a fraction of the rate of the matrix products alone."""
        return 1 / self.ratio(name, PRODUCTS)


def measure(
    workload: Workload, implementations: Mapping[str, Prepare], rounds: int, advance: Callable[[], object]
) -> Timing:
    """Time each implementation in every round, each round beginning with another one; then ``advance``."""
    timing, ready = Timing(workload), {}
    for name, prepare in implementations.items():
        try:
            train = prepare(workload)
            train()  # not timed: it compiles, captures and fills the caches
            ready[name] = train
        except NotMeasuredError as error:
            timing.missing[name] = str(error)
    names, times = list(ready), np.empty((len(ready), rounds))
    for turn in range(rounds):
        for i in np.roll(np.arange(len(names)), -turn):
            times[i, turn] = seconds(ready[names[i]]) / workload.epochs
        advance()
    timing.seconds = dict(zip(names, times, strict=True))
    return timing


def seconds(train: Train) -> float:
    """Return how long a training takes."""
    start = time.perf_counter()
    train()
    return time.perf_counter() - start


def peak_memory(workload: Workload) -> int:
    """Return the most bytes that a training with numpy_mlp held at a time, its data included."""
    tracemalloc.start()
    try:
        x, y = replace(workload).data  # loaded again: only what is made from now on counts
        model = numpy_mlp.MLP(*workload.sizes, seed=42)
        optimizer = numpy_mlp.SGD(model.parameters(), lr=LEARNING_RATE)
        criterion = numpy_mlp.CrossEntropyLoss()
        tracemalloc.reset_peak()
        for _ in range(3):
            criterion(model(x), y)
            optimizer.zero_grad()
            model.backward(criterion.backward())
            optimizer.step()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def whole_trainings(device: torch.device) -> dict[str, float]:
    """Return the seconds of 20,000 epochs of 4-10-3, for each mode that can run here: the best of three."""
    settings, found = TrainingSettings(20_000, LEARNING_RATE, snapshot_every=200), {}
    for mode in MODES:
        with suppress(ValueError):  # nothing can be compiled here
            check_mode(mode, device)
            training = partial(torch_side.train, IRIS.scenario, settings, device, mode=mode)
            found[mode] = min(seconds(training) for _ in range(3))
    return found
