"""How far the two long trainings drift apart, and how far rounding alone carries one. A figure, no verdict.

The NumPy network is trained again with its hidden units and its samples in another order, so that only the
rounding of its sums differs. How far such a twin drifts away is the training's **self-noise**: two correct
implementations are about as far apart. The verdict does not depend on it: gate 7 proves each epoch by itself.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from compare import numpy_side
from compare.gates.trajectory import snapshot_every
from compare.proof import Proof
from compare.scenario import Scenario
from numpy_mlp.shared.history import History

TWINS = 3


@dataclass(frozen=True)
class Point:
    """How far apart two trainings are after some epochs.

    Attributes:
        tensor: ``"weights"`` or ``"loss"``: the largest distance of any weight; of any loss up to here.
        pair: The distance between NumPy and PyTorch.
        self_noise: The largest distance up to here between numpy_mlp and its reordered twins.
        limit: Always None: no limit on the drift is part of the proof.
    """

    epoch: int
    tensor: str
    dtype: str
    device: str
    pair: float
    self_noise: float
    limit: None = None


def drift(proof: Proof) -> list[Point]:
    """Return the drift of a proof's long trainings along the way, one point each for weights and losses."""
    points = []
    noise: dict[str, dict[str, np.ndarray]] = {}
    for (dtype, device), histories in long_trainings(proof).items():
        ours, theirs = histories
        if dtype not in noise:
            noise[dtype] = self_noise(proof, dtype)
        for name, pair in distances(ours, theirs).items():
            along = zip(ours.snapshot_epochs, pair.tolist(), noise[dtype][name].tolist(), strict=True)
            points += [Point(epoch, name, dtype, device, distance, own) for epoch, distance, own in along]
    return points


def long_trainings(proof: Proof) -> dict[tuple[str, str], list[History]]:
    """Return NumPy's and PyTorch's long trainings for each dtype and device, where both came to their end."""
    finished = proof.finished().items()
    return {where: [trace.history for trace in traces if trace.history] for where, traces in finished}


def farthest(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> float:
    """Return the largest distance of any weight."""
    return max(float(np.abs(one[name].astype(np.float64) - other[name]).max()) for name in one)


def distances(a: History, b: History) -> dict[str, np.ndarray]:
    """Return max|Δ| of the weights at each snapshot, and of the losses of all epochs up to it."""
    weights = [farthest(one, other) for one, other in zip(a.snapshots, b.snapshots, strict=True)]
    apart = np.abs(a.losses.astype(np.float64) - b.losses)
    so_far = np.maximum.accumulate(np.append(0.0, apart))
    return {"weights": np.array(weights), "loss": so_far[a.snapshot_epochs]}


def self_noise(proof: Proof, dtype: str) -> dict[str, np.ndarray]:
    """Return the largest distance so far, at each snapshot, between numpy_mlp and its reordered twins."""
    training = proof.material.long_training(dtype)
    settings = replace(training.settings, snapshot_every=snapshot_every(training.settings.epochs))
    history = numpy_side.train(training.scenario, settings)
    rng = np.random.default_rng(0)
    twins = [reordered(training.scenario, rng) for _ in range(TWINS)]
    apart = [distances(history, back(numpy_side.train(twin, settings))) for twin, back in twins]
    largest = {name: np.max([one[name] for one in apart], axis=0) for name in ("weights", "loss")}
    return {name: np.maximum.accumulate(array) for name, array in largest.items()}


def reordered(scenario: Scenario, rng: np.random.Generator) -> tuple[Scenario, Callable[[History], History]]:
    """Return the same training with hidden units and samples in another order, and the way back."""
    features, *hidden, classes = scenario.sizes
    orders = [np.arange(features), *map(rng.permutation, hidden), np.arange(classes)]

    def back(history: History) -> History:
        places = [np.argsort(order) for order in orders]
        return replace(history, snapshots=[reorder(weights, places) for weights in history.snapshots])

    order = rng.permutation(len(scenario.x))
    weights = reorder(scenario.weights, orders)
    return replace(scenario, weights=weights, x=scenario.x[order], y=scenario.y[order]), back


def reorder(weights: dict[str, np.ndarray], orders: list[np.ndarray]) -> dict[str, np.ndarray]:
    """Return the weights with the rows and columns of each layer in these orders."""
    moved = {}
    for i, (columns, rows) in enumerate(pairwise(orders), start=1):
        moved[f"fc{i}.weight"] = weights[f"fc{i}.weight"][np.ix_(rows, columns)]
        moved[f"fc{i}.bias"] = weights[f"fc{i}.bias"][rows]
    return moved
