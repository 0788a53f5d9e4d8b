"""How far rounding alone may push two correct implementations apart, array by array.

The network once more, a third time, on pairs of a float64 value and its E (``compare.rounding``). A run of it
gives value and E of every array of a scenario's trace. Two implementations agree where |a - b| <= 2 E.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from compare.rounding import Approx, Rounding
from compare.scenario import Scenario
from compare.trace import step_suffix

Weights = Mapping[str, Approx]


def forward(rules: Rounding, x: Approx, weights: Weights) -> dict[str, Approx]:
    """Return the output of every layer, named as in a trace."""
    layers = len(weights) // 2
    outputs: dict[str, Approx] = {}
    for i in range(1, layers + 1):
        # a bias (..., out) is the same for each of the samples (..., N, out)
        bias = weights[f"fc{i}.bias"][..., None, :]
        x = outputs[f"fc{i}"] = rules.matmul(x, weights[f"fc{i}.weight"].T, plus=bias)
        if i < layers:
            x = outputs["relu" if layers == 2 else f"relu{i}"] = rules.relu(x)
    return outputs


def loss(rules: Rounding, log_p: Approx, labels: np.ndarray, reduction: str = "mean") -> Approx:
    """Return -1/N Σ_n log p[n, y[n]], a sum of N terms and a division; labels (..., N)."""
    n = labels.shape[-1]
    at_label = np.broadcast_to(labels, log_p.value.shape[:-1])[..., None]
    value, error = (np.take_along_axis(part, at_label, axis=-1) for part in (log_p.value, log_p.error))
    picked = Approx(value, error)
    total = rules.total(picked)[..., 0]
    if reduction == "sum":
        return Approx(-total.value, total.error)
    # the mean may divide each term or the sum: one more rounding, and one for 1/N itself
    rounded = rules.gamma(2) * picked.magnitude.sum(axis=(-1, -2)) / n
    return Approx(-total.value / n, total.error / n + rounded)


def loss_backward(rules: Rounding, log_p: Approx, labels: np.ndarray, reduction: str = "mean") -> Approx:
    """Return dL/dz = (p - onehot) / N: E_p, then the difference, 1/N, and the product with it."""
    p = rules.softmax(log_p)
    onehot = (labels[..., None] == np.arange(p.value.shape[-1])).astype(np.float64)
    n = labels.shape[-1] if reduction == "mean" else 1
    error = (p.error + rules.gamma(3) * (p.magnitude + onehot)) / n
    return Approx((p.value - onehot) / n, error + rules.tiny)


def backward(
    rules: Rounding, x: Approx, outputs: Mapping[str, Approx], grad: Approx, weights: Weights
) -> Iterator[tuple[str, Approx]]:
    """Yield dL/d of every output and parameter, from the last layer to the first: ("fc2", ...), ....

    ``x`` is what went into the first layer, ``outputs`` what ``forward`` returned, ``grad`` is dL/dlogits.
    """
    names = list(outputs)
    for i, name in reversed(list(enumerate(names))):
        yield name, grad
        layer_input = outputs[names[i - 1]] if i else x
        if name.startswith("relu"):
            grad = rules.relu_backward(grad, layer_input)
            continue
        yield f"{name}.weight", rules.matmul(grad.T, layer_input)
        yield f"{name}.bias", rules.total(grad)
        if i:
            grad = rules.matmul(grad, weights[f"{name}.weight"])


def run(scenario: Scenario, *, ties: bool = True) -> dict[str, Approx]:
    """Return value and E of every array of a scenario's trace, in the order of computation.

    Without ``ties`` E is rounding alone: no mask may fall on either side.
    """
    rules = Rounding.of(scenario.dtype, ties=ties)
    weights = {name: rules.exact(data) for name, data in scenario.weights.items()}
    velocities: dict[str, Approx] = {}
    trace: dict[str, Approx] = {}
    for step, index in enumerate(scenario.steps, start=1):
        x, y = rules.exact(scenario.x[index]), scenario.y[index]
        outputs = forward(rules, x, weights)
        trace |= {name + step_suffix(step): output for name, output in outputs.items()}
        log_p = rules.log_softmax(outputs[f"fc{len(weights) // 2}"])
        trace["loss" + step_suffix(step)] = loss(rules, log_p, y, scenario.reduction)
        grads: dict[str, Approx] = {}
        for backward_pass in range(1, scenario.backward_passes + 1):
            grad_logits = loss_backward(rules, log_p, y, scenario.reduction)
            for name, grad in backward(rules, x, outputs, grad_logits, weights):
                if name in scenario.frozen:
                    continue
                if name in weights:  # a parameter's gradients add up
                    grads[name] = rules.scaled_sum(grads[name], 1, grad) if name in grads else grad
                trace[f"dL/d{name}{step_suffix(step, backward_pass)}"] = grads.get(name, grad)
        for name, grad in grads.items():
            weights[name] = update(rules, scenario.sgd, name, weights[name], grad, velocities)
        trace |= {f"{name} after step {step}": weight for name, weight in weights.items()}
    return trace


def update(
    rules: Rounding, sgd: Mapping[str, Any], name: str, weight: Approx, grad: Approx,
    velocities: dict[str, Approx],
) -> Approx:  # fmt: skip
    """Return a parameter after one SGD step; each operation of ``numpy_mlp.sgd`` is one ``scaled_sum``."""
    if sgd.get("maximize"):
        grad = Approx(-grad.value, grad.error)
    if decay := sgd.get("weight_decay"):
        grad = rules.scaled_sum(grad, decay, weight)
    if momentum := sgd.get("momentum"):
        if name in velocities:
            kept = rules.scaled_sum(rules.exact(np.zeros_like(grad.value)), momentum, velocities[name])
            velocities[name] = rules.scaled_sum(kept, 1 - sgd.get("dampening", 0), grad)
        else:
            velocities[name] = grad
        velocity = velocities[name]
        grad = rules.scaled_sum(grad, momentum, velocity) if sgd.get("nesterov") else velocity
    return rules.scaled_sum(weight, -sgd["lr"], grad)


def average(scenario: Scenario, shards: Sequence[slice]) -> dict[str, Approx]:
    """Return value and E of the weighted mean of the gradients of the shards; an empty one has none."""
    held = [shard for shard in shards if len(scenario.y[shard])]
    runs = [run(replace(scenario, x=scenario.x[shard], y=scenario.y[shard])) for shard in held]
    rules, sizes = Rounding.of(scenario.dtype), [len(scenario.y[shard]) for shard in held]
    names = [name for name in runs[0] if name.removeprefix("dL/d") in scenario.weights]
    return {name: rules.weighted_mean([one[name] for one in runs], sizes) for name in names}
