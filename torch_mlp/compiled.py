"""The whole step as one program: what ``torch.compile`` makes of forward, loss, backward and update.

PyTorch runs an eager step operation by operation: Python calls it, it is looked up, checked, recorded for
the backward pass and run, some forty times a step. ``torch.compile`` looks at the Python code once, writes
one C++ or GPU program for all of it, and then runs that.

Two calls of the usual step would cut the program in pieces. ``loss.backward()`` runs in autograd, outside of
what is compiled: so the gradient is asked for as a function, and ``grad_and_value`` turns the function from
weights to loss into one from weights to gradients and loss. ``optimizer.step()`` asks for a cut before and
after itself: so its arithmetic is called without it, as ``torch.optim.sgd.sgd``.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.func.grad_and_value.html,
https://docs.pytorch.org/docs/stable/generated/torch.compile.html
"""

import warnings
from collections.abc import Callable
from functools import cache

import torch
import torch.compiler.config
from torch.func import functional_call, grad_and_value
from torch.optim.sgd import sgd

Step = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

# A batch size, a dtype, a device or a learning rate that is new needs a program of its own. PyTorch keeps 8.
PROGRAMS = 64


def compiled_step(
    step: Step, model: torch.nn.Module, criterion: torch.nn.Module, optimizer: torch.optim.SGD
) -> Step:
    """Return a function that trains with one batch and returns its loss, as one compiled program.

    Args:
        step: Does the same without being compiled. SGD makes its velocities out of its first gradients, in
            a way that no later step repeats: with momentum this one takes the first step.
        model: The network.
        criterion: The loss.
        optimizer: Holds the model's parameters, in one group.
    """
    trained = {name: param for name, param in model.named_parameters() if param.requires_grad}
    if not trained:
        return step  # autograd says what is wrong: nothing is left to train
    weights = {name: param.detach() for name, param in trained.items()}
    (group,) = optimizer.param_groups
    names = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")
    chosen = {name: group[name] for name in names}

    def loss_of(weights: dict[str, torch.Tensor], x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Return the loss as a function of the weights."""
        return criterion(functional_call(model, weights, (x,)), y)

    gradients = grad_and_value(loss_of)

    def whole_step(
        weights: dict[str, torch.Tensor],
        velocities: list[torch.Tensor | None],
        x: torch.Tensor,
        y: torch.Tensor,
    ) -> torch.Tensor:
        """Compute the gradients, and change weights and velocities in place."""
        grads, loss = gradients(weights, x, y)
        sgd(list(weights.values()), list(grads.values()), velocities, **chosen)
        return loss

    program = compiled(whole_step)

    def run(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Train with one batch."""
        velocities = [optimizer.state.get(param, {}).get("momentum_buffer") for param in trained.values()]
        if chosen["momentum"] and any(velocity is None for velocity in velocities):
            return step(x, y)
        return program(weights, velocities, x, y)

    return run


def compiled(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return a function as one program for each size of its tensors, or raise where it can't be one."""
    torch.compiler.config.recompile_limit = max(PROGRAMS, torch.compiler.config.recompile_limit)
    # advice to let float32 products round to 10 bits, where a GPU could
    warnings.filterwarnings("ignore", message="TensorFloat32 tensor cores for float32 matrix multiplication")
    return torch.compile(
        function,
        fullgraph=True,
        # the last batch may be smaller: a program for each size, not a slower one for any size
        dynamic=False,
        # One of its patterns takes W.add_(a @ b, alpha=-0.1) for W + a @ b: seen in PyTorch 2.13 by
        # `python -m compare.run --mode compile`, in the first weight after the first step.
        options={"pattern_matcher": False},
    )


@cache
def check_compiler(device: torch.device) -> None:
    """Compile one addition: what ``torch.compile`` needs on this device is there, or the reason is told.

    Raises:
        ValueError: nothing can be compiled.
    """
    try:
        compiled(lambda x: x + 1)(torch.zeros(1, device=device))
    except RuntimeError as error:
        reason = str(getattr(error, "inner_exception", error)).partition("\n")[0]
        raise ValueError(
            f"--mode compile needs a C++ compiler such as g++: {reason}; use --mode eager"
        ) from None
