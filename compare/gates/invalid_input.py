"""Gate 6, too: wrong input. PyTorch refuses it, and a network that accepts it hides its user's mistake."""

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import torch
from torch import nn

import numpy_mlp
from compare.checks import CheckContext
from compare.gate import Gate, gate
from compare.trace import Trace
from torch_mlp.mlp import MLP

Attempt = Callable[[], object]


def outcome(attempt: Attempt, *, words: bool = False) -> str:
    """Return "accepted"; for an attempt that raises an error, "refused" or the words of the error."""
    try:
        attempt()
    except Exception as error:
        return str(error) if words else "refused"
    return "accepted"


def invalid_input_gate(dtype: str) -> Gate:
    """Return the gate of wrong input: what PyTorch refuses must be refused; our SGD uses its words."""
    reference = {name: outcome(theirs) for name, (_, theirs) in both_refuse(numpy_mlp, dtype).items()}
    reference |= optimisers(torch.optim.SGD, list(MLP(2, 2).parameters()))
    reference["shape without a seed"] = str(tuple(nn.Linear(4, 5)(torch.ones(2, 4)).shape))
    reference["dL/dx that isn't needed"] = "None"
    # what PyTorch lets pass, or answers with NaN, and a hand-written network need not
    reference |= {f"{name} is refused": "refused" for name in numpy_refuses(numpy_mlp, dtype)}

    def record(trace: Trace, package: ModuleType) -> None:
        own = package.__name__ == numpy_mlp.__name__
        trace.update({name: outcome(ours) for name, (ours, _) in both_refuse(package, dtype).items()})
        for name, found in optimisers(package.SGD, list(package.MLP(2, 2).parameters())).items():
            # another package may refuse in other words
            trace[name] = found if own or "accepted" in (found, reference[name]) else reference[name]
        linear = package.Linear(4, 5, dtype=np.dtype(dtype).type)  # with fresh entropy: rng is optional
        y = linear(np.ones((2, 4), dtype))
        trace["shape without a seed"] = str(y.shape)
        # and it need not have the option
        trace["dL/dx that isn't needed"] = str(linear.backward(y, needs_input_grad=False)) if own else "None"
        for name, attempt in numpy_refuses(package, dtype).items():
            trace[f"{name} is refused"] = outcome(attempt)

    return gate(CheckContext("invalid input", "referees", dtype), record, Trace(reference))


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


def optimisers(sgd: Callable[..., object], params: list[Any]) -> dict[str, str]:
    """Return "accepted" or the words of the error for each of ``OPTIMISERS``."""
    return {
        f"SGD with {name}": outcome(partial(sgd, params[:count], **arguments), words=True)
        for name, (count, arguments) in OPTIMISERS.items()
    }


def both_refuse(package: ModuleType, dtype: str) -> dict[str, tuple[Attempt, Attempt]]:
    """Return attempts that both libraries refuse, NumPy's and PyTorch's."""
    model = package.MLP(4, 5, 3, seed=0, dtype=np.dtype(dtype).type)
    twin = MLP(4, 5, 3).to(getattr(torch, dtype))
    criterion, loss, fc1 = package.CrossEntropyLoss(), nn.CrossEntropyLoss(), model.fc1
    other = "float64" if dtype == "float32" else "float32"
    x, wide = np.ones((6, 4), dtype), np.ones((6, 5), dtype)
    logits, y = np.zeros((6, 3), dtype), np.zeros(6, np.int64)

    def pair(logits: np.ndarray, labels: np.ndarray) -> tuple[Attempt, Attempt]:
        return lambda: criterion(logits, labels), lambda: loss(torch.tensor(logits), torch.tensor(labels))

    def no_grad(forward: Attempt, backward: Attempt) -> tuple[Attempt, Attempt]:
        def ours() -> None:
            with package.no_grad():
                forward()
            backward()

        def theirs() -> None:
            with torch.no_grad():
                result = loss(twin(torch.tensor(x)), torch.tensor(y))
            torch.autograd.backward(result)

        return ours, theirs

    def load(state: dict[str, np.ndarray]) -> tuple[Attempt, Attempt]:
        tensors = {name: torch.tensor(data) for name, data in state.items()}
        return lambda: model.load_state_dict(state), lambda: twin.load_state_dict(tensors)

    weights = model.state_dict()
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
            lambda: nn.CrossEntropyLoss(reduction="average")(torch.zeros(2, 2), torch.zeros(2).long()),
        ),
        "backward() after no_grad()": no_grad(lambda: criterion(model(x), y), lambda: model.backward(logits)),
        "the loss's backward() after no_grad()": no_grad(lambda: criterion(logits, y), criterion.backward),
        "ReLU's backward() after no_grad()": no_grad(lambda: model.relu(x), lambda: model.relu.backward(x)),
        "a weight too few": load({name: data for name, data in weights.items() if name != "fc1.bias"}),
        "a weight too many": load({**weights, "fc3.bias": np.zeros(3, dtype)}),
        "a weight of another shape": load({**weights, "fc1.weight": np.zeros((4, 5), dtype)}),
        "a bias that would broadcast": load({**weights, "fc1.bias": np.zeros(1, dtype)}),
        "the right thing: one sample": pair(logits[:1], y[:1]),
        "the right thing: fewer samples than classes": pair(logits[:2], np.array([0, 2])),
        "Linear's backward() after no_grad()": no_grad(lambda: fc1(x), lambda: fc1.backward(wide)),
        "the right thing: from 1 to 1": (lambda: package.Linear(1, 1), lambda: nn.Linear(1, 1)),
        "the right thing: no hidden layer": (lambda: package.MLP(4, 3), lambda: MLP(4, 3)),
        "the right thing: labels 0 to 2": pair(logits, np.arange(6) % 3),
        "the right thing: all weights": load(weights),
    }  # fmt: skip


def numpy_refuses(package: ModuleType, dtype: str) -> dict[str, Attempt]:
    """Return attempts that NumPy's network refuses by itself."""
    fresh, loss = package.MLP(4, 5, 3, seed=0, dtype=np.dtype(dtype).type), package.CrossEntropyLoss
    x = np.ones((6, 4), dtype)
    return {
        "backward() of a Linear before forward()": lambda: fresh.fc1.backward(x),
        "backward() of a ReLU before forward()": lambda: fresh.relu.backward(x),
        "backward() of the loss before forward()": lambda: loss().backward(),
        "a sample without a batch": lambda: fresh(x[0]),
        "an empty batch": lambda: loss()(np.zeros((0, 3), dtype), np.zeros(0, np.int64)),
        "a Linear of 0 inputs": lambda: package.Linear(0, 3),
        "a Linear of 0 outputs": lambda: package.Linear(3, 0),
        "a Linear of whole numbers": lambda: package.Linear(3, 3, dtype=np.int64),
        "a network of one size": lambda: package.MLP(4),
        "a seed beyond 32 bits": lambda: package.MLP(4, 3, seed=2**32),
    }
