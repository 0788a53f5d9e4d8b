"""What came out: every named array of a run, in the order in which it was computed.

    fc1, relu, fc2, loss, dL/dfc2, dL/dfc2.weight, dL/dfc2.bias, dL/drelu, ..., fc1.weight after step 1, ...

A name means the layer's output, or with dL/d in front the gradient of the loss with respect to it. Arrays of
a later step or of a second backward pass say so behind their name.
"""

import re
from typing import Any

from numpy_mlp.shared.history import History


class Trace(dict[str, Any]):
    """Arrays by name, in the order of computation; what is no array (a text, a count) is a fact."""

    error: BaseException | None = None  # what stopped the run: the arrays after it are missing
    history: History | None = None  # the training that the arrays come from, if they come from one
    epochs: range = range(0)  # which of its epochs they cover
    first_epoch: int = 0  # the one that ``history`` begins with

    @property
    def failure(self) -> str:
        """The error in words, or nothing."""
        return in_words(self.error) if self.error else ""


def in_words(error: BaseException) -> str:
    """Return the kind of an error and what it says."""
    return f"{type(error).__name__}: {error}"


def step_suffix(step: int, backward_pass: int = 1) -> str:
    """Return what stands behind a name: nothing for the first step and pass."""
    return (f" (step {step})" if step > 1 else "") + (f" (pass {backward_pass})" if backward_pass > 1 else "")


def gate_of(name: str) -> str:
    """Return the gate that an array of a step belongs to."""
    if " after step " in name:
        return "update"
    return "backward" if name.startswith(("dL/d", "average of dL/d")) else "forward"


UPDATE = "W = W - lr d, with d = dL/dW plus weight decay and momentum, if any"
FORMULAS = {
    r".* after (step|epochs)": UPDATE,
    r"average of dL/d": "g = sum over r of (n_r / N) g_r, for shards of n_r out of N samples",
    r"dL/dfc\d+\.weight": "dL/dW = (dL/dy)^T x",
    r"dL/dfc\d+\.bias": "dL/db = sum over n of dL/dy",
    r"dL/dfc\d+": "dL/dx = dL/dy * [x > 0] of the ReLU that follows; at the end (softmax - onehot) / N",
    r"dL/drelu": "dL/dx = dL/dy W of the Linear that follows",
    r"fc\d+": "y = x W^T + b",
    r"relu": "y = max(0, x)",
    r"loss": "L = -1/N sum over n of log softmax(z)[n, y[n]]",
}


def formula_of(name: str) -> str:
    """Return the formula by which an array of a trace was computed.

    >>> formula_of("dL/dfc2.weight (step 3)")
    'dL/dW = (dL/dy)^T x'
    """
    return next((formula for pattern, formula in FORMULAS.items() if re.match(pattern, name)), "")
