"""One run of a sweep: a network trained from one seed, and what came of it, as one record."""

import math
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise

import numpy as np

import numpy_mlp
from compare import trajectory
from compare.scenario import Scenario
from compare.sweep.judge import judge_with_numpy, judge_with_torch
from compare.trajectory import Course
from numpy_mlp.data import Dataset, load_dataset
from numpy_mlp.history import History

SNAPSHOT_EVERY = 200
LIBRARIES = {"numpy": ("numpy",), "torch": ("torch",), "both": ("numpy", "torch")}


@dataclass(frozen=True)
class Run:
    """What is trained: everything that decides a run's numbers, so two equal runs need be done only once.

    Attributes:
        dataset: ``"iris"``, ...; its split is always the same.
        hidden: Units of each hidden layer.
        lr: The learning rate.
        seed: Of the initial weights.
        epochs: Full batches of training.
        backend: ``"numpy"``, ``"torch"``, or ``"both"`` from the same weights, with a proof that they agree.
        target_loss: The training loss whose first epoch is noted.
    """

    dataset: str
    hidden: tuple[int, ...]
    lr: float
    seed: int
    epochs: int
    backend: str
    target_loss: float

    def records_of(self) -> list["Run"]:
        """Return the runs that its records carry: one, or for ``both`` one for each library."""
        return [replace(self, backend=library) for library in LIBRARIES[self.backend]]


@dataclass(frozen=True)
class Record:
    """What came of a run.

    Attributes:
        run: What was trained; its backend is one library.
        params: The number of parameters.
        train_loss: Mean cross-entropy of the trained network on the training samples; None: not finite.
        test_loss: The same on the test samples.
        test_right: Test samples whose label it names; 0 if it diverged.
        test_total: Test samples.
        seconds: Time of the training.
        epochs_to_loss: The first epoch, counted from 1, whose training loss is at most the target.
        dead_units: Hidden units that are 0 for every training sample.
        diverged: Whether a loss became NaN or infinite.
        agrees: Whether both libraries agree on this run; None: it wasn't asked.
        disagreement: The first array that differs, and how far.
    """

    run: Run
    params: int
    train_loss: float | None
    test_loss: float | None
    test_right: int
    test_total: int
    seconds: float
    epochs_to_loss: int | None
    dead_units: int
    diverged: bool
    agrees: bool | None = None
    disagreement: str = ""


@lru_cache(maxsize=1)
def prepared(name: str) -> Dataset:
    """Return a data set, loaded once in each process."""
    return load_dataset(name)


def measure(run: Run) -> list[Record]:
    """Train what a run describes, in float32 and in one thread, and return a record for each library.

    A second thread gains nothing on products this small, and takes its core from another run.
    """
    from threadpoolctl import threadpool_limits

    dataset = prepared(run.dataset)
    sizes = (len(dataset.feature_names), *run.hidden, len(dataset.class_names))
    # a training that diverges is noted in its record, not in NumPy's warnings
    with threadpool_limits(limits=1), np.errstate(all="ignore"):
        if run.backend == "numpy":
            weights = numpy_mlp.MLP(*sizes, seed=run.seed).state_dict()
            scenario = Scenario("sweep", "", sizes, weights, dataset.x_train, dataset.y_train)
            history = trajectory.train(scenario, Course(run.epochs, run.lr, snapshot_every=run.epochs))
            return [record(run, dataset, history)]
        with one_torch_thread():
            return measure_with_torch(run, dataset, sizes)


@contextmanager
def one_torch_thread() -> Iterator[None]:
    """Let PyTorch compute in one thread, and put its number of threads back."""
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def measure_with_torch(run: Run, dataset: Dataset, sizes: tuple[int, ...]) -> list[Record]:
    """Train with PyTorch; for ``both`` with NumPy too, from the weights that PyTorch draws, and compare."""
    import torch

    from compare import torch_side
    from compare.sweep.agreement import disagreement, in_words

    cpu = torch.device("cpu")
    weights = torch_side.weights_of(torch_side.drawn(sizes, run.seed))
    scenario = Scenario("sweep", "", sizes, weights, dataset.x_train, dataset.y_train)
    every = run.epochs if run.backend == "torch" else min(SNAPSHOT_EVERY, max(1, run.epochs // 10))
    course = Course(run.epochs, run.lr, snapshot_every=every)
    theirs = torch_side.train(scenario, cpu, course)
    if run.backend == "torch":
        return [record(run, dataset, theirs)]
    ours = trajectory.train(scenario, course)
    found = disagreement(scenario, ours, run.lr, run.seed)
    said = "" if found is None else in_words(found)
    return [
        replace(record(one, dataset, history), agrees=found is None, disagreement=said)
        for one, history in zip(run.records_of(), (ours, theirs), strict=True)
    ]


def record(run: Run, dataset: Dataset, history: History) -> Record:
    """Return the record of a training, with the final weights judged by the library that trained them."""
    weights = history.snapshots[-1]
    sizes = (len(dataset.feature_names), *run.hidden, len(dataset.class_names))
    judged = judge_with_numpy if run.backend == "numpy" else judge_with_torch
    train_loss, test_loss, right, dead = judged(sizes, weights, dataset)
    reached = np.flatnonzero(history.losses <= run.target_loss)
    diverged = not (np.isfinite(history.losses).all() and math.isfinite(train_loss + test_loss))
    return Record(
        run=run,
        params=sum(fan_in * fan_out + fan_out for fan_in, fan_out in pairwise(sizes)),
        train_loss=train_loss if math.isfinite(train_loss) else None,
        test_loss=test_loss if math.isfinite(test_loss) else None,
        test_right=0 if diverged else right,
        test_total=len(dataset.y_test),
        seconds=history.seconds,
        epochs_to_loss=int(reached[0]) + 1 if reached.size else None,
        dead_units=dead,
        diverged=diverged,
    )
