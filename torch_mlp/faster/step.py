"""One step of training as a function: a batch in, its loss out, and the weights changed.

The plain loop in ``torch_mlp/training.py`` writes these five lines out. The faster modes need them as one
function, to compile it, to capture it, or to run it in several workers.
"""

from collections.abc import Callable

import torch
from torch import nn

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def eager_step(model: nn.Module, criterion: nn.Module, optimizer: torch.optim.SGD) -> Step:
    """Return a function that trains with one batch, operation by operation, and returns its loss."""

    def step(x_batch: torch.Tensor, y_batch: torch.Tensor) -> torch.Tensor:
        """Train with one batch; return its loss before the step."""
        logits = model(x_batch)
        loss: torch.Tensor = criterion(logits, y_batch)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        return loss.detach()

    return step
