"""A whole training beside another one, measured by NumPy's own noise (gate 7).

Over thousands of steps a worst-case bound grows without limit, because each step's error feeds the next. So
the yardstick is what rounding really does to this training: the NumPy network is trained again with its
hidden units and its samples in another order. In exact arithmetic that changes nothing; in floating point
every sum is rounded differently. How far such a twin drifts away is the **self-noise**, and another correct
implementation, which also only rounds differently, may drift 8 times as far.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np

import numpy_mlp
from compare import budget, numpy_side
from compare.checks import Check, Place, agree
from compare.scenario import Scenario
from numpy_mlp.history import History

NOISE_FACTOR = 8
TWINS, MANY_TWINS = 3, 24
FLOAT64_LIMIT = 1e-12


@dataclass(frozen=True)
class Point:
    """How far apart two trainings are after some epochs, and how far they may be.

    Attributes:
        epoch: After how many epochs.
        tensor: ``"weights"`` or ``"loss"``: the largest distance of any weight; of any loss up to here.
        dtype: The arithmetic.
        device: Where PyTorch ran.
        pair: The distance between NumPy and the other side.
        self_noise: The largest distance up to here between NumPy and its reordered twins.
        limit: What is allowed.
    """

    epoch: int
    tensor: str
    dtype: str
    device: str
    pair: float
    self_noise: float
    limit: float


@dataclass(frozen=True)
class Course:
    """How a training goes: epochs, learning rate, how often weights are kept, samples for each step."""

    epochs: int
    lr: float
    snapshot_every: int
    batch_size: int | None = None


@dataclass(frozen=True)
class Yardstick:
    """The training of the NumPy network, and how far rounding alone moves it, at each snapshot."""

    history: History
    noise: dict[str, np.ndarray]
    limit: dict[str, np.ndarray]


def train(scenario: Scenario, course: Course, package: ModuleType = numpy_mlp) -> History:
    """Train the NumPy network from the scenario's weights."""
    model = numpy_side.build(scenario.sizes, scenario.weights, package)
    optimizer = package.SGD(model.parameters(), lr=course.lr)
    history: History = package.train(
        model, optimizer, scenario.x, scenario.y, epochs=course.epochs,
        batch_size=course.batch_size, snapshot_every=course.snapshot_every,
    )  # fmt: skip
    return history


def reordered(
    scenario: Scenario, rng: np.random.Generator, *, samples: bool = True
) -> tuple[Scenario, Callable[[History], History]]:
    """Return the same training with hidden units and samples in another order, and the way back.

    A hidden unit is a row of the layer that makes it and a column of the layer that reads it. In mini-batches
    the order of the samples is no matter of rounding: ``samples=False`` leaves it.
    """
    hidden = [np.arange(scenario.sizes[0])]
    hidden += [rng.permutation(size) for size in scenario.sizes[1:-1]]
    hidden += [np.arange(scenario.sizes[-1])]

    def reorder(weights: dict[str, np.ndarray], orders: list[np.ndarray]) -> dict[str, np.ndarray]:
        """Put rows and columns of every layer into these orders."""
        moved = {}
        for i in range(1, len(orders)):
            moved[f"fc{i}.weight"] = weights[f"fc{i}.weight"][np.ix_(orders[i], orders[i - 1])]
            moved[f"fc{i}.bias"] = weights[f"fc{i}.bias"][orders[i]]
        return moved

    def back(history: History) -> History:
        """Put the twin's units back where the first network has them."""
        places = [np.argsort(order) for order in hidden]
        snapshots = [reorder(weights, places) for weights in history.snapshots]
        return History(history.losses, history.snapshot_epochs, snapshots, history.seconds)

    order = rng.permutation(len(scenario.x)) if samples else np.arange(len(scenario.x))
    weights = reorder(scenario.weights, hidden)
    return replace(scenario, weights=weights, x=scenario.x[order], y=scenario.y[order]), back


