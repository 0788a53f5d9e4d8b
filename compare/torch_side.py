"""Run a scenario with PyTorch, on a device, and record every array on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from torch import nn

from compare.scenario import Scenario, TrainingSettings
from compare.trace import Trace, step_suffix
from numpy_mlp.shared.history import History
from torch_mlp.faster import training as faster
from torch_mlp.faster.workers import Workers
from torch_mlp.mlp import MLP
from torch_mlp.weights import to_numpy, to_torch

CPU = torch.device("cpu")


@contextmanager
def matmul_precision(precision: str) -> Iterator[None]:
    """Let CUDA multiply float32 matrices as such ("ieee"), or with "tf32" inputs, of 10 bits; put it back."""
    before = torch.backends.cuda.matmul.fp32_precision
    torch.backends.cuda.matmul.fp32_precision = precision
    try:
        yield
    finally:
        torch.backends.cuda.matmul.fp32_precision = before


def build(
    sizes: tuple[int, ...], weights: dict[str, np.ndarray], device: torch.device = CPU,
    frozen: frozenset[str] = frozenset(),
) -> MLP:  # fmt: skip
    """Return a network with copies of these weights, in their dtype, some of them frozen."""
    with torch.random.fork_rng(devices=[]):
        model = MLP(*sizes)
    copies = to_torch(weights)
    model.to(copies["fc1.weight"].dtype).load_state_dict(copies)
    for name, param in model.named_parameters():
        param.requires_grad_(name not in frozen)
    return model.to(device)


def fresh_model(sizes: tuple[int, ...], seed: int) -> MLP:
    """Return a network as PyTorch draws it after ``torch.manual_seed(seed)``; the generator is put back."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return MLP(*sizes)


def fresh_weights(sizes: tuple[int, ...], seed: int) -> dict[str, np.ndarray]:
    """Return that network's weights by name."""
    return to_numpy(fresh_model(sizes, seed).state_dict())


def trainer(
    scenario: Scenario, settings: TrainingSettings, device: torch.device = CPU,
    workers: Workers | None = None, mode: str = "eager", **sgd: Any,
) -> Callable[[int], History]:  # fmt: skip
    """Return a function that trains a network on, for so many epochs; ``sgd``: arguments besides lr."""
    model = build(scenario.sizes, scenario.weights, device, scenario.frozen)
    optimizer = torch.optim.SGD(model.parameters(), **{"lr": settings.lr, **sgd})
    x, y = torch.tensor(scenario.x, device=device), torch.tensor(scenario.y, device=device)
    return lambda epochs: faster.train(
        model, optimizer, x, y, epochs=epochs, batch_size=settings.batch_size, seed=settings.seed,
        snapshot_every=settings.snapshot_every, mode=mode, workers=workers,
    )  # fmt: skip


def train(scenario: Scenario, settings: TrainingSettings, *args: Any, **options: Any) -> History:
    """Train a network from the scenario's weights, all epochs in one go; see ``trainer``."""
    return trainer(scenario, settings, *args, **options)(settings.epochs)


def run(scenario: Scenario, device: torch.device = CPU, model: MLP | None = None) -> Trace:
    """Return the trace of a scenario: outputs through forward hooks, gradients as autograd retains them.

    ``model``: a network with the scenario's weights and layer names, if it is not the usual one.
    """
    model = model or build(scenario.sizes, scenario.weights, device, scenario.frozen)
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
            trace[name + step_suffix(step)] = to_array(output)
        optimizer.zero_grad()
        for backward_pass in range(1, scenario.backward_passes + 1):
            torch.autograd.backward(outputs["loss"], retain_graph=True)
            suffix = step_suffix(step, backward_pass)
            for name, layer in reversed(list(model.named_children())):
                trace[f"dL/d{name}{suffix}"] = to_array(outputs[name].grad)
                # autograd would add a second pass to what it retained of the first
                outputs[name].grad = None
                for kind, param in layer.named_parameters():
                    if param.grad is not None:
                        trace[f"dL/d{name}.{kind}{suffix}"] = to_array(param.grad)
        optimizer.step()
        for name, param in model.named_parameters():
            trace[f"{name} after step {step}"] = to_array(param)
    return trace


def to_array(tensor: torch.Tensor | None) -> np.ndarray:
    """Copy a tensor, from whichever device, to an array."""
    assert tensor is not None
    return np.array(tensor.detach().cpu().numpy())
