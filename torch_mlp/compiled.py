"""The whole step as one program: what ``torch.compile`` makes of forward, loss, backward and update.

PyTorch runs an eager step operation by operation: Python calls it, it is looked up, checked, recorded for
the backward pass and run, some forty times a step. ``torch.compile`` looks at the Python code once, writes
one C++ or GPU program for all of it, and then runs that.

``loss.backward()`` would cut the program in two, because autograd runs outside of what is compiled. So the
gradient is asked for as a function: ``grad_and_value`` turns the function from weights to loss into one from
weights to gradients and loss.

Source: https://docs.pytorch.org/docs/stable/generated/torch.func.grad_and_value.html
"""

from collections.abc import Callable

import torch
from torch.func import functional_call, grad_and_value

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def compiled_step(model: torch.nn.Module, criterion: torch.nn.Module, optimizer: torch.optim.SGD) -> Step:
    """Return a function that trains with one batch and returns its loss, as one compiled program."""
    trained = {name: param for name, param in model.named_parameters() if param.requires_grad}

    def loss_of(weights: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the loss as a function of the weights."""
        return criterion(functional_call(model, weights, (x,)), y)

    gradients = grad_and_value(loss_of)

    def step(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Compute the gradients, take them over, and step."""
        grads, loss = gradients({name: param.detach() for name, param in trained.items()}, x, y)
        for name, param in trained.items():
            param.grad = grads[name]
        optimizer.step()
        return loss

    # the last batch may be smaller: a program for each size, not a slower one for any size
    return torch.compile(step, dynamic=False)
