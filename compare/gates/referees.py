"""Gate 6: two referees besides PyTorch, complex-step differentiation and scikit-learn's MLPClassifier."""

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import numpy as np
from sklearn.neural_network import MLPClassifier

import numpy_mlp
from compare import budget, numpy_side, torch_side
from compare.checks import Allowed, CheckContext
from compare.gate import Gate, gate
from compare.gates.trajectory import Training
from compare.rounding import ULPS, Rounding
from compare.scenario import Scenario, TrainingSettings
from compare.trace import Trace
from numpy_mlp.shared.history import History

STEP = 1e-30
SAMPLES = 32
TRAINING = TrainingSettings(epochs=200, lr=0.1)


def complex_step(scenario: Scenario) -> dict[str, np.ndarray]:
    """Return dL/d(every parameter) without any backward pass.

    L(w + ih) = L(w) + ih L'(w) - h² L''(w)/2 - ..., so Im L(w + ih) / h = L'(w) up to h², which at h = 1e-30
    is nothing. Unlike in (L(w + h) - L(w)) / h no two near numbers are subtracted, so no digit is lost.
    numpy_mlp's own forward code runs, on complex numbers; another package need not be able to do that.

    Source: Squire and Trapp 1998, *Using Complex Variables to Estimate Derivatives of Real Functions*.
    """
    model = numpy_side.build(scenario.sizes, scenario.weights)
    criterion = numpy_mlp.CrossEntropyLoss()
    x = scenario.x.astype(np.complex128)
    for param in model.parameters():
        param.data = param.data.astype(np.complex128)
    gradients = {}
    with numpy_mlp.no_grad():
        for name, param in model.named_parameters():
            gradient = np.empty(param.shape)
            for index in np.ndindex(param.shape):
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
    rules = Rounding.of(scenario.dtype)
    layers = len(scenario.sizes) - 1
    weights = {name: rules.exact(data) for name, data in scenario.weights.items()}
    x = rules.exact(scenario.x)
    outputs = budget.forward(rules, x, weights)
    log_p = rules.log_softmax(outputs[f"fc{layers}"])
    paths = np.exp(log_p.value)
    paths[np.arange(len(scenario.y)), scenario.y] += 1
    paths /= len(scenario.y)
    # per Linear a complex product (2 products, a sum) for each of K + 1 terms; then exp, log, two sums
    roundings = sum(4 * (size + 1) for size in scenario.sizes) + 4 * ULPS + len(scenario.y) + 8
    # values that carry their own error enter each slope: p does, by its relative error
    relative = rules.gamma(roundings) + float(np.expm1(log_p.error.max()))
    errors: dict[str, np.ndarray] = {}
    for i in range(layers, 0, -1):
        hidden = "relu" if layers == 2 else f"relu{i - 1}"
        before = np.abs((outputs[hidden] if i > 1 else x).value)
        errors[f"fc{i}.weight"] = relative * paths.T @ before
        errors[f"fc{i}.bias"] = relative * paths.sum(axis=0)
        paths = (paths @ np.abs(weights[f"fc{i}.weight"].value)) * (before > 0)
    return errors


def derivative_gate(scenario: Scenario) -> Gate:
    """Return the gate of the gradients of ``backward``, held against complex-step differentiation."""
    small = replace(scenario, name="derivative", x=scenario.x[:SAMPLES], y=scenario.y[:SAMPLES])
    exact, errors, gradients = budget.run(small), complex_step_error(small), complex_step(small)
    entries = {name: f"dL/d{name} by complex step" for name in errors}

    def record(trace: Trace, package: ModuleType) -> None:
        found = numpy_side.run(small, package)
        for name, entry in entries.items():
            if f"dL/d{name}" in found:
                trace[entry] = found[f"dL/d{name}"]
        if found.error:
            raise found.error

    context = CheckContext("training", "referees", scenario.dtype.name, sides=("NumPy", "complex step"))
    reference = Trace({entry: gradients[name] for name, entry in entries.items()})
    budgets = {entry: Allowed(exact[f"dL/d{name}"].error + errors[name]) for name, entry in entries.items()}
    return gate(context, record, reference, budgets)


def scikit_learn_gates(scenario: Scenario, seed: int) -> Iterator[Gate]:
    """Yield the gates of a short training: a package's steps, and scikit-learn's, under the same rules.

    For two classes scikit-learn builds another network, with one output. A third class that no sample has
    makes it build ours.
    """
    sizes = (*scenario.sizes[:-1], max(3, scenario.sizes[-1]))
    weights = torch_side.fresh_weights(sizes, seed)
    three = replace(scenario, sizes=sizes, weights=weights).astype(scenario.dtype.name)
    context = CheckContext("training beside scikit-learn", "referees", scenario.dtype.name)
    training = Training(three, TRAINING)
    yield training.by_package(context)
    yield training.finished(scikit_learn_history(three, TRAINING), context, "scikit-learn")


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
    for name, array in weights_in(classifier).items():
        array[...] = scenario.weights[name]
    return classifier


def weights_in(classifier: MLPClassifier) -> dict[str, np.ndarray]:
    """Return views of the classifier's arrays, by the names and in the shapes of ours."""
    weights: dict[str, np.ndarray] = {}
    for i, layer in enumerate(zip(classifier.coefs_, classifier.intercepts_, strict=True), start=1):
        weights |= {f"fc{i}.weight": layer[0].T, f"fc{i}.bias": layer[1]}
    return weights


def scikit_learn_history(scenario: Scenario, settings: TrainingSettings) -> History:
    """Train scikit-learn's MLPClassifier from the scenario's weights, one full batch an epoch."""
    classifier = classifier_from(scenario, settings.lr)
    history = History(losses=np.empty(settings.epochs, scenario.dtype))
    history.keep(0, scenario.weights)
    for epoch in range(settings.epochs):
        classifier.partial_fit(scenario.x, scenario.y)
        history.losses[epoch] = classifier.loss_
        history.keep(epoch + 1, weights_in(classifier))
    return history
