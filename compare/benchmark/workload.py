"""What is trained: a network, its data and its initial weights, the same for every implementation."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

import numpy_mlp
from compare.scenario import Scenario
from numpy_mlp.data import load_dataset

LEARNING_RATE = 0.01


@dataclass(frozen=True)
class Workload:
    """Epochs of one full batch each in float32; of a ``large`` one, matrix products are most of the work."""

    sizes: tuple[int, int, int]
    samples: int
    epochs: int
    large: bool = False

    @property
    def name(self) -> str:
        """``4-10-3 at 120 samples``."""
        return f"{'-'.join(map(str, self.sizes))} at {self.samples:,} samples"

    @cached_property
    def data(self) -> tuple[np.ndarray, np.ndarray]:
        """Samples (N, features) and labels (N,): Iris where it fits, else random numbers."""
        features, _, classes = self.sizes
        if (features, classes, self.samples) == (4, 3, 120):
            iris = load_dataset("iris")
            return iris.x_train, iris.y_train
        rng = np.random.default_rng(0)
        x = rng.random((self.samples, features), dtype=np.float32)
        return x, rng.integers(0, classes, self.samples)

    @cached_property
    def weights(self) -> dict[str, np.ndarray]:
        """The initial weights by name; an implementation trains a copy."""
        return numpy_mlp.MLP(*self.sizes, seed=42).state_dict()

    @property
    def scenario(self) -> Scenario:
        """The same as a scenario."""
        return Scenario("benchmark", "", self.sizes, self.weights, *self.data)

    @property
    def operations(self) -> int:
        """Multiplications and additions in an epoch's matrix products: 2 N in out in each of the five."""
        features, hidden, classes = self.sizes
        return 2 * self.samples * (2 * features * hidden + 3 * hidden * classes)

    @property
    def held(self) -> dict[str, int]:
        """The arrays that training must hold at its peak, in ReLU's backward pass, in bytes."""
        # dL/dW of the first layer comes after it; the layers' arrays stay: another backward pass may follow
        features, hidden, classes = self.sizes
        n, last = self.samples, (hidden + 1) * classes
        return {
            "samples and labels": 4 * n * features + 8 * n,
            "weights": 4 * ((features + 1) * hidden + last),
            "gradients of the last layer": 4 * last,
            "kept: max(0, x), and its mask of one byte each": 5 * n * hidden,
            "kept: log p": 4 * n * classes,
            "dL/dy and dL/dx of ReLU": 8 * n * hidden,
        }


IRIS = Workload((4, 10, 3), 120, epochs=500)
WORKLOADS = (
    IRIS,
    Workload((64, 128, 10), 1024, epochs=40),
    Workload((784, 512, 10), 1024, epochs=10, large=True),
    Workload((784, 1024, 10), 4096, epochs=3, large=True),
)
