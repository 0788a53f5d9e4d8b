"""Replay: is what one package did the same as what another one did, up to rounding?

For the correct network ``compare.budget`` bounds every array of a trace: |a - b| <= 2 E. A faulty network
goes through the same operations on other numbers, and what follows is that bound, carried over to them. Each
term of E is a rounding, at most u times the size of what is rounded, or an inherited error times a factor:
an array that is r times as large has room for r times the error. Errors are handed down, so r is the largest
ratio that any array of that run has shown so far. Where the fault makes an entry large that should be small
(or 0), its own E says nothing: then the array's relative error counts, its largest E by its largest number,
again the largest of that run so far. Left out of it are entries whose E is no rounding but a mask that may
fall on either side (E above 1 % of the array's largest number).

Trainings have no such bound. A faulty one is allowed its own unrest: 8 times what it moves when its hidden
units are given in another order and its first weights are off by a few u, or the correct training's limit if
that is larger. Where that ends in NaN the training proves nothing, and its arrays are left out.
"""

from dataclasses import dataclass, replace
from functools import cache
from types import ModuleType

import numpy as np

from compare import trajectory
from compare.budget import Rounding
from compare.bugs.bug import Bug, plant
from compare.bugs.observe import COURSES, DTYPES, SIZES, Name, Observation, material, observe
from compare.packages import copy_of_numpy_mlp
from compare.scenario import Scenario

FLIP = 0.01
# forward, backward and update are three gates of the same runs, so these stay together
STAGES = {
    "data": 0, "structure": 1, "same seed": 2, "forward": 3, "backward": 3, "update": 3, "trajectory": 4,
    "predictions": 5,
}  # fmt: skip


@cache
def healthy() -> Observation:
    """Return what numpy_mlp does, read afresh from its files."""
    return observe(copy_of_numpy_mlp())


@cache
def observed(bug: Bug) -> Observation:
    """Return what a bug does."""
    return observe(plant(bug))


@cache
def allowances() -> dict[Name, np.ndarray]:
    """Return how far apart two correct packages may be, for every array that is not equal bit for bit."""
    given = material()
    allowed: dict[Name, np.ndarray] = {}
    for dtype in DTYPES:
        data, rules = given.datasets[dtype], Rounding.of(np.dtype(dtype))
        span = data.scaler.data_max - data.scaler.data_min
        for tensor, x in (("x_train", data.x_train), ("x_test", data.x_test)):
            # at most 5 roundings in float64 of numbers up to (|x| + |min|) / span, then one to the dtype
            sizes = np.abs(x) + 2 * np.abs(data.scaler.data_min) / span
            error = 5 * 2.0**-53 * sizes + rules.unit_roundoff * np.abs(x) * (dtype == "float32")
            allowed[Name("data", "preparation", dtype, tensor)] = 2 * error
        weights = {name: rules.exact(weight.astype(dtype)) for name, weight in given.trained.items()}
        logits = rules.forward(rules.exact(data.x_test), weights, len(SIZES) - 1)[f"fc{len(SIZES) - 1}"]
        allowed[Name("predictions", "logits", dtype, "logits")] = 2 * logits.error
        proba = rules.softmax(rules.log_softmax(logits))
        allowed[Name("predictions", "probabilities", dtype, "probabilities")] = 2 * proba.error
    for name in healthy():
        if name.gate in ("forward", "backward", "update"):
            allowed[name] = 2 * given.budgets[name.run, name.dtype][name.tensor].error
        elif name.gate == "trajectory":
            allowed[name] = limit(name)
    return allowed


@cache
def sticks() -> dict[tuple[str, str], trajectory.Yardstick]:
    """Return the yardstick of each training of the correct network."""
    clean = copy_of_numpy_mlp()
    return {
        (run, dtype): trajectory.yardstick(material().training(dtype), course, clean)
        for run, course in COURSES.items()
        for dtype in DTYPES
    }


def limit(name: Name) -> np.ndarray:
    """Return what an array of a training is allowed: the limit at its epoch; losses, at the last one."""
    stick = sticks()[name.run, name.dtype]
    if name.tensor == "losses":
        return np.array(stick.limit["loss"][-1])
    epoch = int(name.tensor.rpartition(" ")[2])
    return np.array(stick.limit["weights"][stick.history.snapshot_epochs.index(epoch)])


