"""A training and a package's forward pass: all that a picture needs, as plain arrays.

Everything is computed in float64, whatever the training's dtype was, so that both packages give the same.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from numpy_mlp.data import Dataset, load_dataset
from numpy_mlp.shared.checkpoint import Checkpoint
from numpy_mlp.shared.outcome import Losses, guess_loss, outcome
from numpy_mlp.shared.plots import NothingToDrawError

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
    """A training, ready to be drawn.

    Attributes:
        trained: The checkpoint, as ``train --weights`` saves it.
        forward: The forward pass of the package that draws.
        given: The data, where they are at hand; else they are loaded by their name, if they have one.
    """

    trained: Checkpoint
    forward: ForwardPass
    given: Dataset | None = None

    @cached_property
    def data(self) -> Dataset:
        """The data set of the training, in float64.

        Raises:
            ValueError: a file has changed since the training.
        """
        if self.given:
            double = {name: getattr(self.given, name).astype(np.float64) for name in ("x_train", "x_test")}
            return self.given._replace(**double)
        return load_again(self.trained, np.float64)

    @cached_property
    def drawn(self) -> int:
        """The index of the snapshot that is drawn: the last whose weights are all numbers.

        Raises:
            NothingToDrawError: there is none.
        """
        for i in reversed(range(len(self.trained.history.snapshots))):
            if all(np.isfinite(data).all() for data in self.trained.history.snapshots[i].values()):
                return i
        raise NothingToDrawError("there is nothing to draw: no snapshot of the weights holds numbers alone")

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """The weights that are drawn: the trained ones, unless these are no numbers."""
        return self.trained.history.snapshots[self.drawn]

    @property
    def noun(self) -> str:
        """The word for one sample."""
        return "flower" if self.trained.dataset == "iris" else "sample"

    @property
    def test_proba(self) -> np.ndarray:
        """The probabilities for the test samples, (N, classes)."""
        return self.forward.proba(self.weights, self.data.x_test)

    @property
    def matrices(self) -> dict[str, np.ndarray]:
        """The weight matrices, without the biases."""
        return {name: data for name, data in self.weights.items() if data.ndim == 2}

    def hidden(self, x: np.ndarray) -> dict[str, np.ndarray]:
        """Return the output of each ReLU by name, for scaled samples (N, features)."""
        outputs = self.forward.outputs(self.weights, x)
        return {name: output for name, output in outputs.items() if name.startswith("relu")}

    def losses(self, *, with_data: bool = True) -> Losses:
        """Return the losses of every epoch; with data, those of the test samples as well."""
        history = self.trained.history
        test, guess, dead = None, float(np.log(self.trained.sizes[-1])), False
        if with_data and (self.given or self.trained.dataset):
            x, y = self.data.x_test, self.data.y_test
            # a diverged training is drawn up to its last finite loss
            with np.errstate(all="ignore"):
                test = np.array([self.forward.loss(weights, x, y) for weights in history.snapshots])
                layers = self.hidden(self.data.x_train).values()
            guess = guess_loss(self.data.y_train)
            dead = any(not (output > 0).any() for output in layers)
        climbs = bool(self.trained.hyperparameters.get("maximize"))
        return Losses(history.losses, np.array(history.snapshot_epochs), test, guess, climbs, dead)

    @cached_property
    def warning(self) -> str:
        """What a picture must say first of a training that went wrong, or did not come to its end."""
        if not len(self.trained.history.losses):
            return ""  # of a model alone there is no training to judge
        try:
            found = outcome(self.losses())
        except (ValueError, OSError):  # the data are not here any more, and weights can be drawn without them
            found = outcome(self.losses(with_data=False))
        if self.weights is not self.trained.final:
            return f"{found}, drawn at epoch {self.trained.history.snapshot_epochs[self.drawn]:,}"
        return "" if found in ("finished", "overfitting") else found

    def raw(self, x: np.ndarray) -> np.ndarray:
        """Return scaled samples (N, features) in the raw data's units: x' (max - min) + min."""
        low, span = self.data.scaler.data_min, self.data.scaler.data_max - self.data.scaler.data_min
        # (N, features) * (features,) + (features,) -> (N, features)
        return x * np.where(span == 0, 1, span) + low


def load_again(trained: Checkpoint, dtype: type[np.floating]) -> Dataset:
    """Return the data that a training used.

    Raises:
        ValueError: they are not the same any more.
    """
    data = load_dataset(trained.dataset, dtype=dtype)
    same = (data.feature_names, data.class_names) == (trained.feature_names, trained.class_names)
    if not same or not all(map(np.array_equal, data.scaler, trained.scaler)):
        raise ValueError(f"{trained.dataset} has changed since the training; train again")
    return data
