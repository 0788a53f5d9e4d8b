"""Run a scenario with a NumPy package, and record every array on the way."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from itertools import cycle
from types import ModuleType
from typing import Any

import numpy as np

import numpy_mlp
from compare.scenario import Scenario, TrainingSettings
from compare.trace import Trace, step_suffix
from numpy_mlp.shared.history import History


def build(
    sizes: tuple[int, ...], weights: dict[str, np.ndarray], package: ModuleType = numpy_mlp
) -> numpy_mlp.MLP:
    """Return a network of a package with numpy_mlp's names: with copies of the weights, in their dtype."""
    model: numpy_mlp.MLP = package.MLP(*sizes, seed=0, dtype=weights["fc1.weight"].dtype.type)
    # copies: a package that keeps what it is given must not change the scenario
    model.load_state_dict({name: data.copy() for name, data in weights.items()})
    return model


def recorded(record: Callable[[Trace], None]) -> Trace:
    """Return a trace that ``record`` fills; an error ends it, and it keeps what came before the error."""
    trace = Trace()
    try:
        record(trace)
    except MemoryError:  # an accident of the machine, and no verdict on the network
        raise
    except (Exception, SystemExit) as error:
        trace.error = error
    return trace


def run(scenario: Scenario, package: ModuleType = numpy_mlp) -> Trace:
    """Return the trace of a scenario."""
    return recorded(lambda trace: fill(trace, scenario, package))


def trainer(
    scenario: Scenario, settings: TrainingSettings, package: ModuleType = numpy_mlp, **sgd: Any
) -> Callable[[int], History]:
    """Return a function that trains a network on, for so many epochs; ``sgd``: arguments besides lr."""
    model = build(scenario.sizes, scenario.weights, package)
    optimizer = package.SGD(model.parameters(), **{"lr": settings.lr, **sgd})
    # copies: a training that changes its samples must not change the scenario
    x, y = np.array(scenario.x), np.array(scenario.y)
    return lambda epochs: package.train(
        model, optimizer, x, y, epochs=epochs, batch_size=settings.batch_size, seed=settings.seed,
        snapshot_every=settings.snapshot_every,
    )  # fmt: skip


def train(scenario: Scenario, settings: TrainingSettings, *args: Any, **options: Any) -> History:
    """Train a network from the scenario's weights, all epochs in one go; see ``trainer``."""
    return trainer(scenario, settings, *args, **options)(settings.epochs)


def fill(trace: Trace, scenario: Scenario, package: ModuleType) -> None:
    """Run a scenario, and add its arrays to a trace as they come.

    The model runs as it is; each layer's ``forward`` and ``backward`` is wrapped for the duration of a step.
    """
    model = build(scenario.sizes, scenario.weights, package)
    for name, param in model.named_parameters():
        param.requires_grad = name not in scenario.frozen
    criterion = package.CrossEntropyLoss(reduction=scenario.reduction)
    optimizer = package.SGD(model.parameters(), **scenario.sgd)
    for step, index in enumerate(scenario.steps, start=1):
        # copies: a layer that changes its input must not change the scenario
        x, y = np.array(scenario.x[index]), np.array(scenario.y[index])
        with wrapped(model, "forward", recorded_forward, trace, step_suffix(step)):
            logits = model(x)
        loss: Any = criterion(logits, y)
        # a Python float has no dtype
        trace["loss" + step_suffix(step)] = np.array(loss, scenario.dtype if type(loss) is float else None)
        optimizer.zero_grad()
        for backward_pass in range(1, scenario.backward_passes + 1):
            with wrapped(model, "backward", recorded_backward, trace, step_suffix(step, backward_pass)):
                model.backward(criterion.backward())
        optimizer.step()
        for name, param in model.named_parameters():
            trace[f"{name} after step {step}"] = np.array(param.data)


@contextmanager
def wrapped(model: Any, method: str, wrap: Callable[..., Any], *args: Any) -> Iterator[None]:
    """Let ``wrap(layer, names, *args)`` stand in for a method of each layer, for the duration of a step.

    ``names`` yields the layer's name at each call: of one that stands in several places, the next in turn.
    """
    layers: dict[int, tuple[Any, list[str]]] = {}
    for name, layer in model.named_children():
        layers.setdefault(id(layer), (layer, []))[1].append(name)
    undo: list[Callable[[], None]] = []
    try:
        for layer, names in layers.values():
            own = vars(layer).get(method)  # as a rule the method is its class's, and the layer has none
            in_turn = cycle(names if method == "forward" else reversed(names))
            setattr(layer, method, wrap(layer, in_turn, *args))
            undo.append(partial(setattr, layer, method, own) if own else partial(delattr, layer, method))
        yield
    finally:
        for restore in reversed(undo):
            restore()


def recorded_forward(layer: Any, names: Iterator[str], trace: Trace, suffix: str) -> Callable[..., Any]:
    """Return a layer's ``forward`` that puts a copy of its output into the trace."""
    forward = layer.forward

    def recording(x: np.ndarray) -> Any:
        output = forward(x)
        trace[next(names) + suffix] = np.array(output)
        return output

    return recording


def recorded_backward(layer: Any, names: Iterator[str], trace: Trace, suffix: str) -> Callable[..., Any]:
    """Return a layer's ``backward`` that records its argument, then the gradients of the parameters."""
    backward = layer.backward

    def recording(grad_output: np.ndarray, **options: bool) -> Any:
        name = next(names)
        trace[f"dL/d{name}{suffix}"] = np.array(grad_output)
        try:
            return backward(grad_output, **options)
        finally:
            # also when it fails half-way: what it had finished by then is not the culprit
            for kind in ("weight", "bias"):
                param = getattr(layer, kind, None)
                if param is not None and param.grad is not None:
                    trace[f"dL/d{name}.{kind}{suffix}"] = np.array(param.grad)

    return recording
