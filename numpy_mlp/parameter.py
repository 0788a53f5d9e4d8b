"""A parameter: numbers that training changes, and the gradient that says in which direction."""

import numpy as np


class Parameter:
    """An array that is trained, beside the gradient of the loss with respect to it.

    The counterpart of ``torch.nn.Parameter``, with PyTorch's names:

    Attributes:
        data: The values. An optimiser changes them in place.
        grad: dL/d(data), of the shape of ``data``, or None before the first backward pass.
        requires_grad: False freezes the parameter: ``accumulate`` keeps nothing, so ``SGD.step`` skips it.
    """

    def __init__(self, data: np.ndarray, requires_grad: bool = True) -> None:
        """Hold ``data``; the gradient starts as None."""
        self.data = data
        self.grad: np.ndarray | None = None
        self.requires_grad = requires_grad

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of ``data``."""
        return self.data.shape

    @property
    def dtype(self) -> np.dtype:
        """The dtype of ``data``."""
        return self.data.dtype

    def numel(self) -> int:
        """Return how many numbers it holds."""
        return self.data.size

    def accumulate(self, grad: np.ndarray) -> None:
        """Add ``grad`` to what earlier backward passes left, as PyTorch does until ``zero_grad``.

        Raises:
            ValueError: ``grad`` has not the shape of ``data``. NumPy would broadcast it silently.
            TypeError: ``grad`` has not the dtype of ``data``. NumPy would turn float32 into float64 silently.
        """
        data = self.data
        if grad.shape != data.shape:
            raise ValueError(f"expected a gradient of shape {data.shape}, got {grad.shape}")
        if grad.dtype != data.dtype:
            raise TypeError(f"expected a gradient of dtype {data.dtype}, got {grad.dtype}")
        if self.requires_grad:
            self.grad = grad if self.grad is None else self.grad + grad

    def __repr__(self) -> str:
        """Return the shape and dtype, and whether it is frozen."""
        frozen = "" if self.requires_grad else ", requires_grad=False"
        return f"Parameter(shape={self.shape}, dtype={self.dtype}{frozen})"
