"""What both libraries refuse: wrong input is an answer too, and a network that accepts it hides a mistake."""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

from compare.checks import Check, Place
from torch_mlp.mlp import MLP

Attempt = Callable[[], object]


def outcome(attempt: Attempt) -> str:
    """Return "refused" if an attempt raises an error, else "accepted"."""
    try:
        attempt()
    except Exception:
        return "refused"
    return "accepted"


def message(attempt: Attempt) -> str:
    """Return the words in which an attempt is refused, or "accepted"."""
    try:
        attempt()
    except Exception as error:
        return str(error)
    return "accepted"


def refusal_checks(package: ModuleType, place: Place) -> list[Check]:
    """Try what is wrong in both libraries: both must refuse it, the optimiser in the same words."""
    checks = [
        place.fact(name, outcome(ours), outcome(theirs))
        for name, (ours, theirs) in wrong_uses(package, place.dtype).items()
    ]
    for name, (parameters, arguments) in OPTIMISERS.items():
        params = list(package.MLP(2, 2).parameters())[:parameters]
        tensors = list(MLP(2, 2).parameters())[:parameters]
        words = message(partial(package.SGD, params, **arguments))
        twin = message(partial(torch.optim.SGD, tensors, **arguments))
        checks.append(place.fact(f"SGD with {name}", words, twin))
    first = package.Linear(4, 5, dtype=np.dtype(place.dtype).type)  # with fresh entropy: rng is optional
    y = first(np.ones((2, 4), place.dtype))
    checks.append(place.fact("shape without a seed", y.shape, tuple(nn.Linear(4, 5)(torch.ones(2, 4)).shape)))
    checks.append(place.fact("dL/dx that nobody needs", first.backward(y, needs_input_grad=False), None))
    # what PyTorch lets pass, or answers with NaN, and a hand-written network need not
    for name, attempt in wrong_here(package, place.dtype).items():
        checks.append(place.fact(f"{name} is refused", outcome(attempt), "refused"))
    return checks


# how many parameters an optimiser gets, and its arguments; the last two are right
OPTIMISERS: dict[str, tuple[int, dict[str, Any]]] = {
    "no parameters": (0, {"lr": 0.1}),
    "a negative lr": (2, {"lr": -1.0}),
    "a negative momentum": (2, {"lr": 0.1, "momentum": -0.5}),
    "a negative weight decay": (2, {"lr": 0.1, "weight_decay": -0.5}),
    "nesterov alone": (2, {"lr": 0.1, "nesterov": True}),
    "nesterov and dampening": (2, {"lr": 0.1, "nesterov": True, "momentum": 0.9, "dampening": 0.1}),
    "all at 0": (2, {"lr": 0.0, "momentum": 0.0, "weight_decay": 0.0}),
    "nesterov and momentum": (2, {"lr": 0.1, "nesterov": True, "momentum": 0.9}),
}


