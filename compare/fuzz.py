"""Random networks: what nobody thought of when the scenarios were written.

Case i of seed S is the case of seed S + i: each can be drawn again alone. Every case goes through both
libraries and the budget, exactly as the scenarios of the proof do.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import torch

import numpy_mlp
from compare import budget, numpy_side, torch_side
from compare.budget import Approx
from compare.checks import Check, Place, first_divergence
from compare.scenario import EVERYTHING, Index, Scenario

SEEDS = 2**32
LARGEST_WIDTH, LARGEST_BATCH = 64, 256
# Every sum in a run has at most 256 products (samples, or units and a bias). Where all factors stay below
# 2⁵⁹, no partial sum reaches 256 · 2⁵⁹ · 2⁵⁹ = 2¹²⁶, and so float32, which ends at 2¹²⁸, can't overflow.
LIMIT = 2.0**59


@dataclass
class Tally:
    """What the cases have shown so far.

    Attributes:
        cases: How many have run.
        arrays: How many arrays were compared.
        most: The check that used the largest share of its budget.
        seed: The seed of that check's case.
        sharp: Arrays whose budget is below a thousandth of their largest value (2 E against max|value|).
        failed: The first check that failed, if one did; its case has the seed of ``failed_seed``.
        failed_seed: See there.
    """

    cases: int = 0
    arrays: int = 0
    most: Check | None = None
    seed: int = 0
    sharp: int = 0
    failed: Check | None = None
    failed_seed: int = 0

    def add(self, seed: int, checks: list[Check], allowed: dict[str, Approx]) -> None:
        """Count one case."""
        self.cases += 1
        self.arrays += len(checks)
        self.sharp += sum(2 * a.error.max() <= np.abs(a.value).max() / 1000 for a in allowed.values())
        for check in checks:
            if self.most is None or (check.budget_used or 0) > (self.most.budget_used or 0):
                self.most, self.seed = check, seed
        if self.failed is None and (found := first_divergence(checks)):
            self.failed, self.failed_seed = found, seed


@dataclass(frozen=True)
class Case:
    """One drawn network: its scenario, and the budget of its every array."""

    scenario: Scenario
    allowed: dict[str, Approx] = field(repr=False)


def draw(seed: int, dtype: str | None = None) -> Case:
    """Return the case of a seed; ``dtype`` overrides the one that it draws.

    A network that could overflow float32 is thrown away, and the next one is drawn from the same generator.
    """
    rng = np.random.default_rng(seed)
    while True:
        scenario = network(rng, f"case {seed}", dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            allowed = budget.run(scenario)
        inputs = [scenario.x, *scenario.weights.values()]
        # |value| + E bounds what either library can compute, inputs included
        sizes = [*map(np.abs, inputs), *(array.size for array in allowed.values())]
        if all((size < LIMIT).all() for size in sizes):
            return Case(scenario, allowed)


def network(rng: np.random.Generator, name: str, dtype: str | None = None) -> Scenario:
    """Draw a network, its data and how it is trained."""
    drawn = str(rng.choice(["float32", "float64"]))
    sizes = tuple(log_integer(rng, LARGEST_WIDTH) for _ in range(rng.integers(3, 7)))
    samples = log_integer(rng, LARGEST_BATCH)
    weights = {}
    for i, (in_features, out_features) in enumerate(pairwise(sizes), start=1):
        scale = magnitude(rng) / np.sqrt(in_features)
        weights[f"fc{i}.weight"] = numbers(rng, (out_features, in_features)) * scale
        # zeros: only where the bias is 0 can a pre-activation be exactly 0
        weights[f"fc{i}.bias"] = numbers(rng, (out_features,)) * magnitude(rng) * rng.choice([0, 1])
    if rng.random() < 0.2:
        # saturated: logits in the hundreds and thousands, where softmax is 0 or 1
        weights[f"fc{len(sizes) - 1}.weight"] *= 10 ** rng.uniform(2, 4)
    x = numbers(rng, (samples, sizes[0])) * magnitude(rng)
    if rng.random() < 0.3:
        # features in units of their own
        x *= 10 ** rng.uniform(-3, 3, size=sizes[0])
    x[rng.random(samples) < rng.choice([0, 0.3])] = 0
    names = list(weights)
    # PyTorch keeps no gradient of an output that nothing trainable stands before: fc1 is never frozen whole
    frozen = {param for param in names if rng.random() < 0.2} if rng.random() < 0.3 else set()
    frozen -= {str(rng.choice(["fc1.weight", "fc1.bias"]))}
    return Scenario(
        name,
        "what nobody thought of",
        sizes,
        weights,
        x,
        rng.integers(sizes[-1], size=samples),
        sgd_arguments(rng),
        tuple(batch(rng, samples) for _ in range(rng.integers(1, 4))),
        backward_passes=int(rng.integers(1, 3)),
        frozen=frozenset(frozen),
        reduction=str(rng.choice(["mean", "sum"])),
    ).astype(dtype or drawn)


def log_integer(rng: np.random.Generator, largest: int) -> int:
    """Draw from 1 to ``largest``, each doubling as often as the next."""
    return int(2 ** rng.uniform(0, np.log2(largest + 1)))


def magnitude(rng: np.random.Generator) -> float:
    """Draw a scale: mostly around 1, at times a thousand times smaller or larger, or close to underflow."""
    widest = rng.choice([0.5, 3, 12], p=[0.7, 0.25, 0.05])
    return float(10 ** rng.uniform(-widest, min(3, widest)))


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw an array: normal; whole numbers, whose sums can cancel to exactly 0; or with entries left out."""
    kind = rng.integers(4)
    if kind == 0:
        return rng.integers(-2, 3, size=shape).astype(np.float64)
    array = rng.normal(size=shape)
    return array * (rng.random(shape) < 0.5) if kind == 1 else array


def sgd_arguments(rng: np.random.Generator) -> dict[str, Any]:
    """Draw an optimiser's arguments, of those that PyTorch accepts together."""
    momentum = float(rng.choice([0, 0.5, 0.9, rng.random()]))
    nesterov = momentum > 0 and bool(rng.integers(2))
    return {
        "lr": float(10 ** rng.uniform(-5, 0.5)),
        "momentum": momentum,
        "dampening": 0.0 if nesterov else float(rng.choice([0, rng.random()])),
        "weight_decay": float(rng.choice([0, 10 ** rng.uniform(-4, 0)])),
        "nesterov": nesterov,
        "maximize": bool(rng.integers(2)),
    }


def batch(rng: np.random.Generator, samples: int) -> Index:
    """Draw what one step sees: everything, or some samples in any order."""
    if rng.integers(2):
        return EVERYTHING
    return rng.permutation(samples)[: rng.integers(1, samples + 1)]


def fuzz(
    cases: int,
    seed: int,
    dtype: str | None = None,
    devices: tuple[torch.device, ...] = (torch.device("cpu"),),
    package: ModuleType = numpy_mlp,
) -> Iterator[Tally]:
    """Run cases until one fails, and yield the tally after each."""
    tally = Tally()
    for i in range(cases):
        own = (seed + i) % SEEDS
        case = draw(own, dtype)
        # a faulty network may overflow: its NaN is a failed check, not a warning
        with np.errstate(all="ignore"):
            ours = numpy_side.run(case.scenario, package)
            for device in devices:
                place = Place(case.scenario.name, "", case.scenario.dtype.name, str(device))
                theirs = torch_side.run(case.scenario, device)
                tally.add(own, place.traces(ours, theirs, case.allowed), case.allowed)
        yield tally
        if tally.failed:
            return
