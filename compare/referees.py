"""Two referees besides PyTorch: complex-step differentiation, and scikit-learn's MLPClassifier (gate 6)."""

from dataclasses import replace
from functools import partial
from types import ModuleType

import numpy as np
from sklearn.neural_network import MLPClassifier

import numpy_mlp
from compare import budget, numpy_side, torch_side
from compare.checks import Check, Place
from compare.scenario import Scenario
from compare.trajectory import MANY_TWINS, Course, judged, yardstick
from numpy_mlp.history import History

STEP = 1e-30
SAMPLES = 32
EPOCHS, LEARNING_RATE = 200, 0.1


def complex_step(scenario: Scenario, package: ModuleType = numpy_mlp) -> dict[str, np.ndarray]:
    """Return dL/d(every parameter) without any backward pass.

    L(w + ih) = L(w) + ih L'(w) - h² L''(w)/2 - ..., so Im L(w + ih) / h = L'(w) up to h², which at h = 1e-30
    is nothing. Unlike in (L(w + h) - L(w)) / h no two near numbers are subtracted, so no digit is lost.
    The network's own forward code runs, on complex numbers.

    Source: Squire and Trapp 1998, *Using Complex Variables to Estimate Derivatives of Real Functions*.
    """
    model = numpy_side.build(scenario.sizes, scenario.weights, package)
    criterion = package.CrossEntropyLoss()
    x = scenario.x.astype(np.complex128)
    for param in model.parameters():
        param.data = param.data.astype(np.complex128)
    gradients = {}
    with package.no_grad():
        for name, param in model.named_parameters():
            gradient = np.empty(param.data.shape)
            for index in np.ndindex(param.data.shape):
                real = param.data[index]
                param.data[index] = real + 1j * STEP
                gradient[index] = criterion(model(x), scenario.y).imag / STEP
                param.data[index] = real
            gradients[name] = gradient
    return gradients


def complex_step_error(scenario: Scenario) -> dict[str, np.ndarray]:
    """Return how far rounding may push ``complex_step`` from the derivative, for every parameter.

    It sums, over every path from the parameter to the loss, the product of the slopes on it; each product has
    gone through at most ``roundings`` roundings. So E = γ · Σ |paths|, and Σ |paths| is a backward pass with
    every factor replaced by its magnitude, that starts with (p + onehot) / N.
    """
    rules = budget.Rounding.of(scenario.dtype)
    layers = len(scenario.sizes) - 1
    weights = {name: rules.exact(data) for name, data in scenario.weights.items()}
    x = rules.exact(scenario.x)
    outputs = rules.forward(x, weights, layers)
    log_p = rules.log_softmax(outputs[f"fc{layers}"])
    paths = np.exp(log_p.value)
    paths[np.arange(len(scenario.y)), scenario.y] += 1
    paths /= len(scenario.y)
    # per Linear a complex product (2 products, a sum) for each of K + 1 terms; then exp, log, two sums
    roundings = sum(4 * (size + 1) for size in scenario.sizes) + 4 * budget.ULPS + len(scenario.y) + 8
    # values that carry an error of their own enter each slope: p does, by its relative error
    share = rules.gamma(roundings) + float(np.expm1(log_p.error.max()))
    errors: dict[str, np.ndarray] = {}
    for i in range(layers, 0, -1):
        before = (
            np.abs(outputs["relu" if layers == 2 else f"relu{i - 1}"].value) if i > 1 else np.abs(x.value)
        )
        errors[f"fc{i}.weight"] = share * paths.T @ before
        errors[f"fc{i}.bias"] = share * paths.sum(axis=0)
        paths = (paths @ np.abs(weights[f"fc{i}.weight"].value)) * (before > 0)
    return errors


def referee_gate(scenario: Scenario, seed: int, place: Place, package: ModuleType = numpy_mlp) -> list[Check]:
    """Compare with both referees; complex-step differentiation shows its worth in float64 alone."""
    checks = derivative_checks(scenario, place, package) if place.dtype == "float64" else []
    # For two classes scikit-learn builds another network, with one output. A third class that no sample has
    # makes it build ours.
    sizes = (*scenario.sizes[:-1], max(3, scenario.sizes[-1]))
    weights = torch_side.weights_of(torch_side.drawn(sizes, seed))
    three = replace(scenario, sizes=sizes, weights=weights).astype(place.dtype)
    stick = yardstick(three, Course(EPOCHS, LEARNING_RATE, EPOCHS), package)
    other = scikit_learn_history(three, EPOCHS, LEARNING_RATE)
    again = partial(yardstick, three, Course(EPOCHS, LEARNING_RATE, EPOCHS), package, twins=MANY_TWINS)
    return checks + judged(stick, other, place, "scikit-learn", again)[1]


def derivative_checks(scenario: Scenario, place: Place, package: ModuleType = numpy_mlp) -> list[Check]:
    """Compare the gradients of ``backward`` with complex-step differentiation, in float64."""
    part = slice(0, SAMPLES)
    small = Scenario("derivative", "", scenario.sizes, scenario.weights, scenario.x[part], scenario.y[part])
    backward, allowed = numpy_side.run(small, package), budget.run(small)
    errors, gradients = complex_step_error(small), complex_step(small, package)
    checks = []
    for name, gradient in gradients.items():
        own = backward.get(f"dL/d{name}", np.empty(0))
        error = allowed[f"dL/d{name}"].error + errors[name]
        checks.append(place.arrays(f"dL/d{name} by complex step", own, gradient, error))
    return checks


def classifier_from(scenario: Scenario, lr: float) -> MLPClassifier:
    """Return scikit-learn's MLPClassifier with the scenario's weights: full batches, no momentum, no penalty.

    A first ``partial_fit`` builds its arrays; the weights are then copied into them, in place, because its
    optimiser holds on to these very arrays.
    """
    classifier = MLPClassifier(
        scenario.sizes[1:-1], solver="sgd", alpha=0, batch_size=len(scenario.x), learning_rate_init=lr,
        momentum=0, nesterovs_momentum=False, shuffle=False, random_state=0,
    )  # fmt: skip
    classes = np.arange(scenario.sizes[-1])
    classifier.partial_fit(scenario.x, scenario.y, classes=classes)
    for i, (coefs, intercepts) in enumerate(
        zip(classifier.coefs_, classifier.intercepts_, strict=True), start=1
    ):
        coefs[...] = scenario.weights[f"fc{i}.weight"].T
        intercepts[...] = scenario.weights[f"fc{i}.bias"]
    return classifier


def scikit_learn_history(scenario: Scenario, epochs: int, lr: float) -> History:
    """Train scikit-learn's MLPClassifier from the scenario's weights, one full batch an epoch."""
    classifier = classifier_from(scenario, lr)
    history = History(losses=np.empty(epochs, scenario.dtype))
    history.keep(0, scenario.weights)
    for epoch in range(epochs):
        classifier.partial_fit(scenario.x, scenario.y)
        history.losses[epoch] = classifier.loss_
    layers = zip(classifier.coefs_, classifier.intercepts_, strict=True)
    final: dict[str, np.ndarray] = {}
    for i, (coefs, intercepts) in enumerate(layers, start=1):
        final |= {f"fc{i}.weight": coefs.T, f"fc{i}.bias": intercepts}
    history.keep(epochs, final)
    return history