def wrong_uses(package: ModuleType, dtype: str) -> dict[str, tuple[Attempt, Attempt]]:
    """Return attempts that both libraries refuse, NumPy's and PyTorch's."""
    model = package.MLP(4, 5, 3, seed=0, dtype=np.dtype(dtype).type)
    twin = MLP(4, 5, 3).to(getattr(torch, dtype))
    criterion, loss = package.CrossEntropyLoss(), nn.CrossEntropyLoss()
    other = "float64" if dtype == "float32" else "float32"
    x, wide = np.ones((6, 4), dtype), np.ones((6, 5), dtype)
    logits = np.zeros((6, 3), dtype)
    y = np.zeros(6, np.int64)

    def pair(logits: np.ndarray, labels: np.ndarray) -> tuple[Attempt, Attempt]:
        """Return both losses of a batch."""
        return (
            lambda: criterion(logits, labels),
            lambda: loss(torch.tensor(logits), torch.tensor(labels)),
        )

    def backward_without_forward() -> None:
        """Go back through NumPy's network under no_grad."""
        with package.no_grad():
            criterion(model(x), y)
        model.backward(logits)

    def torch_backward_without_forward() -> None:
        """Go back through PyTorch's network under no_grad."""
        with torch.no_grad():
            result = loss(twin(torch.tensor(x)), torch.tensor(y))
        torch.autograd.backward(result)

    def loss_without_forward() -> None:
        """Take the loss's gradient under no_grad."""
        with package.no_grad():
            criterion(logits, y)
        criterion.backward()

    def linear_without_forward() -> None:
        """Go back through a Linear under no_grad."""
        with package.no_grad():
            output = model.fc1(x)
        model.fc1.backward(output)

    def relu_without_forward() -> None:
        """Go back through a ReLU under no_grad."""
        with package.no_grad():
            model.relu(x)
        model.relu.backward(x)

    weights = model.state_dict()
    without = {name: data for name, data in weights.items() if name != "fc1.bias"}
    more = {**weights, "fc3.bias": np.zeros(3, dtype)}
    twisted = {**weights, "fc1.weight": np.zeros((4, 5), dtype)}

    def load(state: dict[str, np.ndarray]) -> tuple[Attempt, Attempt]:
        """Return both loads of weights."""
        tensors = {name: torch.tensor(data) for name, data in state.items()}
        return lambda: model.load_state_dict(state), lambda: twin.load_state_dict(tensors)

    return {
        f"{other} input": (lambda: model(x.astype(other)), lambda: twin(torch.tensor(x.astype(other)))),
        "input of another width": (lambda: model(wide), lambda: twin(torch.tensor(wide))),
        "negative labels": pair(logits, y - 1),
        "one negative label": pair(logits, np.array([0, 1, 2, -1, 0, 1])),
        "a label too large": pair(logits, y + 3),
        "labels that are no whole numbers": pair(logits, np.zeros(6, dtype)),
        "fewer labels than samples": pair(logits, y[:5]),
        "another reduction": (
            lambda: package.CrossEntropyLoss("average"),
            lambda: nn.CrossEntropyLoss(reduction="average")(torch.zeros(2, 2), torch.tensor([0, 1])),
        ),
        "backward() after no_grad()": (backward_without_forward, torch_backward_without_forward),
        "the loss's backward() after no_grad()": (loss_without_forward, torch_backward_without_forward),
        "ReLU's backward() after no_grad()": (relu_without_forward, torch_backward_without_forward),
        "a weight too few": load(without),
        "a weight too many": load(more),
        "a weight of another shape": load(twisted),
        "a bias that would broadcast": load({**weights, "fc1.bias": np.zeros(1, dtype)}),
        "the right thing: one sample": pair(logits[:1], y[:1]),
        "the right thing: fewer samples than classes": pair(logits[:2], np.array([0, 2])),
        "Linear's backward() after no_grad()": (linear_without_forward, torch_backward_without_forward),
        "the right thing: from 1 to 1": (lambda: package.Linear(1, 1), lambda: nn.Linear(1, 1)),
        "the right thing: no hidden layer": (lambda: package.MLP(4, 3), lambda: MLP(4, 3)),
        "the right thing: labels 0 to 2": pair(logits, np.arange(6) % 3),
        "the right thing: all weights": load(weights),
    }  # fmt: skip


def wrong_here(package: ModuleType, dtype: str) -> dict[str, Attempt]:
    """Return attempts that NumPy's network refuses by itself."""
    of_dtype = np.dtype(dtype).type
    fresh = package.MLP(4, 5, 3, seed=0, dtype=of_dtype)
    x = np.ones((6, 4), dtype)
    return {
        "backward() of a Linear before forward()": lambda: fresh.fc1.backward(x),
        "backward() of a ReLU before forward()": lambda: fresh.relu.backward(x),
        "backward() of the loss before forward()": lambda: package.CrossEntropyLoss().backward(),
        "a sample without a batch": lambda: fresh(x[0]),
        "an empty batch": lambda: package.CrossEntropyLoss()(np.zeros((0, 3), dtype), np.zeros(0, np.int64)),
        "a Linear of 0 inputs": lambda: package.Linear(0, 3),
        "a Linear of 0 outputs": lambda: package.Linear(3, 0),
        "a Linear of whole numbers": lambda: package.Linear(3, 3, dtype=np.int64),
        "a network of one size": lambda: package.MLP(4),
        "a seed beyond 32 bits": lambda: package.MLP(4, 3, seed=2**32),
    }
