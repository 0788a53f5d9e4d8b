"""Run a scenario with PyTorch, on a device, and write down every array on the way."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import nn

import torch_mlp
from compare.scenario import Scenario
from compare.trace import Trace, moment
from compare.trajectory import Course
from numpy_mlp.history import History
from torch_mlp.mlp import MLP
from torch_mlp.weights import to_numpy, to_torch
from torch_mlp.workers import Workers


@contextmanager
def matmul_precision(precision: str) -> Iterator[None]:
    """Let CUDA multiply float32 matrices exactly as float32 ("ieee"), or with "tf32" inputs; put it back.

    TF32 keeps 10 bits of each factor where float32 has 23. That is an error of 1e-3, not a rounding.
    """
    before = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = precision
    try:
        yield
    finally:
        torch.backends.cuda.matmul.fp32_precision = before


def build(sizes: tuple[int, ...], weights: dict[str, np.ndarray], device: torch.device) -> MLP:
    """Return a network with copies of these weights, in their dtype."""
    with torch.random.fork_rng(devices=[]):
        model = MLP(*sizes)
    copies = to_torch(weights)
    model.to(copies["fc1.weight"].dtype).load_state_dict(copies)
    return model.to(device)


def drawn(sizes: tuple[int, ...], seed: int) -> MLP:
    """Return a network as PyTorch draws it after ``torch.manual_seed(seed)``; the generator is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(*sizes)


def weights_of(model: MLP) -> dict[str, np.ndarray]:
    """Return copies of a network's weights by name."""
    return to_numpy(model.state_dict())


def train(
    scenario: Scenario,
    device: torch.device,
    course: Course,
    workers: Workers | None = None,
    mode: str = "eager",
) -> History:
    """Train a network from the scenario's weights; as one of several workers, if it is one."""
    model = build(scenario.sizes, scenario.weights, device)
    optimizer = torch.optim.SGD(model.parameters(), lr=course.lr)
    x, y = torch.tensor(scenario.x, device=device), torch.tensor(scenario.y, device=device)
    history: History = torch_mlp.train(
        model, optimizer, x, y, epochs=course.epochs,
        batch_size=course.batch_size, snapshot_every=course.snapshot_every, mode=mode, workers=workers,
    )  # fmt: skip
    return history


def run(scenario: Scenario, device: torch.device) -> Trace:
    """Return the trace of a scenario: outputs through forward hooks, gradients as autograd retains them."""
    model = build(scenario.sizes, scenario.weights, device)
    for name, param in model.named_parameters():
        param.requires_grad_(name not in scenario.frozen)
    criterion = nn.CrossEntropyLoss(reduction=scenario.reduction)
    optimizer = torch.optim.SGD(model.parameters(), **scenario.sgd)
    outputs: dict[str, torch.Tensor] = {}
    for name, layer in model.named_children():
        layer.register_forward_hook(lambda _layer, _x, output, name=name: outputs.update({name: output}))
    trace = Trace()
    for step, index in enumerate(scenario.steps, start=1):
        x, y = torch.tensor(scenario.x[index], device=device), torch.tensor(scenario.y[index], device=device)
        outputs["loss"] = criterion(model(x), y)
        for name, output in outputs.items():
            output.retain_grad()
            trace[name + moment(step)] = to_array(output)
        optimizer.zero_grad()
        for backward_pass in range(1, scenario.backward_passes + 1):
            torch.autograd.backward(outputs["loss"], retain_graph=True)
            when = moment(step, backward_pass)
            for name, layer in reversed(list(model.named_children())):
                trace[f"dL/d{name}{when}"] = to_array(outputs[name].grad)
                # autograd would add a second pass to what it retained of the first
                outputs[name].grad = None
                for kind, param in layer.named_parameters():
                    if param.grad is not None:
                        trace[f"dL/d{name}.{kind}{when}"] = to_array(param.grad)
        optimizer.step()
        for name, param in model.named_parameters():
            trace[f"{name} after step {step}"] = to_array(param)
    return trace


def to_array(tensor: torch.Tensor | None) -> np.ndarray:
    """Copy a tensor, from whichever device, to an array."""
    assert tensor is not None
    return np.array(tensor.detach().cpu().numpy())
