"""A saved training and a package's forward pass: all that a picture needs, as plain arrays.

Everything is computed in float64, whatever the training's dtype was, so that both packages give the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numpy_mlp.data import Dataset, load_dataset
from numpy_mlp.shared.weights import Checkpoint

Weights = Mapping[str, np.ndarray]


@dataclass(frozen=True)
class ForwardPass:
    """A package's network in float64, as functions of its weights.

    Attributes:
        outputs: (weights, x) -> each layer's output by name, the logits last.
        proba: (weights, x) -> probabilities (N, classes).
        loss: (weights, x, y) -> the mean cross-entropy.
    """

    outputs: Callable[[Weights, np.ndarray], dict[str, np.ndarray]]
    proba: Callable[[Weights, np.ndarray], np.ndarray]
    loss: Callable[[Weights, np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Run:
    """One weights file, ready to be drawn."""

    path: str
    trained: Checkpoint
    forward: ForwardPass

    @cached_property
    def data(self) -> Dataset:
        """The data set of the training, in float64."""
        return load_dataset(self.trained.dataset, dtype=np.float64)

    @property
    def noun(self) -> str:
        """The word for one sample."""
        return "flower" if self.trained.dataset == "iris" else "sample"

    @property
    def test_proba(self) -> np.ndarray:
        """The probabilities for the test samples, (N, classes)."""
        return self.forward.proba(self.trained.final, self.data.x_test)

    @property
    def matrices(self) -> dict[str, np.ndarray]:
        """The trained weight matrices, without the biases."""
        return {name: data for name, data in self.trained.final.items() if data.ndim == 2}

    def raw(self, x: np.ndarray) -> np.ndarray:
        """Return scaled samples (N, features) in the raw data's units: x' (max - min) + min."""
        low, span = self.data.scaler.data_min, self.data.scaler.data_max - self.data.scaler.data_min
        # (N, features) * (features,) + (features,) -> (N, features)
        return x * np.where(span == 0, 1, span) + low
