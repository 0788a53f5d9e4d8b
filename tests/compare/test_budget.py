"""The budgets of whole runs: derived, and small enough to show the quietest classic mistake."""

import numpy as np
import pytest

from compare import budget, numpy_side
from compare.gates.scenarios import random_scenario, scenarios
from compare.rounding import Rounding
from numpy_mlp.data import load_dataset

U32 = 2.0**-24


def arrays(seed: int, *shapes: tuple[int, ...], scale: float = 1.0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [(scale * rng.normal(size=shape)).astype(np.float32) for shape in shapes]


def test_update_budget_is_the_documented_formula():
    rules = Rounding.of(np.dtype(np.float32))
    weight, grad = (rules.exact(a) for a in arrays(2, (3, 4), (3, 4)))
    got = budget.update(rules, {"lr": 0.1}, "w", weight, grad, {})
    lr_grad = 0.1 * np.abs(grad.value)
    expected = rules.gamma(3) * lr_grad + U32 * np.abs(weight.value) + rules.tiny
    np.testing.assert_allclose(got.error, expected, rtol=1e-12)
    np.testing.assert_allclose(got.value, weight.value - 0.1 * grad.value, rtol=1e-15)


def test_every_budget_is_smaller_than_the_quietest_classic_mistake():
    """A budget that is too wide lets bugs pass: N - 1 for N, on 150 samples, is a shift of only 1 / 149."""
    for sizes in [(4, 10, 3), (4, 8, 7, 5, 3)]:
        for name, approx in budget.run(random_scenario("", "", sizes, 24)).items():
            assert 2 * approx.error.max() < np.abs(approx.value).max() / 149 / 10, name


def test_reference_values_are_those_of_the_network():
    dataset = load_dataset(dtype=np.float64)
    weights = random_scenario("", "", (4, 10, 3), 1).weights
    for run in scenarios(dataset, (4, 10, 3), weights, weights):
        scenario = run.astype("float64")
        trace, allowed = numpy_side.run(scenario), budget.run(scenario)
        assert list(trace) == list(allowed), scenario.name
        for name, approx in allowed.items():
            assert (np.abs(trace[name] - approx.value) <= 2 * approx.error).all(), (scenario.name, name)


@pytest.mark.parametrize("sizes", [(4, 10, 3), (4, 8, 7, 3)])
def test_stacked_runs_are_those_of_each_epoch_alone(sizes):
    """Weights with an epoch axis in front give value and E of every epoch, as if it were computed alone."""
    rules, scenario = Rounding.of(np.dtype(np.float32)), random_scenario("", "", sizes, 9)
    x, y = rules.exact(scenario.x), scenario.y
    epochs = [{name: rules.exact(w * f) for name, w in scenario.weights.items()} for f in (1.0, 0.5, -2.0)]
    stacked = {name: rules.exact(np.stack([one[name].value for one in epochs])) for name in epochs[0]}

    def everything(weights):
        outputs = budget.forward(rules, x, weights)
        log_p = rules.log_softmax(outputs[f"fc{len(sizes) - 1}"])
        grad = budget.loss_backward(rules, log_p, y)
        found = outputs | {"loss": budget.loss(rules, log_p, y)}
        return found | {f"dL/d{n}": g for n, g in budget.backward(rules, x, outputs, grad, weights)}

    together = everything(stacked)
    for i, weights in enumerate(epochs):
        for name, alone in everything(weights).items():
            np.testing.assert_allclose(together[name].value[i], alone.value, rtol=1e-12, atol=1e-14)
            np.testing.assert_allclose(together[name].error[i], alone.error, rtol=1e-9)
