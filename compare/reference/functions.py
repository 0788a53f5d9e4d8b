"""The functions of a formula, each with its rule, and how a formula is evaluated."""

import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from types import CodeType, SimpleNamespace
from typing import Any

import numpy as np

from compare.reference.arithmetic import Number, lift
from compare.rounding import ULPS, grown


def exp(a: Number) -> Number:
    """Return exp a: an absolute error of a is a relative one of exp a; exp itself is good to ``ULPS``."""
    ulps = 2 * ULPS * a.rules.unit_roundoff
    value = np.exp(a.value)
    error = grown(a.value, a.error) * (1 + ulps) + value * ulps + a.rules.tiny
    return Number(value, error, value, a.rules)


def logarithm(function: Callable[..., np.ndarray], base: float = math.e) -> Callable[[Any], Any]:
    """Return the rule of log to a base: a relative error of a is an absolute one of log a."""

    def rule(a: Any) -> Any:
        if not isinstance(a, Number):
            return float(function(a))  # a constant
        with np.errstate(all="ignore"):
            value = function(a.value)
            error = -np.log1p(-np.minimum(a.error / np.abs(a.value), 1)) / np.log(base)
        error = error + 2 * ULPS * a.rules.unit_roundoff * (np.abs(value) + error)
        return Number(value, error, np.abs(value), a.rules)

    return rule


def tanh(a: Number) -> Number:
    """Return tanh a, by the library or as (e^a - e^-a) / (e^a + e^-a): each exp is good to ``ULPS``.

    Its slope is at most 1. By exponentials the numerator cancels, so roundings count relative to 1, not to
    tanh a: two exp in the numerator, two in the denominator, a difference, a sum and a division.
    """
    error = np.minimum(a.error, 2) + (4 * 2 * ULPS + 4) * a.rules.unit_roundoff
    return Number(np.tanh(a.value), error, np.ones_like(a.value), a.rules)


def larger(a: Any, b: Any, pick: Callable[..., np.ndarray] = np.maximum) -> Number:
    """Return the larger (or what ``pick`` takes) of two: E of the one, or of both where either may be it."""
    rules = a.rules if isinstance(a, Number) else b.rules
    a, b = lift(a, rules), lift(b, rules)
    value = pick(a.value, b.value)
    either = np.abs(a.value - b.value) <= rules.reach * (a.error + b.error)
    error = np.where(either, np.maximum(a.error, b.error), np.where(value == a.value, a.error, b.error))
    terms = np.where(either, np.maximum(a.terms, b.terms), np.where(value == a.value, a.terms, b.terms))
    return Number(value, error, terms, rules)


def where(condition: Any, a: Any, b: Any) -> Number:
    """Return a where the condition holds, else b."""
    return condition * a + (1 - condition) * b


def smaller(a: Any, b: Any) -> Number:
    """Return the smaller of two."""
    return larger(a, b, np.minimum)


FUNCTIONS = SimpleNamespace(
    exp=exp, log=logarithm(np.log), log2=logarithm(np.log2, 2.0), log10=logarithm(np.log10, 10.0),
    tanh=tanh, maximum=larger, minimum=smaller, where=where,
    abs=lambda a: larger(a, -a), sum=lambda a, axis=None, keepdims=False: a.sum(axis, keepdims),
    mean=lambda a, axis=None, keepdims=False: a.mean(axis, keepdims),
    max=lambda a, axis=None, keepdims=False: a.max(axis, keepdims),
    min=lambda a, axis=None, keepdims=False: a.min(axis, keepdims),
    clip=lambda a, low, high: smaller(larger(a, low), high), dot=lambda a, b: a @ b,
    square=lambda a: a * a, arange=np.arange, pi=math.pi, e=math.e,
)  # fmt: skip


BUILTINS = {"sum": sum, "len": len, "max": max, "abs": FUNCTIONS.abs}


@lru_cache(maxsize=20_000)
def compiled(source: str) -> CodeType:
    """Return the code of an expression."""
    return compile(source, "<formula>", "eval")


def evaluate(source: str, numbers: Mapping[str, Any]) -> Any:
    """Return what an expression gives; ``np`` stands for the functions with a rule.

    Raises:
        Exception: whatever the expression raises, such as a name that is not there or shapes that don't fit.
    """
    with np.errstate(all="ignore"):
        return eval(compiled(source), {"np": FUNCTIONS, "__builtins__": BUILTINS}, numbers)
