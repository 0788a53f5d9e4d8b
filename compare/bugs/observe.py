"""Everything that a NumPy package does that can be compared, as named arrays, in the order of the gates.

Nothing here asks PyTorch: an observation is compared with other observations. It doesn't lean on numpy_mlp
as it is loaded either, which may be the faulty one: the trained weights come from ``compare.budget``, whose
network is a third one, and the data from a fresh copy.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from compare import budget, numpy_side, trajectory
from compare.budget import Approx, Rounding
from compare.packages import copy_of_numpy_mlp
from compare.scenario import EVERYTHING, Scenario, random_weights, scenarios
from compare.trace import gate_of
from compare.trajectory import Course
from numpy_mlp.data import Dataset

SIZES, SEED = (4, 10, 3), 42
DTYPES = ("float32", "float64")
COURSES = {
    "mini-batches": Course(epochs=10, lr=0.1, snapshot_every=5, batch_size=50),
    "whole training": Course(epochs=60, lr=0.1, snapshot_every=20),
}
UNEVEN, SHARES = "uneven shares", (slice(0, 2), slice(2, 3), slice(3, 4))
SIZES_OF_SHARES = (2, 1, 1)
COLUMNS = ("input_size", "output_size", "num_params", "params_percent", "mult_adds", "trainable")


class Name(NamedTuple):
    """Which array: in which gate, of which run, in which arithmetic."""

    gate: str
    run: str
    dtype: str
    tensor: str


class Observation(dict[Name, np.ndarray]):
    """Arrays by name, in the order of the gates; an error is an entry too, called ``error``.

    Attributes:
        errors: The text of each error.
    """

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self.errors: dict[Name, str] = {}

    def put(self, name: Name, value: Any) -> None:
        """Keep a copy of a value; one that is no array of numbers or text is kept as its type's name."""
        try:
            array = np.array(value)
        except ValueError:
            array = np.array(None)
        self[name] = array if array.dtype.kind in "biufcU" else np.array(f"a {type(value).__name__}")

    @contextmanager
    def part(self, gate: str, run: str, dtype: str) -> Iterator[Callable[[str, Any], None]]:
        """Lend a function that keeps an array of this part; an error ends the part and is kept."""
        try:
            yield lambda tensor, value: self.put(Name(gate, run, dtype, tensor), value)
        except Exception as error:
            self.fail(Name(gate, run, dtype, "error"), f"{type(error).__name__}: {error}")

    def fail(self, name: Name, text: str) -> None:
        """Keep an error."""
        self[name] = np.array(True)
        self.errors[name] = text


@dataclass(frozen=True)
class Material:
    """What every package is given, and how far rounding may push each array of a trace, by (run, dtype).

    ``average`` is asked where a package has no ``average_gradients`` of its own.
    """

    datasets: dict[str, Dataset]
    trained: dict[str, np.ndarray]
    scenarios: dict[tuple[str, str], Scenario]
    shares: dict[str, list[dict[str, np.ndarray]]]
    average: Callable[..., dict[str, np.ndarray]]
    budgets: dict[tuple[str, str], dict[str, Approx]]

    def training(self, dtype: str) -> Scenario:
        """Return the network that is trained, from its fresh weights."""
        return self.scenarios["fresh", dtype]


@cache
def material() -> Material:
    """Prepare what every package is given; the same at each call."""
    package = copy_of_numpy_mlp()
    datasets = {dtype: package.load_dataset("iris", dtype=np.dtype(dtype).type) for dtype in DTYPES}
    data = datasets["float32"]
    fresh = random_weights(np.random.default_rng(0), SIZES)
    steps = (EVERYTHING,) * 300
    start = Scenario("", "", SIZES, fresh, data.x_train, data.y_train, {"lr": 0.5}, steps).astype("float64")
    with np.errstate(all="ignore"):  # the errors of 300 steps have no limit, and nobody asks for them
        end = budget.run(start)
        trained = {name: end[f"{name} after step {len(steps)}"].value.astype(np.float32) for name in fresh}
        runs = {
            (run.name, dtype): run.astype(dtype)
            for dtype in DTYPES
            for run in scenarios(datasets[dtype], SIZES, fresh, trained)
        }
        budgets = {key: budget.run(run) for key, run in runs.items()}
    shares = {}
    for dtype in DTYPES:
        run, rules = runs["fresh", dtype], Rounding.of(np.dtype(dtype))
        parts = budget.gradients_of_shares(run, SHARES)
        shares[dtype] = [{name[4:]: g.value.astype(dtype) for name, g in part.items()} for part in parts]
        budgets[UNEVEN, dtype] = {
            f"average of dL/d{name}": rules.weighted_mean(
                [rules.exact(part[name]) for part in shares[dtype]], SIZES_OF_SHARES
            )
            for name in shares[dtype][0]
        }
    return Material(datasets, trained, runs, shares, package.average_gradients, budgets)


