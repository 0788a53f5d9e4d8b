"""A training as later commands read it: how it was run, and what came out."""

from dataclasses import dataclass
from typing import Any

import numpy as np

from numpy_mlp.data import MinMaxScaler
from numpy_mlp.shared.history import History


@dataclass
class Checkpoint:
    """A training: its network's sizes, its data, its hyperparameters, and all that it computed.

    Attributes:
        library: ``"numpy"`` or ``"torch"``: the package that trained.
        sizes: Units of each layer, from the features to the classes.
        dataset: Its name.
        hyperparameters: epochs, lr, batch_size, momentum, seed, ...
        feature_names: One for each input.
        class_names: One for each output.
        scaler: Scales raw samples as the training samples were.
        history: Losses and snapshots of the weights.
    """

    library: str
    sizes: tuple[int, ...]
    dataset: str
    hyperparameters: dict[str, Any]
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]
    scaler: MinMaxScaler
    history: History

    @property
    def initial(self) -> dict[str, np.ndarray]:
        """The weights before training."""
        return self.history.snapshots[0]

    @property
    def final(self) -> dict[str, np.ndarray]:
        """The weights after training."""
        return self.history.snapshots[-1]

    @property
    def dtype(self) -> type[np.floating]:
        """The dtype of the weights."""
        return self.final["fc1.weight"].dtype.type
