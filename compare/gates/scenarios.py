"""The scenarios of the proof: the user's network on its data first, then those that catch what it hides.

The Iris step is one scenario; the others exist because a bug can hide. ``catches`` says which.
"""

from dataclasses import replace
from itertools import pairwise

import numpy as np

from compare.scenario import EVERYTHING, Scenario
from numpy_mlp.data import Dataset


def scenarios(
    dataset: Dataset, sizes: tuple[int, ...], fresh: dict[str, np.ndarray], trained: dict[str, np.ndarray]
) -> list[Scenario]:
    """Return the scenarios of a data set and of a network, with its fresh and with its trained weights."""
    x, y = dataset.x_train, dataset.y_train
    order = np.random.default_rng(0).permutation(len(x))
    batches = tuple(order[start : start + 50] for start in range(0, len(x), 50))[-3:]
    first, last = "fc1", f"fc{len(sizes) - 1}"
    return [
        Scenario("fresh", "most mistakes", sizes, fresh, x, y, {"lr": 0.01}),
        Scenario("trained", "what random weights hide: confident answers", sizes, trained, x, y),
        Scenario("test data", "inputs outside of [0, 1]", sizes, trained, dataset.x_test, dataset.y_test),
        Scenario("uneven batches", "a mean over the wrong N", sizes, fresh, x, y, steps=batches),
        Scenario(
            "momentum", "the first velocity, Nesterov's look ahead, what decays", sizes, fresh, x, y,
            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}, (EVERYTHING,) * 3,
        ),
        Scenario(
            "dampening", "dampening of the first velocity, the sign of maximize", sizes, trained, x, y,
            {"lr": 0.01, "momentum": 0.8, "dampening": 0.3, "weight_decay": 0.1, "maximize": True},
            (EVERYTHING,) * 3,
        ),
        Scenario(
            "two backward passes", "a gradient overwritten, a cache changed in place", sizes, fresh, x, y,
            backward_passes=2,
        ),
        Scenario(
            "frozen", "a frozen parameter that moves", sizes, fresh, x, y, {"lr": 0.1, "weight_decay": 0.1},
            (EVERYTHING,) * 2, frozen=frozenset({f"{first}.weight", f"{last}.bias"}),
        ),
        Scenario("sum", "1/N where a sum is asked for", sizes, fresh, x, y, {"lr": 1e-3}, reduction="sum"),
        random_scenario("square", "a missing transpose", (6, 6, 6), 6),
        random_scenario("deep", "layers in the wrong order", (4, 8, 7, 5, 3), 24),
        at_zero(),
        saturated(),
        two_of_a_shape(),
    ]  # fmt: skip


def random_scenario(name: str, catches: str, sizes: tuple[int, ...], samples: int) -> Scenario:
    """Return one step of a network in float32, all numbers normal, with labels of every class.

    The weights are scaled so that logits come out around 1. Each call returns the same numbers.
    """
    rng, weights = np.random.default_rng(0), {}
    for i, (in_features, out_features) in enumerate(pairwise(sizes), start=1):
        weight = rng.normal(size=(out_features, in_features)) / np.sqrt(in_features)
        weights[f"fc{i}.weight"] = weight.astype(np.float32)
        weights[f"fc{i}.bias"] = rng.normal(size=out_features).astype(np.float32)
    x = rng.normal(size=(samples, sizes[0])).astype(np.float32)
    return Scenario(name, catches, sizes, weights, x, rng.permutation(np.arange(samples) % sizes[-1]))


def two_of_a_shape() -> Scenario:
    """Return three steps with momentum of a network whose two weights have one shape, and its two biases."""
    scenario = random_scenario("two of one shape", "a velocity that two parameters share", (5, 5, 5), 10)
    return replace(scenario, sgd={"lr": 0.1, "momentum": 0.9}, steps=(EVERYTHING,) * 3)


def at_zero() -> Scenario:
    """Return a network whose first pre-activations are exactly 0 for every other sample.

    Samples of zeros and a bias of zeros: no rounding can move these away from 0, on any machine.
    """
    scenario = random_scenario("at zero", "a ReLU whose slope at 0 is not 0", (4, 8, 3), 16)
    scenario.weights["fc1.bias"][:] = 0
    scenario.x[::2] = 0
    return scenario


def saturated() -> Scenario:
    """Return a network with logits around +1000 in some samples, -1000 in others, and both in the rest.

    Its first layer hands three positive features through; the second makes logits of them.
    """
    weights = {
        "fc1.weight": np.eye(3, dtype=np.float32),
        "fc1.bias": np.zeros(3, np.float32),
        "fc2.weight": np.array([[200, -200, 200], [200.25, -200, -200], [199.5, -200.5, 0]], np.float32),
        "fc2.bias": np.array([0.5, -0.5, 0.25], np.float32),
    }
    rows = [[5, 0, 0], [0, 5, 0], [0, 0, 5], [4.5, 0, 0.5], [0, 4.5, 0.5], [0, 0, 0.01]]
    x, y = np.array(rows * 3, np.float32), np.repeat(np.arange(3), 6)
    catches = "a softmax that overflows or divides 0 by 0"
    return Scenario("logits of +-1000", catches, (3, 3, 3), weights, x, y, {"lr": 1e-3})
