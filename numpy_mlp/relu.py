"""ReLU: y = max(0, x), and its mask.

    y      = max(0, x)             (N, features)
    dL/dx  = dL/dy ⊙ [x > 0]       (N, features)

[x > 0] is 1 where x is positive and 0 elsewhere. At exactly 0 the slope jumps from 0 to 1; PyTorch takes 0.

The counterpart of https://docs.pytorch.org/docs/stable/generated/torch.nn.ReLU.html
"""

import numpy as np

from numpy_mlp.no_grad import is_grad_enabled


class ReLU:
    """The rectified linear unit, elementwise. It has no parameters."""

    def __init__(self) -> None:
        """Start with nothing to go back through."""
        self.mask: np.ndarray | None = None

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return y = max(0, x), (N, features) -> (N, features), and keep the mask for ``backward``."""
        # [x > 0]                    (N, features) of True and False
        self.mask = x > 0 if is_grad_enabled() else None
        # y = max(0, x)              (N, features) -> (N, features)
        return np.maximum(x, 0)

    def backward(self, grad_output: np.ndarray) -> np.ndarray:
        """Return dL/dx (N, features) for dL/dy (N, features).

        Raises:
            RuntimeError: no forward pass came before, or it ran under ``no_grad()``.
        """
        if self.mask is None:
            raise RuntimeError("ReLU.backward() needs the mask of a forward pass outside of no_grad()")
        # dL/dx = dL/dy ⊙ [x > 0]    (N, features) * (N, features) -> (N, features)
        return grad_output * self.mask

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Calling the layer is its forward pass, as in PyTorch."""
        return self.forward(x)

    def __repr__(self) -> str:
        """Return PyTorch's text for the layer."""
        return "ReLU()"
