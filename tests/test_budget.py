"""The budgets: derived, respected by every correct order of summation, and not wider than derived."""

import numpy as np
import torch
from hypothesis import given
from hypothesis import strategies as st

from compare import budget, numpy_side
from compare.budget import Approx, Rounding
from compare.scenario import random_scenario, scenarios
from numpy_mlp.cross_entropy import log_softmax
from numpy_mlp.data import load_dataset

U32 = 2.0**-24


def arrays(seed: int, *shapes: tuple[int, ...], scale: float = 1.0) -> list[np.ndarray]:
    rng = np.random.default_rng(seed)
    return [(scale * rng.normal(size=shape)).astype(np.float32) for shape in shapes]


def test_gamma_is_highams():
    rules = Rounding.of(np.dtype(np.float32))
    assert rules.unit_roundoff == U32
    assert rules.gamma(11) == 11 * U32 / (1 - 11 * U32)
    assert Rounding.of(np.dtype(np.float64)).unit_roundoff == 2.0**-53


def test_linear_budget_is_the_documented_formula():
    rules = Rounding.of(np.dtype(np.float32))
    x, weight, bias = arrays(0, (5, 4), (3, 4), (3,))
    got = rules.matmul(rules.exact(x), rules.exact(weight).T, plus=rules.exact(bias)).error
    magnitude = np.abs(x).astype(float) @ np.abs(weight).T.astype(float) + np.abs(bias)
    expected = rules.gamma(5) * magnitude + 5 * rules.tiny
    np.testing.assert_allclose(got, expected, rtol=1e-12)


def test_linear_budget_hands_on_the_errors_of_all_three_inputs():
    rules = Rounding(unit_roundoff=0.0, tiny=0.0)
    x, weight, bias = (a.astype(float) for a in arrays(1, (2, 4), (4, 3), (3,)))
    inputs = [Approx(a, np.full_like(a, 1e-3)) for a in (x, weight, bias)]
    got = rules.matmul(inputs[0], inputs[1], plus=inputs[2]).error
    # E_x |W| + |x| E_W + E_x E_W + E_b: the worst case is reached when all signs conspire
    worst = (np.abs(x) + 1e-3) @ (np.abs(weight) + 1e-3) - np.abs(x) @ np.abs(weight) + 1e-3
    np.testing.assert_allclose(got, worst, rtol=1e-12)


@given(seed=st.integers(0, 10_000), terms=st.integers(1, 300), scale=st.sampled_from([1e-3, 1.0, 1e3]))
def test_no_order_of_summation_leaves_the_matmul_budget(seed, terms, scale):
    rules = Rounding.of(np.dtype(np.float32))
    a, b = arrays(seed, (3, terms), (terms, 2), scale=scale)
    allowed = rules.matmul(rules.exact(a), rules.exact(b))
    order = np.random.default_rng(seed).permutation(terms)
    one_by_one = np.zeros((3, 2), np.float32)
    for k in order:
        one_by_one += a[:, k : k + 1] * b[k : k + 1]
    for computed in (a @ b, a[:, order] @ b[order], one_by_one, (torch.tensor(a) @ torch.tensor(b)).numpy()):
        assert (np.abs(computed - allowed.value) <= allowed.error).all()


@given(
    seed=st.integers(0, 10_000),
    classes=st.integers(1, 40),
    scale=st.sampled_from([1e-3, 1.0, 30.0, 1e3]),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_log_softmax_stays_in_its_budget_in_both_libraries(seed, classes, scale, dtype):
    rules = Rounding.of(np.dtype(dtype))
    (logits,) = arrays(seed, (6, classes), scale=scale)
    allowed = rules.log_softmax(rules.exact(logits))
    exact = logits.astype(np.longdouble)
    exact = exact - exact.max(axis=1, keepdims=True)
    exact = exact - np.log(np.exp(exact).sum(axis=1, keepdims=True))
    for computed in (
        log_softmax(logits.astype(dtype)),
        torch.tensor(logits.astype(dtype)).log_softmax(dim=1).numpy(),
    ):
        assert (np.abs(computed - exact) <= allowed.error).all()


def test_relu_budget_allows_the_whole_gradient_only_where_rounding_decides_the_sign():
    rules = Rounding.of(np.dtype(np.float32))
    a = Approx(np.array([[-1.0, -1e-9, 0.0, 1e-9, 1.0]]), np.array([[1e-8, 1e-8, 0.0, 1e-8, 1e-8]]))
    grad = Approx(np.full((1, 5), 7.0), np.full((1, 5), 1e-7))
    back = rules.relu_backward(grad, a)
    np.testing.assert_array_equal(back.value, [[0, 0, 0, 7, 7]])
    # certain: E_grad or nothing; uncertain: all of it; an exact 0 is certain
    np.testing.assert_allclose(back.error, [[0, 7 + 1e-7, 0, 7 + 1e-7, 1e-7]])
    np.testing.assert_array_equal(rules.relu(a).error, [[0, 1e-8, 0, 1e-8, 1e-8]])


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
