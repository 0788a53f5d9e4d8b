"""Pictures in one line: ``numpy_mlp.plots.loss(history)``, and eight more, as ``plot KIND`` draws them.

Each function returns a ``matplotlib.figure.Figure``, which a notebook displays as the last line of a cell;
``figure.savefig("loss.svg")`` writes it. ``history`` is what ``train`` returns, ``data`` what
``load_dataset`` returns, and ``model`` a network of this package or of ``torch_mlp``: its weights are copied.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.cross_entropy import CrossEntropyLoss
from numpy_mlp.data import Dataset, MinMaxScaler
from numpy_mlp.inference import predict_logits, predict_proba
from numpy_mlp.mlp import MLP
from numpy_mlp.no_grad import no_grad
from numpy_mlp.shared.checkpoint import Checkpoint
from numpy_mlp.shared.cli.pictures import draw
from numpy_mlp.shared.cli.saved_run import ForwardPass, Run
from numpy_mlp.shared.history import HasWeights, History

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = [
    "activations",
    "boundary",
    "confidence",
    "confusion",
    "heatmaps",
    "landscape",
    "loss",
    "network",
    "weights",
]


def weights(history: History) -> "Figure":
    """Draw every parameter's histogram and statistics, before and after a training."""
    return draw("weights", {"run": run_of(history, None)})


def loss(history: History, data: Dataset | None = None) -> "Figure":
    """Draw the training loss of every epoch; with data also the test loss at each snapshot of the weights."""
    return draw("loss", {"run": run_of(history, data)})


def network(model: HasWeights, data: Dataset, sample: int = 0) -> "Figure":
    """Draw one test sample on its way through the network.

    Raises:
        ValueError: there is no such sample.
    """
    return draw("network", {"run": run_of(model, data)}, sample)


def heatmaps(model: HasWeights, data: Dataset) -> "Figure":
    """Draw every weight matrix, with the data's names."""
    return draw("heatmaps", {"run": run_of(model, data)})


def activations(model: HasWeights, data: Dataset) -> "Figure":
    """Draw the hidden units' outputs for the training samples; a unit that is always 0 is dead."""
    return draw("activations", {"run": run_of(model, data)})


def confusion(model: HasWeights, data: Dataset) -> "Figure":
    """Draw which test samples are taken for which class."""
    return draw("confusion", {"run": run_of(model, data)})


def confidence(model: HasWeights, data: Dataset) -> "Figure":
    """Draw the probability of the true class for each test sample."""
    return draw("confidence", {"run": run_of(model, data)})


def boundary(model: HasWeights, data: Dataset) -> "Figure":
    """Draw the answers in the plane of the two features that separate the classes best."""
    return draw("boundary", {"run": run_of(model, data)})


def landscape(history: History, data: Dataset) -> "Figure":
    """Draw the training loss around the trained weights, with the path of the training.

    Raises:
        ValueError: the weights never moved.
    """
    return draw("landscape", {"run": run_of(history, data)})


def run_of(source: History | HasWeights, data: Dataset | None) -> Run:
    """Return a history, or a model as a history of one snapshot, as a run that can be drawn.

    Raises:
        TypeError: it is neither.
        ValueError: it was trained on data of other features or classes.
    """
    history = source if isinstance(source, History) else History()
    if source is not history:
        if not hasattr(source, "state_dict"):
            raise TypeError(f"expected a history or a model, got {type(source).__name__}")
        history.keep(0, source.state_dict())
    if not history.snapshots:
        raise ValueError("expected the history of a training, got an empty one")
    matrices = [data.shape for data in history.snapshots[-1].values() if data.ndim == 2]
    sizes = (matrices[0][1], *(shape[0] for shape in matrices))
    if data is None:
        scaler = MinMaxScaler(np.zeros(sizes[0]), np.zeros(sizes[0]))
        trained = Checkpoint("numpy", sizes, "", {}, (), (), scaler, history)
        return Run(trained, forward_pass(trained))
    expected = len(data.feature_names), len(data.class_names)
    if (sizes[0], sizes[-1]) != expected:
        raise ValueError(
            f"expected a network from {expected[0]} features to {expected[1]} classes for {data.name}, "
            f"got one from {sizes[0]} to {sizes[-1]}"
        )
    names = data.feature_names, data.class_names
    trained = Checkpoint("numpy", sizes, data.name, {}, *names, data.scaler, history)
    return Run(trained, forward_pass(trained), data)


def forward_pass(trained: Checkpoint) -> ForwardPass:
    """Return this package's forward pass for the pictures: the network of a checkpoint, in float64."""
    model = MLP(*trained.sizes, dtype=np.float64)
    criterion = CrossEntropyLoss()

    def outputs(weights: Mapping[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
        """Return each layer's output by name."""
        model.load_state_dict(dict(weights))
        found = {}
        with no_grad():
            for name, layer in model.named_children():
                found[name] = x = layer(x)
        return found

    def proba(weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Return the probabilities."""
        model.load_state_dict(dict(weights))
        return predict_proba(model, x)

    def loss(weights: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
        """Return the mean cross-entropy."""
        model.load_state_dict(dict(weights))
        with no_grad():
            return float(criterion(predict_logits(model, x), y))

    return ForwardPass(outputs, proba, loss)