def distances(a: History, b: History) -> dict[str, np.ndarray]:
    """Return max|Δ| of the weights at each snapshot, and of the losses of all epochs up to it."""
    weights = [
        max(float(np.abs(one[name].astype(np.float64) - two[name]).max()) for name in one)
        for one, two in zip(a.snapshots, b.snapshots, strict=True)
    ]
    apart = np.abs(a.losses.astype(np.float64) - b.losses)
    so_far = np.maximum.accumulate(np.concatenate([[0.0], apart]))
    return {"weights": np.array(weights), "loss": so_far[np.array(a.snapshot_epochs)]}


def yardstick(
    scenario: Scenario,
    course: Course,
    package: ModuleType = numpy_mlp,
    advance: Callable[[], object] = lambda: None,
    twins: int = TWINS,
) -> Yardstick:
    """Train the NumPy network and reordered twins, and derive what another implementation is allowed.

    The noise is that of the correct network, ``numpy_mlp``, also where ``package`` is another one: a faulty
    network must not be excused by its own unrest. ``advance`` is called after each training.

    The floor: weights that are stored in the dtype can't agree better than a few roundings of the largest of
    them, and a loss no better than its own budget at the first step.
    """
    rng = np.random.default_rng(0)
    history = train(scenario, course, package)
    correct = history if package is numpy_mlp else train(scenario, course)
    advance()
    noise = {"weights": np.zeros(len(correct.snapshots)), "loss": np.zeros(len(correct.snapshots))}
    for _ in range(twins):
        twin, back = reordered(scenario, rng, samples=course.batch_size is None)
        apart = distances(correct, back(train(twin, course)))
        noise = {name: np.maximum(noise[name], np.maximum.accumulate(apart[name])) for name in noise}
        advance()
    u = np.finfo(scenario.dtype).eps / 2
    largest = [max(float(np.abs(data).max()) for data in weights.values()) for weights in correct.snapshots]
    floor = {"weights": 4 * u * np.array(largest), "loss": 2 * float(budget.run(scenario)["loss"].error)}
    limit = {name: np.maximum(NOISE_FACTOR * noise[name], floor[name]) for name in noise}
    if scenario.dtype == np.float64:
        limit = {name: np.minimum(limit[name], FLOAT64_LIMIT) for name in limit}
    return Yardstick(history, noise, limit)


def judged(
    stick: Yardstick,
    other: History,
    place: Place,
    who: str,
    measure_again: Callable[[], Yardstick],
) -> tuple[Yardstick, list[Check]]:
    """Compare another training along the way; return the checks and the yardstick that they stand on.

    Self-noise has a long tail: a ReLU whose input hovers around 0 flips at other steps in each twin, and now
    and then one of them drifts ten times as far as the rest. Three twins are a small sample. So before
    a training counts as a disagreement the noise is measured again, on many twins; the factor stays.
    """
    checks = along_the_way(stick, other, place, who)
    if not agree(checks):
        stick = measure_again()
        checks = along_the_way(stick, other, place, who)
    return stick, checks


def points(stick: Yardstick, other: History, place: Place) -> Iterator[Point]:
    """Yield both distances at each snapshot."""
    pair = distances(stick.history, other)
    for i, epoch in enumerate(stick.history.snapshot_epochs):
        for name in pair:
            yield Point(
                epoch, name, place.dtype, place.device, float(pair[name][i]), float(stick.noise[name][i]),
                float(stick.limit[name][i]),
            )  # fmt: skip


def along_the_way(stick: Yardstick, other: History, place: Place, who: str) -> list[Check]:
    """Compare each snapshot of the weights, in time, and the losses up to it, under the limits."""
    checks = []
    for i, epoch in enumerate(stick.history.snapshot_epochs):
        until = slice(0, epoch)
        if epoch:
            losses = stick.history.losses[until], other.losses[until]
            checks.append(
                place.arrays(f"losses of {who} up to epoch {epoch}", *losses, stick.limit["loss"][i])
            )
        for name, weights in stick.history.snapshots[i].items():
            theirs = other.snapshots[i][name]
            checks.append(
                place.arrays(f"{name} of {who} at epoch {epoch}", weights, theirs, stick.limit["weights"][i])
            )
    return checks
