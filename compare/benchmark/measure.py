"""Measuring: everyone in turn, again and again, so that a noisy machine disturbs all of them alike."""

import time
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import torch
from threadpoolctl import threadpool_limits

import numpy_mlp
import torch_mlp
from compare import torch_side
from compare.benchmark.contestants import NUMPY, PRODUCTS, Contestant, NotMeasuredError, Trains
from compare.benchmark.workload import IRIS, LEARNING_RATE, Workload


@dataclass
class Measured:
    """The times of one workload.

    Attributes:
        workload: What was trained.
        seconds: For each contestant the seconds that an epoch took, one number for each round.
        missing: For each that could not be measured, why.
        peak: The most memory that a training of numpy_mlp held, in bytes, its data included; None: not asked.
    """

    workload: Workload
    seconds: dict[str, np.ndarray] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    peak: int | None = None

    def median(self, name: str) -> float:
        """The median over the rounds, in seconds."""
        return float(np.median(self.seconds[name]))

    def quartiles(self, name: str) -> tuple[float, float]:
        """A quarter of the rounds were faster than the first, a quarter slower than the second."""
        low, high = np.quantile(self.seconds[name], (0.25, 0.75))
        return float(low), float(high)

    def ratio(self, name: str, to: str = NUMPY) -> float:
        """How many times as long as another one it took: the median of the ratios within each round."""
        return float(np.median(self.seconds[name] / self.seconds[to]))

    def share(self, name: str) -> float:
        """The share of the rate at which this machine multiplies the same matrices with nothing between."""
        return 1 / self.ratio(name, PRODUCTS)

    @property
    def rate(self) -> float:
        """That rate, in operations a second."""
        return self.workload.operations / self.median(PRODUCTS)


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Give NumPy's BLAS and PyTorch the same number of threads, and put both back."""
    before = torch.get_num_threads()
    with threadpool_limits(limits=count):
        torch.set_num_threads(count)
        try:
            yield
        finally:
            torch.set_num_threads(before)


def measure(
    workload: Workload,
    contestants: list[Contestant],
    rounds: int,
    advance: Callable[[], object] = lambda: None,
) -> Measured:
    """Time every contestant in every round, each round beginning with another one.

    ``advance`` is called after each round.
    """
    found, ready = Measured(workload), {}
    for contestant in contestants:
        try:
            trains = contestant.prepare(workload)
            trains(2)  # compiled, recorded, in the caches
            ready[contestant.name] = trains
        except NotMeasuredError as error:
            found.missing[contestant.name] = str(error)
    times: dict[str, list[float]] = {name: [] for name in ready}
    for turn in range(rounds):
        names = list(ready)
        for name in names[turn % len(names) :] + names[: turn % len(names)]:
            times[name].append(seconds(ready[name], workload.epochs))
        advance()
    found.seconds = {name: np.array(values) for name, values in times.items()}
    return found


def seconds(trains: Trains, epochs: int) -> float:
    """Return how long an epoch takes, over so many of them."""
    start = time.perf_counter()
    trains(epochs)
    return (time.perf_counter() - start) / epochs


def peak_memory(workload: Workload) -> int:
    """Return the most bytes that a training with numpy_mlp held at a time, its data included.

    tracemalloc counts every array from here on; the data are loaded again under its eyes.
    """
    tracemalloc.start()
    try:
        fresh = Workload(workload.sizes, workload.samples, workload.epochs)
        x, y = fresh.data
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


def cuda_training(mode: str, epochs: int = 20_000) -> float:
    """Return how many seconds the course's whole training takes on CUDA, with all that the mode prepares."""
    x, y = (torch.tensor(array, device="cuda") for array in IRIS.data)
    model = torch_side.build(IRIS.sizes, IRIS.weights, torch.device("cuda"))
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE)
    start = time.perf_counter()
    torch_mlp.train(model, optimizer, x, y, epochs=epochs, mode=mode)
    return time.perf_counter() - start
