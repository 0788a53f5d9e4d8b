"""The whole step as one program: what ``torch.compile`` makes of forward, loss, backward and update.

PyTorch runs an eager step operation by operation: each is called from Python, looked up, checked, recorded
for the backward pass and run, some forty times a step. ``torch.compile`` traces the Python code once, writes
one C++ or GPU program for all of it, and then runs that.

Two calls of the usual step would cut the program into pieces. ``loss.backward()`` runs in autograd, outside
of what is compiled: so the gradient is computed as a function, and ``grad_and_value`` turns the function from
weights to loss into one from weights to gradients and loss. ``optimizer.step()`` breaks the graph before and
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

from torch_mlp.faster.step import Step

# Each new batch size, dtype, device or learning rate needs another program. PyTorch keeps 8 by default.
MAX_PROGRAMS = 64
COMPILERS = {
    "cpu": "a C++ compiler such as g++",
    "cuda": "Triton, a C compiler such as gcc, and Python's header files (Python.h)",
}


def compiled_step(
    step: Step, model: torch.nn.Module, criterion: torch.nn.Module, optimizer: torch.optim.SGD
) -> Step:
    """Return a function that trains with one batch and returns its loss, as one compiled program.

    Args:
        step: The same step, not compiled. With momentum it takes the first step, in which SGD creates its
            velocities; no later step does that.
        model: The network.
        criterion: The loss.
        optimizer: Holds the model's parameters, in one group.
    """
    trained = {name: param for name, param in model.named_parameters() if param.requires_grad}
    if not trained:
        return step  # nothing is trainable: autograd raises the error
    weights = {name: param.detach() for name, param in trained.items()}
    (group,) = optimizer.param_groups
    names = ("lr", "momentum", "dampening", "weight_decay", "nesterov", "maximize")
    hyperparameters = {name: group[name] for name in names}

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
        sgd(list(weights.values()), list(grads.values()), velocities, **hyperparameters)
        return loss

    program = compiled(whole_step)

    def run(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Train with one batch."""
        velocities = [optimizer.state.get(param, {}).get("momentum_buffer") for param in trained.values()]
        if hyperparameters["momentum"] and any(velocity is None for velocity in velocities):
            return step(x, y)
        return program(weights, velocities, x, y)

    return run


def compiled(function: Callable[..., torch.Tensor]) -> Callable[..., torch.Tensor]:
    """Return a function as one program for each size of its tensors, or raise where it can't be one."""
    torch.compiler.config.recompile_limit = max(MAX_PROGRAMS, torch.compiler.config.recompile_limit)
    # PyTorch advises to let float32 products round to 10 bits, on GPUs that can
    warnings.filterwarnings("ignore", message="TensorFloat32 tensor cores for float32 matrix multiplication")
    return torch.compile(
        function,
        fullgraph=True,
        # the last batch may be smaller: a program for each size, not a slower one for any size
        dynamic=False,
        # One of its patterns replaces W.add_(a @ b, alpha=-0.1) by W + a @ b: found in PyTorch 2.13 by
        # `python -m compare.run --mode compile`, in the first weight after the first step.
        options={"pattern_matcher": False, **exact_division()},
    )


def exact_division() -> dict[str, bool]:
    """Return the option by which Triton divides as eager CUDA does, rounded once, and not within 2 ulp."""
    import torch._inductor.config  # a second, which only this mode needs

    known = hasattr(torch._inductor.config, "eager_numerics")
    return {"eager_numerics.division_rounding": True} if known else {}


@cache
def check_compiler(device: torch.device) -> None:
    """Compile one addition on this device, once; an error says what ``torch.compile`` lacks.

    Raises:
        ValueError: nothing can be compiled.
    """
    try:
        compiled(lambda x: x + 1)(torch.zeros(1, device=device))
    except RuntimeError as error:
        raise ValueError(
            f"--mode compile needs {COMPILERS[device.type]}: {cause_of(error)}; use --mode eager"
        ) from None


def cause_of(error: RuntimeError) -> str:
    """Return what went wrong in one line; of an error in a subprocess that is the traceback's last line."""
    lines = [line for line in str(getattr(error, "inner_exception", error)).splitlines() if line.strip()]
    return lines[-1].strip() if "subprocess" in lines[0] else lines[0]
