"""``Reference``: data and weights as plain arrays to start from, and the arrays of any code to be judged.

ref = compare.Reference("iris", hidden=(10,), seed=42, layout="in,out")
x, y, W1, b1, W2, b2 = ref.x, ref.y, *ref.weights.values()
...                                                             # the learner's own code
report = ref.check(z1=z1, a1=a1, loss=loss, dW1=dW1, db1=db1)
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from compare import torch_side
from compare.gates.scenarios import random_scenario
from compare.reference import training
from compare.reference.checking import Handed, check
from compare.reference.formulas import ACTIVATIONS, LAYOUTS, Convention, Network
from compare.reference.material import given_weights, labels_of, named_weights, sizes_of
from compare.reference.report import Report
from compare.reference.shapes import laid_out, shape_of, trace_name
from compare.reference.training_report import TrainingReport
from compare.report.tables import as_text
from numpy_mlp.data import load_dataset

FORMS = ", ".join(LAYOUTS)


class Reference:
    """A network with its data and weights, and PyTorch's numbers for it."""

    def __init__(
        self, dataset: str | None = None, hidden: Sequence[int] | int = (10,), seed: int = 42, *,
        sizes: Sequence[int] | None = None, x: Any = None, y: Any = None, weights: Any = None,
        activation: str = "relu", dtype: str = "float64", layout: str | None = None, bias: bool = True,
    ) -> None:  # fmt: skip
        """Take a data set of scikit-learn, or one's own x, y and sizes.

        Args:
            dataset: ``"iris"`` (the default), ``"wine"``, ``"breast_cancer"`` or ``"digits"``.
            hidden: Units of each hidden layer.
            seed: Of the weights, as PyTorch draws them.
            sizes: Units of all layers, in place of ``hidden``, for one's own data.
            x: Samples: (N, features), or with ``layout="columns"`` (features, N).
            y: Labels: integers (N,), or one-hot.
            weights: W1, b1, W2, ... by name or in this order, in place of PyTorch's draw.
            activation: Of the hidden layers: ``"relu"``, ``"sigmoid"`` or ``"tanh"``.
            dtype: Of ``ref.x`` and ``ref.weights``: ``"float64"``, NumPy's own, or ``"float32"``, PyTorch's.
            layout: ``"in,out"``, ``"out,in"`` or ``"columns"``: how arrays are handed out and must come back.
                Without it they are handed out as PyTorch's, (out, in), and each may come back either way.
            bias: Without biases these are 0, and their gradients are not looked at.

        Raises:
            ValueError: an unknown name or layout, or shapes that don't fit together.
        """
        if layout not in (None, *LAYOUTS):
            raise ValueError(f"layout: expected one of {FORMS}, or none; got {layout!r}")
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation: expected one of {', '.join(ACTIVATIONS)}; got {activation!r}")
        if dtype not in ("float32", "float64"):
            raise ValueError(f"dtype: expected float32 or float64, got {dtype!r}")
        if x is not None and isinstance(dataset, str):
            raise ValueError(f"expected a data set or x and y, got both {dataset!r} and x")
        self.layout, self.activation, self.bias = layout, activation, bias
        self.orientation = LAYOUTS[layout or "out,in"]
        self.dtype = np.dtype(dtype)
        if x is None:
            self.dataset = dataset or "iris"
            data = load_dataset(self.dataset, dtype=np.dtype(dtype).type)
            rows, labels, classes = data.x_train, data.y_train, len(data.class_names)
        else:
            self.dataset = "your data"
            rows = np.asarray(x, self.dtype)
            rows = rows.T if self.orientation.columns else rows
            if rows.ndim != 2 or y is None:
                raise ValueError(
                    f"expected x of two axes, and y; got x of shape {np.shape(x)}, y {type(y).__name__}"
                )
            labels = labels_of(y, len(rows))
            classes = int(labels.max()) + 1
        given = None if weights is None else named_weights(weights)
        hidden = (hidden,) if isinstance(hidden, int) else tuple(hidden)
        self.sizes = (
            tuple(sizes) if sizes else sizes_of(given, self.orientation) or (rows.shape[1], *hidden, classes)
        )
        if self.sizes[0] != rows.shape[1]:
            raise ValueError(f"sizes: expected {rows.shape[1]} features first, got {self.sizes}")
        if self.sizes[-1] == 1:
            raise ValueError(
                "a single output, as with one sigmoid and binary cross-entropy, can't be judged here: "
                "expected an output for each class, with softmax"
            )
        if len(self.sizes) < 2 or classes > self.sizes[-1]:
            raise ValueError(
                f"sizes: expected at least two, the last at least {classes} classes; got {self.sizes}"
            )
        self.rows, self.labels = rows, labels  # (N, features), (N,)
        self.start = (
            self._drawn(seed)
            if given is None
            else given_weights(given, self.sizes, self.orientation, self.dtype)
        )
        check_imports()

    def _drawn(self, seed: int) -> dict[str, np.ndarray]:
        """Return PyTorch's draw, W as (in, out)."""
        found = {}
        for name, data in torch_side.fresh_weights(self.sizes, seed).items():
            layer = name[2 : name.index(".")]
            letter = "W" if name.endswith("weight") else "b"
            array = data.T if letter == "W" else data
            found[f"{letter}{layer}"] = array.astype(self.dtype) * (1 if self.bias or letter == "W" else 0)
        return found

    @property
    def layers(self) -> int:
        """How many weight matrices there are."""
        return len(self.sizes) - 1

    @property
    def x(self) -> np.ndarray:
        """A copy of the samples, (N, features) or in columns."""
        return np.array(self.rows.T if self.orientation.columns else self.rows, order="C")

    @property
    def y(self) -> np.ndarray:
        """A copy of the labels (N,)."""
        return self.labels.copy()

    @property
    def onehot(self) -> np.ndarray:
        """The labels as rows (N, classes) of one 1 each, or in columns."""
        rows = np.eye(self.sizes[-1], dtype=self.dtype)[self.labels]
        return np.array(rows.T if self.orientation.columns else rows, order="C")

    @property
    def weights(self) -> dict[str, np.ndarray]:
        """Copies of W1, b1, W2, b2, ... in the layout; biases are (out,), in columns (out, 1)."""
        names = [f"{letter}{i}" for i in range(1, self.layers + 1) for letter in ("Wb" if self.bias else "W")]
        return {name: laid_out(self.start[name], name, self.orientation) for name in names}

    def names(self) -> str:
        """Return a table of what can be handed over: names, the trace's names, shapes and formulas."""
        return names_table(self)

    def check(
        self, arrays: Mapping[str, Any] | None = None, *, names: Mapping[str, str] | None = None,
        lr: float | None = None, l2: float | None = None, **more: Any,
    ) -> Report:  # fmt: skip
        """Judge whichever arrays of a step are handed over, by keyword or as a dictionary.

        Args:
            arrays: By name: the names of ``names()``, the trace's, or usual ones.
            names: What a name of one's own means: ``{"t1": "z1"}``.
            lr: The learning rate of W1_new, ...; without it the one that the arrays follow is found.
            l2: The weight decay, if there is one.
            more: The same as ``arrays``, by keyword; ``grads={...}``, tuples and lists are unpacked.

        Raises:
            ValueError: an unknown name, an impossible shape, or NaN.
            TypeError: an array of objects, or of another dtype than float32, float64 or whole numbers.
        """
        constants = {name: float(value) for name, value in (("lr", lr), ("l2", l2)) if value is not None}
        with np.errstate(all="ignore"):
            return check(self, Handed({**(arrays or {}), **more}, dict(names or {}), constants))

    def check_training(
        self, history: Iterable[Any], *, lr: float, momentum: float = 0.0, batches: Any = None,
        l2: float = 0.0,
    ) -> TrainingReport:  # fmt: skip
        """Judge a whole training, each step from the weights that it had before.

        Args:
            history: The weights after each step or epoch, as dictionaries, tuples or lists; the start may
                come first.
            lr: The learning rate.
            momentum: Of either form; then the weights after each step are needed.
            batches: The samples of each step, in the order used: index arrays, or a batch size for
                consecutive slices. Without it each step sees all samples.
            l2: The weight decay.
        """
        with np.errstate(all="ignore"):
            return training.check(self, list(history), lr, momentum, batches, l2)


def check_imports() -> None:
    """Let PyTorch import now what its optimiser needs, which takes seconds, and not at the first check."""
    torch_side.run(random_scenario("first", "", (2, 2, 2), 2))


def names_table(ref: Reference) -> str:
    """Return name, trace name, shape and formula of everything that can be handed over."""
    network = Network(ref.layers, ref.activation, ref.orientation, Convention())
    rows = [("name", "in the trace", "shape", "formula")]
    for name in network.names:
        shape = shape_of(name, ref.sizes, len(ref.y), ref.orientation)
        trace = trace_name(name, ref.layers)
        rows.append((name, trace, str(shape), network.formulas[name].text.partition(" = ")[2]))
    return as_text(rows)
