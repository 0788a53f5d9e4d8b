"""What is run: a network, data, hyperparameters and a number of steps. Nothing here knows how.

The Iris step is one scenario; the others exist because a bug can hide. ``catches`` says which.
"""

from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import numpy as np

from numpy_mlp.data import Dataset, batch_indices

Index = slice | np.ndarray
EVERYTHING: Index = slice(None)


@dataclass(frozen=True)
class Scenario:
    """One run, given as data; two implementations that agree turn it into the same trace.

    Attributes:
        name: What the report calls it.
        catches: Which mistake would hide without it.
        sizes: Units of each layer, from features to classes.
        weights: The initial weights by name.
        x: Samples (N, features).
        y: Labels (N,).
        sgd: The optimiser's arguments.
        steps: Which samples each step sees.
        backward_passes: How often each step goes backwards, without ``zero_grad`` in between.
        frozen: Parameters with ``requires_grad = False``.
        reduction: ``"mean"`` or ``"sum"``.
    """

    name: str
    catches: str
    sizes: tuple[int, ...]
    weights: dict[str, np.ndarray]
    x: np.ndarray
    y: np.ndarray
    sgd: dict[str, Any] = field(default_factory=lambda: {"lr": 0.1})
    steps: tuple[Index, ...] = (EVERYTHING,)
    backward_passes: int = 1
    frozen: frozenset[str] = frozenset()
    reduction: str = "mean"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the arithmetic."""
        return self.x.dtype

    def astype(self, dtype: str) -> "Scenario":
        """Return the same run in another arithmetic, from the same numbers."""
        weights = {name: data.astype(dtype) for name, data in self.weights.items()}
        return replace(self, weights=weights, x=self.x.astype(dtype))


def scenarios(
    dataset: Dataset, sizes: tuple[int, ...], fresh: dict[str, np.ndarray], trained: dict[str, np.ndarray]
) -> list[Scenario]:
    """Return the scenarios: the user's network on its data first, then those that catch what it hides.

    Args:
        dataset: The data.
        sizes: The user's network.
        fresh: Its initial weights.
        trained: Its weights after some training: a fresh and a trained network hide different mistakes.
    """
    x, y = dataset.x_train, dataset.y_train
    batches = tuple(batch_indices(len(x), 50, np.random.default_rng(0)))[-3:]
    first, last = "fc1", f"fc{len(sizes) - 1}"
    return [
        Scenario("fresh", "most mistakes", sizes, fresh, x, y, {"lr": 0.01}),
        Scenario("trained", "what random weights hide: confident answers", sizes, trained, x, y),
        Scenario("test data", "inputs outside of [0, 1]", sizes, trained, dataset.x_test, dataset.y_test),
        Scenario(
            "uneven batches", "a mean over the wrong number of samples", sizes, fresh, x, y, steps=batches
        ),
        Scenario(
            "momentum", "the first velocity, Nesterov's look ahead, what decays", sizes, fresh, x, y,
            {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.1, "nesterov": True}, (EVERYTHING,) * 3,
        ),
        Scenario(
            "dampening", "dampening of the first velocity, the sign of maximize", sizes, trained, x, y,
            {"lr": 0.01, "momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1, "maximize": True},
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
    ]  # fmt: skip


def random_weights(rng: np.random.Generator, sizes: tuple[int, ...]) -> dict[str, np.ndarray]:
    """Return weights and biases from a normal distribution, in float32; the logits come out around 1."""
    weights = {}
    for i, (in_features, out_features) in enumerate(pairwise(sizes), start=1):
        weight = rng.normal(size=(out_features, in_features)) / np.sqrt(in_features)
        weights[f"fc{i}.weight"] = weight.astype(np.float32)
        weights[f"fc{i}.bias"] = rng.normal(size=out_features).astype(np.float32)
    return weights


def random_samples(
    rng: np.random.Generator, samples: int, features: int, classes: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return x (samples, features) from a normal distribution, in float32, and labels of every class."""
    x = rng.normal(size=(samples, features)).astype(np.float32)
    return x, rng.permutation(np.arange(samples) % classes)


def random_scenario(name: str, catches: str, sizes: tuple[int, ...], samples: int) -> Scenario:
    """Return one step of a network of random weights on random samples; the same at each call."""
    rng = np.random.default_rng(0)
    weights = random_weights(rng, sizes)
    return Scenario(name, catches, sizes, weights, *random_samples(rng, samples, sizes[0], sizes[-1]))


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
    x = np.array(rows * 3, np.float32)
    y = np.repeat(np.arange(3), 6)
    return Scenario(
        "logits of +-1000",
        "a softmax that overflows or divides 0 by 0",
        (3, 3, 3),
        weights,
        x,
        y,
        {"lr": 1e-3},
    )
