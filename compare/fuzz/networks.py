"""Random networks, drawn from seeds: they reach what the scenarios, which were written by hand, do not.

Case i of seed S is the case of seed S + i: each can be drawn again alone.
"""

from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np

from compare import budget
from compare.rounding import Approx
from compare.scenario import EVERYTHING, Index, Scenario

SEEDS = 2**32
LARGEST_WIDTH, LARGEST_BATCH = 64, 256
# Every sum in a run has at most 256 products (samples, or units and a bias). Where all factors stay below
# 2⁵⁹, no partial sum reaches 256 · 2⁵⁹ · 2⁵⁹ = 2¹²⁶, and so float32, which ends at 2¹²⁸, can't overflow.
LIMIT = 2.0**59


@dataclass(frozen=True)
class Case:
    """One random network: its seed, its scenario, and value and E of each of its arrays."""

    seed: int
    scenario: Scenario
    allowed: dict[str, Approx] = field(repr=False)


def draw(seed: int, dtype: str | None = None) -> Case:
    """Return the first network of a seed that can't overflow float32; ``dtype`` overrides its own."""
    rng = np.random.default_rng(seed)
    while True:
        scenario = network(rng, f"case {seed}", dtype)
        with np.errstate(over="ignore", invalid="ignore"):
            allowed = budget.run(scenario)
        # |value| + E bounds what either library can compute, inputs included
        magnitudes = [array.magnitude for array in allowed.values()]
        if all((np.abs(a) < LIMIT).all() for a in [scenario.x, *scenario.weights.values(), *magnitudes]):
            return Case(seed, scenario, allowed)


def network(rng: np.random.Generator, name: str, dtype: str | None = None) -> Scenario:
    """Draw a network, its data and how it is trained."""
    own_dtype = str(rng.choice(["float32", "float64"]))
    sizes = tuple(log_integer(rng, LARGEST_WIDTH) for _ in range(rng.integers(3, 7)))
    samples = log_integer(rng, LARGEST_BATCH)
    weights = {}
    for i, (in_features, out_features) in enumerate(pairwise(sizes), start=1):
        width = scale(rng) / np.sqrt(in_features)
        weights[f"fc{i}.weight"] = numbers(rng, (out_features, in_features)) * width
        # zeros: only where the bias is 0 can a pre-activation be exactly 0
        weights[f"fc{i}.bias"] = numbers(rng, (out_features,)) * scale(rng) * rng.choice([0, 1])
    if rng.random() < 0.2:  # saturated: logits in the hundreds and thousands, where softmax is 0 or 1
        weights[f"fc{len(sizes) - 1}.weight"] *= 10 ** rng.uniform(2, 4)
    x = numbers(rng, (samples, sizes[0])) * scale(rng)
    if rng.random() < 0.3:  # features in different units
        x *= 10 ** rng.uniform(-3, 3, size=sizes[0])
    x[rng.random(samples) < rng.choice([0, 0.3])] = 0
    # PyTorch keeps no gradient of an output that nothing trainable stands before: fc1 is never frozen whole
    frozen = {param for param in weights if rng.random() < 0.2} if rng.random() < 0.3 else set()
    frozen -= {str(rng.choice(["fc1.weight", "fc1.bias"]))}
    return Scenario(
        name, "a random network", sizes, weights, x, rng.integers(sizes[-1], size=samples),
        sgd_arguments(rng), tuple(batch(rng, samples) for _ in range(rng.integers(1, 4))),
        backward_passes=int(rng.integers(1, 3)), frozen=frozenset(frozen),
        reduction=str(rng.choice(["mean", "sum"])),
    ).astype(dtype or own_dtype)  # fmt: skip


def log_integer(rng: np.random.Generator, largest: int) -> int:
    """Draw from 1 to ``largest``, each doubling as often as the next."""
    return int(2 ** rng.uniform(0, np.log2(largest + 1)))


def scale(rng: np.random.Generator) -> float:
    """Draw a scale: mostly around 1, at times a thousand times smaller or larger, or close to underflow."""
    widest = rng.choice([0.5, 3, 12], p=[0.7, 0.25, 0.05])
    return float(10 ** rng.uniform(-widest, min(3, widest)))


def numbers(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    """Draw an array: normal; whole numbers, whose sums can cancel to exactly 0; or with entries left out."""
    if (kind := rng.integers(4)) == 0:
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
    return EVERYTHING if rng.integers(2) else rng.permutation(samples)[: rng.integers(1, samples + 1)]