def unrest(package: ModuleType, run: str, dtype: str) -> float:
    """Return how far a package's training moves by rounding alone; infinity if that ends in NaN."""
    start, course = material().training(dtype), COURSES[run]
    rng = np.random.default_rng(1)
    largest_yet = 0.0
    try:
        with np.errstate(all="ignore"):
            history = trajectory.train(start, course, package)
            for _ in range(trajectory.TWINS):
                twin, back = trajectory.reordered(shaken(start, rng), rng, samples=False)
                apart = trajectory.distances(history, back(trajectory.train(twin, course, package)))
                largest_yet = max(largest_yet, *(float(distance.max()) for distance in apart.values()))
    except Exception:
        return np.inf
    return largest_yet if np.isfinite(largest_yet) else np.inf


def shaken(scenario: Scenario, rng: np.random.Generator) -> Scenario:
    """Return the same run with every weight off by at most 4 u of itself."""
    u = np.finfo(scenario.dtype).eps / 2
    weights = {
        name: (weight * (1 + 4 * u * rng.uniform(-1, 1, weight.shape))).astype(scenario.dtype)
        for name, weight in scenario.weights.items()
    }
    return replace(scenario, weights=weights)


@cache
def unrest_of(bug: Bug, run: str, dtype: str) -> float:
    """Return how far a bug's training moves by itself."""
    return unrest(plant(bug), run, dtype)


def outside(a: np.ndarray, b: np.ndarray, allowed: np.ndarray | float) -> bool:
    """Tell whether two arrays differ by more than is allowed; NaN and infinity must stand alike."""
    if a.shape != b.shape or a.dtype != b.dtype:
        return True
    if a.dtype.kind != "f":
        return not np.array_equal(a, b)
    finite = np.isfinite(a) & np.isfinite(b)
    with np.errstate(all="ignore"):
        far = np.abs(a.astype(np.float64) - b.astype(np.float64)) > allowed
    return not np.array_equal(a[~finite], b[~finite], equal_nan=True) or bool(far[finite].any())


def parted(found: Observation, other: Observation) -> list[Name]:
    """Return the arrays in which a package leaves the budget of the correct one, ``other``, in order."""
    names = list(dict.fromkeys([*other, *found]))
    runs = list(dict.fromkeys(name.run for name in other))
    names.sort(key=lambda name: (STAGES[name.gate], name.dtype, runs.index(name.run)))
    return [
        name
        for name in names
        if name not in found
        or name not in other
        or outside(found[name], other[name], allowances().get(name, 0.0))
    ]


def agrees(found: Observation) -> bool:
    """Tell whether a package does what numpy_mlp does."""
    return not parted(found, healthy())


@dataclass
class Room:
    """How much room the arrays of a faulty run have, from the correct run's budgets, as they come.

    Attributes:
        ratio: The largest ratio so far of a faulty array to the correct one.
        relative: The largest relative error so far of a correct one.
    """

    ratio: float = 1.0
    relative: float = 0.0

    def for_array(self, faulty: np.ndarray, right: np.ndarray, allowed: np.ndarray) -> np.ndarray:
        """Return how far each entry of the next array may be from the faulty one."""
        size = largest(right)
        self.ratio = max(self.ratio, largest(faulty) / size if size else 1.0)
        rounding = allowed[allowed <= FLIP * size]
        if rounding.size and size:
            self.relative = max(self.relative, float(rounding.max()) / size)
        least = self.relative * largest(faulty)
        same_shape = allowed.shape == faulty.shape
        return np.maximum(allowed * self.ratio, least) if same_shape else np.array(least)


def matches(found: Observation, bug: Bug) -> bool:
    """Tell whether a package does what a bug does, in every array."""
    known = observed(bug)
    if found.keys() != known.keys():
        return False
    rooms: dict[tuple[str, str], Room] = {}
    for name, theirs in known.items():
        allowed = allowances().get(name, np.array(0.0))
        right = healthy().get(name)
        if right is not None and right.dtype.kind == "f" and theirs.dtype.kind == "f" and allowed.any():
            room = rooms.setdefault((name.run, name.dtype), Room())
            allowed = room.for_array(theirs, right, allowed)
        if not outside(found[name], theirs, allowed):
            continue
        if name.gate != "trajectory":
            return False
        own = unrest_of(bug, name.run, name.dtype)
        if np.isfinite(own) and outside(found[name], theirs, trajectory.NOISE_FACTOR * own):
            return False
    return True


def largest(array: np.ndarray) -> float:
    """Return the largest finite magnitude, or 0."""
    finite = np.abs(array[np.isfinite(array)])
    return float(finite.max()) if finite.size else 0.0
