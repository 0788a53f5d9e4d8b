"""Run a scenario with the network by hand, and write down every array on the way."""

from collections.abc import Callable
from contextlib import ExitStack
from types import ModuleType
from typing import Any
from unittest.mock import patch

import numpy as np

import numpy_mlp
from compare.scenario import Scenario
from compare.trace import Trace, moment


def build(
    sizes: tuple[int, ...], weights: dict[str, np.ndarray], package: ModuleType = numpy_mlp
) -> numpy_mlp.MLP:
    """Return a network with copies of these weights, in their dtype.

    ``package`` is numpy_mlp, or any package with the same names.
    """
    model: numpy_mlp.MLP = package.MLP(*sizes, seed=0, dtype=weights["fc1.weight"].dtype.type)
    model.load_state_dict(weights)
    return model


def run(scenario: Scenario, package: ModuleType = numpy_mlp) -> Trace:
    """Return the trace of a scenario.

    An error in the network ends the trace, which keeps what came before it and the error's text.
    """
    trace = Trace()
    try:
        fill(trace, scenario, package)
    except Exception as error:
        trace.failure = f"{type(error).__name__}: {error}"
    return trace


def fill(trace: Trace, scenario: Scenario, package: ModuleType) -> None:
    """Run a scenario, and add its arrays to a trace as they come.

    The model runs as it is: ``model(x)`` and ``model.backward(...)``. Its layers are listened to from
    outside, each ``forward`` and ``backward`` wrapped for the duration of a step.
    """
    model = build(scenario.sizes, scenario.weights, package)
    for name, param in model.named_parameters():
        param.requires_grad = name not in scenario.frozen
    criterion = package.CrossEntropyLoss(reduction=scenario.reduction)
    optimizer = package.SGD(model.parameters(), **scenario.sgd)
    for step, index in enumerate(scenario.steps, start=1):
        # copies: a layer that changes its input must not change the scenario
        x, y = np.array(scenario.x[index]), np.array(scenario.y[index])
        with ExitStack() as listening:
            for name, layer in model.named_children():
                heard = listen_forward(layer.forward, trace, name + moment(step))
                listening.enter_context(patch.object(layer, "forward", heard))
            logits = model(x)
        trace["loss" + moment(step)] = np.array(criterion(logits, y))
        optimizer.zero_grad()
        for backward_pass in range(1, scenario.backward_passes + 1):
            when = moment(step, backward_pass)
            with ExitStack() as listening:
                for name, layer in model.named_children():
                    heard = listen_backward(layer, trace, name, when)
                    listening.enter_context(patch.object(layer, "backward", heard))
                model.backward(criterion.backward())
        optimizer.step()
        for name, param in model.named_parameters():
            trace[f"{name} after step {step}"] = np.array(param.data)


def listen_forward(
    forward: Callable[[np.ndarray], np.ndarray], trace: Trace, name: str
) -> Callable[[np.ndarray], np.ndarray]:
    """Wrap a layer's ``forward`` so that its output is written down."""

    def heard(x: np.ndarray) -> np.ndarray:
        """Call the layer's own, and keep a copy of what it returns."""
        output = forward(x)
        trace[name] = np.array(output)
        return output

    return heard


def listen_backward(layer: Any, trace: Trace, name: str, when: str) -> Callable[..., Any]:
    """Wrap a layer's ``backward``: write down what it is given, then the gradients of its parameters."""
    backward = layer.backward

    def heard(grad_output: np.ndarray, **options: bool) -> Any:
        """Keep a copy of the gradient, call the layer's own, and keep copies of what it accumulated."""
        trace[f"dL/d{name}{when}"] = np.array(grad_output)
        try:
            return backward(grad_output, **options)
        finally:
            # also when it fails half-way: what it had finished by then is not the culprit
            for kind in ("weight", "bias"):
                param = getattr(layer, kind, None)
                if param is not None and param.grad is not None:
                    trace[f"dL/d{name}.{kind}{when}"] = np.array(param.grad)

    return heard
