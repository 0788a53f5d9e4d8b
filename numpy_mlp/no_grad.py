"""no_grad: a forward pass that keeps nothing for a backward pass.

A layer's ``backward`` needs what its ``forward`` computed with: Linear its input, ReLU its mask, the loss
its log-probabilities. Keeping them costs memory. Where no gradient is wanted, in inference, ``no_grad()``
switches the keeping off. It does no more than that: it freezes no weight, and results are the same.

``model.eval()`` is another switch, for layers that compute otherwise in training, such as dropout. This
network has no such layer; ``eval()`` changes no number in it, and stops no gradient.

The counterpart of https://docs.pytorch.org/docs/stable/generated/torch.no_grad.html
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_grad_enabled = ContextVar("grad_enabled", default=True)


# Returns whether a forward pass keeps what its backward pass needs; every layer calls it at every step.
is_grad_enabled = _grad_enabled.get


@contextmanager
def no_grad() -> Iterator[None]:
    """Let the forward passes inside keep nothing; a context manager and a decorator, as in PyTorch."""
    before = _grad_enabled.set(False)
    try:
        yield
    finally:
        _grad_enabled.reset(before)
