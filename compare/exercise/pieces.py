"""The twelve pieces that are the lesson: what is taken out of numpy_mlp, in the order to write it in."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Piece:
    """One function of numpy_mlp, or the heart of one.

    Attributes:
        name: What it is called: ``"Linear.forward"``.
        target: Where it is: ``"linear.Linear.forward"``, as ``compare.packages.replace`` takes it.
        formula: What is to be written.
        shapes: What goes in and what comes out.
    """

    name: str
    target: str
    formula: str
    shapes: str

    @property
    def file(self) -> str:
        """The file that it is in."""
        return f"{self.target.partition('.')[0]}.py"

    @property
    def path(self) -> list[str]:
        """The names that lead to it in its file: class and method, or function."""
        return self.target.split(".")[1:]

    def task(self, level: str = "formulas") -> str:
        """Return what is to be written, with as much help as the level gives."""
        help_given = {"formulas": f": {self.formula}", "shapes": f": {self.shapes}", "signatures": ""}
        return f"write {self.name}{help_given[level]}"


LEVELS = ("formulas", "shapes", "signatures")

PIECES = (
    Piece(
        "Linear.forward",
        "linear.Linear.forward",
        "y = x W^T + b; keep x in self.x for backward",
        "(N, in) -> (N, out); keep (N, in) in self.x for backward",
    ),
    Piece(
        "Linear.backward",
        "linear.Linear.backward",
        "dL/dW = (dL/dy)^T x and dL/db = sum over n of dL/dy, each to accumulate(); return dL/dx = dL/dy W",
        "(N, out) -> (N, in), or None; accumulate (out, in) in self.weight, (out,) in self.bias",
    ),
    Piece(
        "ReLU.forward",
        "relu.ReLU.forward",
        "y = max(0, x); keep [x > 0] in self.mask for backward",
        "(N, features) -> (N, features); keep (N, features) in self.mask for backward",
    ),
    Piece(
        "ReLU.backward",
        "relu.ReLU.backward",
        "dL/dx = dL/dy * [x > 0]",
        "(N, features) -> (N, features)",
    ),
    Piece(
        "log_softmax",
        "cross_entropy.log_softmax",
        "log p = z - m - log(sum over c of exp(z - m)) with m = max over c of z",
        "(N, C) -> (N, C)",
    ),
    Piece(
        "CrossEntropyLoss.forward",
        "cross_entropy.CrossEntropyLoss.forward",
        "L = -1/N sum over n of log p[n, y[n]]; keep (log p, onehot(y)) in self.saved for backward",
        "(N, C) and (N,) -> one number; keep (N, C) and (N, C) in self.saved for backward",
    ),
    Piece(
        "CrossEntropyLoss.backward",
        "cross_entropy.CrossEntropyLoss.backward",
        "dL/dz = 1/N (p - onehot(y))",
        "-> (N, C)",
    ),
    Piece(
        "MLP.forward",
        "mlp.MLP.forward",
        "each layer's output is the next one's input",
        "(N, features) -> (N, classes)",
    ),
    Piece(
        "MLP.backward",
        "mlp.MLP.backward",
        "the chain rule: each layer's backward hands dL/d(its input) to the layer before it",
        "(N, classes) -> None",
    ),
    Piece(
        "SGD.step",
        "sgd.SGD.step",
        "d = g, d = d + lambda W, v = mu v + (1 - tau) d, W = W - lr d",
        "each parameter in place, elementwise",
    ),
    Piece(
        "train's step",
        "training.train",
        "logits, loss, forget the old gradients, go backwards, step",
        "logits (N, classes), loss one number, gradients as their parameters",
    ),
    Piece(
        "summary.count",
        "summary.count",
        "a Linear has out * in + out parameters, and N times as many multiply-adds; a ReLU has none",
        "input (N, width) -> output (N, out)",
    ),
)
