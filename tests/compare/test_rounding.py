"""The rules of rounding: derived, respected by every order of operations, and not wider than derived."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from compare.rounding import Approx, Rounding, grown
from numpy_mlp.cross_entropy import log_softmax

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


# what random networks have shown: logits and errors so large that exp overflows


@pytest.mark.parametrize("error", [0.0, 1e-6, 1.0, 1e3, 1e12])
@pytest.mark.parametrize("size", [1.0, 1e3, 1e12])
def test_softmax_of_huge_logits_has_a_finite_budget_that_no_probability_can_leave(size, error):
    rules = Rounding.of(np.dtype("float32"))
    z = Approx(size * np.array([[1.0, -1.0, 0.5], [-1.0, -1.0, -1.0]]), np.full((2, 3), error))
    log_p = rules.log_softmax(z)
    assert np.isfinite(log_p.error).all()
    p = rules.softmax(log_p)
    assert (p.error > 0).all()
    assert (p.error < 1.001).all(), "two numbers in [0, 1] are never further apart"


def test_logits_within_their_error_stay_within_the_budget_of_log_softmax():
    rng = np.random.default_rng(0)
    rules = Rounding.of(np.dtype("float32"))
    for scale in (1.0, 30.0, 1e4):
        z, error = rng.normal(size=(50, 4)) * scale, np.abs(rng.normal(size=(50, 4))) * scale / 10
        allowed = rules.log_softmax(Approx(z, error))
        for _ in range(20):
            moved = (z + rng.uniform(-1, 1, size=z.shape) * error).astype(np.float32)
            distance = np.abs(log_softmax(moved) - allowed.value)
            # the logits are rounded to float32 here: one rounding more than the rule has
            assert (distance <= allowed.error + 2 * rules.unit_roundoff * np.abs(z).max()).all()


def test_growth_of_a_number_is_exact_where_it_is_small_and_never_nan():
    found = grown(np.array([0.0, -1.0, -2000.0, -2000.0, 0.0]), np.array([1e-12, 1.0, 0.0, 1e9, 0.0]))
    np.testing.assert_allclose(found[:2], [np.expm1(1e-12), np.exp(-1) * np.expm1(1.0)], rtol=1e-12)
    assert list(found[2:]) == [0.0, np.inf, 0.0]


def test_tie_in_float64_may_fall_on_either_side_although_the_budget_rounds_too():
    rules = Rounding.of(np.dtype("float64"))
    a, grad = Approx(np.array([1.5e-16]), np.array([1e-16])), Approx(np.array([2.0]), np.array([0.0]))
    assert rules.relu_backward(grad, a).error[0] == 2.0
    assert Rounding.of(np.dtype("float32")).reach == pytest.approx(1, abs=1e-8)