def observe(package: ModuleType) -> Observation:
    """Return what a package does; always the same, in about a tenth of a second."""
    seen = Observation()
    with np.errstate(all="ignore"):
        for part in (data, structure, same_seed, traces, averages, trainings, predictions):
            for dtype in DTYPES:
                part(seen, package, dtype)
    return seen


def data(seen: Observation, package: ModuleType, dtype: str) -> None:
    """Prepared data, and the batches of one epoch."""
    with seen.part("data", "preparation", dtype) as keep:
        dataset = package.load_dataset("iris", dtype=np.dtype(dtype).type)
        for name in ("x_train", "x_test", "y_train", "y_test"):
            keep(name, getattr(dataset, name))
        keep("data_min", dataset.scaler.data_min)
        keep("data_max", dataset.scaler.data_max)
    given = material().datasets[dtype]
    with seen.part("data", "batches", dtype) as keep:
        x, y = given.x_train.copy(), given.y_train.copy()
        found = list(package.data.batches(x, y, 50, np.random.default_rng(SEED)))
        keep("batch sizes", [len(batch) for batch, _ in found])
        keep("batches of x", np.concatenate([batch for batch, _ in found]))
        keep("batches of y", np.concatenate([batch for _, batch in found]))


def structure(seen: Observation, package: ModuleType, dtype: str) -> None:
    """Names, shapes, counts."""
    with seen.part("structure", "preparation", dtype) as keep:
        model = package.MLP(*SIZES, seed=SEED, dtype=np.dtype(dtype).type)
        keep("names", [name for name, _ in model.named_parameters()])
        keep("shapes", [str(np.shape(param.data)) for param in model.parameters()])
        keep("print(model)", repr(model))
        keep("summary", str(package.summarize(model, (16, SIZES[0]), COLUMNS)))


def same_seed(seen: Observation, package: ModuleType, dtype: str) -> None:
    """The draws of a seed."""
    with seen.part("same seed", "preparation", dtype) as keep:
        model = package.MLP(*SIZES, seed=SEED, dtype=np.dtype(dtype).type)
        for name, weight in model.state_dict().items():
            keep(name, weight)


def traces(seen: Observation, package: ModuleType, dtype: str) -> None:
    """Every array of every scenario."""
    for (run, of), scenario in material().scenarios.items():
        if of != dtype:
            continue
        trace = numpy_side.run(scenario, package)
        for tensor, array in trace.items():
            seen.put(Name(gate_of(tensor), run, dtype, tensor), array)
        if trace.failure:
            missing = next((n for n in material().budgets[run, dtype] if n not in trace), "")
            seen.fail(Name(gate_of(missing), run, dtype, "error"), trace.failure)


def averages(seen: Observation, package: ModuleType, dtype: str) -> None:
    """The average of gradients that workers with uneven shares have; a package may leave it to ours."""
    average = getattr(package, "average_gradients", material().average)
    with seen.part("backward", UNEVEN, dtype) as keep:
        given = [{name: g.copy() for name, g in share.items()} for share in material().shares[dtype]]
        for name, gradient in average(given, SIZES_OF_SHARES).items():
            keep(f"average of dL/d{name}", gradient)


def trainings(seen: Observation, package: ModuleType, dtype: str) -> None:
    """Losses and weights along two short trainings."""
    start = material().training(dtype)
    for run, course in COURSES.items():
        with seen.part("trajectory", run, dtype) as keep:
            own = replace(start, x=start.x.copy(), y=start.y.copy())
            history = trajectory.train(own, course, package)
            keep("losses", history.losses)
            for epoch, weights in zip(history.snapshot_epochs, history.snapshots, strict=True):
                for name, weight in weights.items():
                    keep(f"{name} at epoch {epoch}", weight)


def predictions(seen: Observation, package: ModuleType, dtype: str) -> None:
    """What a trained network says of the test samples."""
    given = material().datasets[dtype]
    weights = {name: weight.astype(dtype) for name, weight in material().trained.items()}
    x, y = given.x_test.copy(), given.y_test.copy()
    # some wrong labels among the first samples: where all answers are right, every mean of them is 1
    mixed = y.copy()
    mixed[:5] = (mixed[:5] + 1) % SIZES[-1]
    for tensor, function, args in (
        ("logits", "predict_logits", (x,)),
        ("probabilities", "predict_proba", (x,)),
        ("answers", "predict", (x,)),
        ("accuracy", "accuracy", (x, y)),
        ("accuracy of mixed labels", "accuracy", (x, mixed)),
    ):
        with seen.part("predictions", tensor, dtype) as keep:
            model = numpy_side.build(SIZES, weights, package)
            keep(tensor, getattr(package, function)(model, *args))
