"""The budget of a formula covers every order in which a correct program may compute it, and no wrong one."""

import numpy as np
import pytest

from compare.reference.arithmetic import Number, lift
from compare.reference.functions import evaluate
from compare.reference.judging import within
from compare.rounding import Rounding

F32 = Rounding.of(np.dtype("float32"))
RNG = np.random.default_rng(0)
A, B = (RNG.normal(size=shape).astype(np.float32) for shape in ((40, 6), (40, 3)))
N = np.float32(40)


def numbers(**arrays):
    return {name: lift(array, F32) for name, array in arrays.items()} | {"N": 40}


@pytest.mark.parametrize(
    "computed",
    [
        A.T @ B / N,
        (A.T / N) @ B,
        A.T @ (B * (1 / N)),
        sum(np.outer(a, b) / N for a, b in zip(A, B, strict=True)),
        np.einsum("nf,nc->fc", A[::-1], B[::-1]) * (1 / N),
    ],
)
def test_a_gradient_may_divide_by_n_anywhere_and_add_in_any_order(computed):
    number = evaluate("a.T @ b / N", numbers(a=A, b=B))
    assert computed.dtype == np.float32
    assert within(computed.astype(np.float64), number)
    # N - 1 for N is far outside
    assert not within((A.T @ B / np.float32(39)).astype(np.float64), number)


@pytest.mark.parametrize(
    ("source", "functions"),
    [
        ("1 / (1 + np.exp(-a))", [lambda a: 1 / (1 + np.exp(-a)), lambda a: np.exp(a) / (1 + np.exp(a))]),
        ("np.tanh(a / 2) / 2 + 0.5", [lambda a: np.tanh(a / 2) / 2 + np.float32(0.5)]),
        ("np.tanh(a)", [np.tanh, lambda a: (np.exp(a) - np.exp(-a)) / (np.exp(a) + np.exp(-a)),
                        lambda a: 2 / (1 + np.exp(-2 * a)) - 1]),
        ("np.maximum(0, a)", [lambda a: a * (a > 0), lambda a: a.clip(0), lambda a: (np.abs(a) + a) / 2]),
        ("np.exp(a)", [np.exp]),
        ("np.log(a * a + 1)", [lambda a: np.log(a * a + 1), lambda a: np.log1p(a * a)]),
        ("np.abs(a).sum(axis=0)", [lambda a: np.abs(a[::-1]).cumsum(axis=0)[-1]]),
        ("a.mean(axis=1, keepdims=True)", [lambda a: a.mean(axis=1, keepdims=True)]),
        ("np.clip(a, -0.5, 0.5)", [lambda a: a.clip(-0.5, 0.5)]),
        ("np.where(a > 0, a, 0)", [lambda a: np.where(a > 0, a, 0)]),
    ],
)  # fmt: skip
def test_each_function_stays_within_its_rule(source, functions):
    array = (A * 3).astype(np.float32)
    number = evaluate(source, numbers(a=array))
    for function in functions:
        computed = function(array)
        assert computed.dtype == np.float32
        assert within(computed.astype(np.float64), number), source
        assert not within(computed.astype(np.float64) * (1 + 1e-4) + 1e-4, number), source


def test_a_comparison_within_its_error_may_fall_on_either_side():
    a = Number(np.array([1.0, 1e-9, -1.0]), np.full(3, 1e-8), np.ones(3), F32)
    kept = a * (a > 0)
    assert within(np.array([1.0, 0.0, 0.0]), kept)
    assert within(np.array([1.0, 1e-9, 0.0]), kept)
    assert not within(np.array([0.0, 0.0, 0.0]), kept)


def test_what_was_handed_over_and_is_0_is_no_tie():
    a = lift(np.array([0.0, 1.0]), F32)
    assert evaluate("a > 0", {"a": a}).error.tolist() == [0, 0]


def test_a_sigmoid_far_below_0_has_a_finite_budget():
    """exp(1000) is infinite, and the quotient 0: what follows from it can still be judged."""
    number = evaluate("1 / (1 + np.exp(-a))", numbers(a=np.array([-1000.0, 0.0, 1000.0])))
    assert within(np.array([0.0, 0.5, 1.0]), number)
    assert np.isfinite(number.magnitude).all()


def test_shapes_are_never_broadcast_in_a_verdict():
    assert not within(np.zeros(()), lift(np.zeros(3), F32))


def test_a_formula_reaches_nothing_but_the_functions_with_a_rule():
    for source in ("open", "__import__('os')", "np.load"):
        with pytest.raises((NameError, AttributeError)):
            evaluate(source, {})
