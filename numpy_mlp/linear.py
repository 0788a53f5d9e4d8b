"""Linear: y = x Wᵀ + b, and its three gradients.

Shapes: N samples, ``in`` features before the layer, ``out`` after it. L is the loss, a single number.

    y      = x Wᵀ + b        (N, out)
    dL/dW  = (dL/dy)ᵀ x      (out, in)
    dL/db  = Σ_n dL/dy       (out,)
    dL/dx  = dL/dy W         (N, in)

Why, for one entry each: y[n, o] = Σ_i x[n, i] W[o, i] + b[o]. W[o, i] reaches the loss through y[n, o] of
every sample n, each time multiplied by x[n, i]: so dL/dW[o, i] = Σ_n dL/dy[n, o] x[n, i]. The bias is
multiplied by 1. x[n, i] reaches it through every output o, multiplied by W[o, i].

The counterpart of https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html
"""

import numpy as np

from numpy_mlp import init
from numpy_mlp.no_grad import is_grad_enabled
from numpy_mlp.parameter import Parameter


class Linear:
    """A fully connected layer. ``weight`` is stored (out, in) and ``bias`` (out,), as PyTorch stores them."""

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        rng: "np.random.RandomState | None" = None,
        dtype: type[np.floating] = np.float32,
    ) -> None:
        """Draw weight, then bias, as ``torch.nn.Linear`` draws them; float64 is the float32 draw, cast.

        Raises:
            ValueError: a size below 1.
            TypeError: a dtype other than float32 and float64.
        """
        if min(in_features, out_features) < 1:
            raise ValueError(f"Linear expected sizes of 1 or more, got {in_features} and {out_features}")
        if np.dtype(dtype) not in (np.float32, np.float64):
            raise TypeError(f"Linear expected dtype float32 or float64, got {np.dtype(dtype)}")
        rng = init.generator(None) if rng is None else rng
        weight = init.uniform(rng, init.weight_bound(in_features), (out_features, in_features))
        bias = init.uniform(rng, init.bias_bound(in_features), (out_features,))
        self.weight = Parameter(weight.astype(dtype))
        self.bias = Parameter(bias.astype(dtype))
        self.x: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return y = x Wᵀ + b, (N, in) -> (N, out), and keep x for ``backward``.

        Raises:
            ValueError: x is not (N, in).
            TypeError: x is no array, or has not the dtype of the weights.
        """
        weight, bias = self.weight.data, self.bias.data
        check_input(x, weight)
        self.x = x if is_grad_enabled() else None
        # y = x Wᵀ + b               (N, in) @ (in, out) + (out,) -> (N, out)
        y = x @ weight.T
        y += bias  # in place: a sum would be a second array of that size
        return y

    def backward(self, grad_output: np.ndarray, *, needs_input_grad: bool = True) -> np.ndarray | None:
        """Keep dL/dW and dL/db; return dL/dx (N, in) for dL/dy (N, out), or None if it isn't needed.

        Raises:
            RuntimeError: no forward pass came before, or it ran under ``no_grad()``.
        """
        if self.x is None:
            raise RuntimeError("Linear.backward() needs the x of a forward pass outside of no_grad()")
        # dL/dW = (dL/dy)ᵀ x         (out, N) @ (N, in) -> (out, in)
        self.weight.accumulate(grad_output.T @ self.x)
        # dL/db = Σ_n dL/dy          (N, out) -> (out,)
        self.bias.accumulate(grad_output.sum(axis=0))
        if not needs_input_grad:
            return None
        # dL/dx = dL/dy W            (N, out) @ (out, in) -> (N, in)
        return grad_output @ self.weight.data

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Calling the layer is its forward pass, as in PyTorch."""
        return self.forward(x)

    def __repr__(self) -> str:
        """Return PyTorch's text for the layer."""
        out_features, in_features = self.weight.shape
        return f"Linear(in_features={in_features}, out_features={out_features}, bias=True)"


def check_input(x: np.ndarray, weight: np.ndarray) -> None:
    """Return if x is an array (N, in) for a weight (out, in) of the same dtype.

    Raises:
        ValueError: x is not (N, in).
        TypeError: x is no array, or has not the dtype of the weights.
    """
    if not isinstance(x, np.ndarray):
        raise TypeError(f"Linear expected an array (N, {weight.shape[1]}), got a {type(x).__name__}: "
                        f"np.array(x, np.{weight.dtype})")  # fmt: skip
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"Linear expected an input of shape (N, {weight.shape[1]}), got {x.shape}")
    if x.dtype != weight.dtype:
        raise TypeError(f"Linear expected {weight.dtype} input, got {x.dtype}: x.astype({weight.dtype})")
