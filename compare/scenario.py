"""What is run: a network, data, hyperparameters and a number of steps. How it is run stands elsewhere."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

Index = slice | np.ndarray
EVERYTHING: Index = slice(None)


@dataclass(frozen=True)
class Scenario:
    """One run, given as data; two implementations that agree turn it into the same trace."""

    name: str
    catches: str  # which mistake would hide without it
    sizes: tuple[int, ...]  # units of each layer, from features to classes
    weights: dict[str, np.ndarray]
    x: np.ndarray  # samples (N, features)
    y: np.ndarray  # labels (N,)
    sgd: dict[str, Any] = field(default_factory=lambda: {"lr": 0.1})
    steps: tuple[Index, ...] = (EVERYTHING,)  # which samples each step sees
    backward_passes: int = 1  # how often each step goes backwards, without ``zero_grad`` in between
    frozen: frozenset[str] = frozenset()  # parameters with ``requires_grad = False``
    reduction: str = "mean"

    @property
    def dtype(self) -> np.dtype[Any]:
        """The dtype of the arithmetic."""
        return self.x.dtype

    def astype(self, dtype: str) -> "Scenario":
        """Return the same run in another arithmetic, from the same numbers."""
        weights = {name: data.astype(dtype) for name, data in self.weights.items()}
        return replace(self, weights=weights, x=self.x.astype(dtype))


@dataclass(frozen=True)
class TrainingSettings:
    """How a whole training goes, by a package's own ``train``."""

    epochs: int
    lr: float
    snapshot_every: int = 1  # epochs from one copy of the weights to the next
    batch_size: int | None = None  # samples for each step; None takes all of them at once
    seed: int = 42  # of the generator that orders the samples into batches

    def batches(self, samples: int) -> list[list[Index]]:
        """Return the samples of each step of each epoch, drawn afresh: ``rng.permutation``, cut in slices."""
        if self.batch_size is None:
            return [[EVERYTHING]] * self.epochs
        rng = np.random.default_rng(self.seed)
        orders = [rng.permutation(samples) for _ in range(self.epochs)]
        starts = range(0, samples, self.batch_size)
        return [[order[start : start + self.batch_size] for start in starts] for order in orders]
