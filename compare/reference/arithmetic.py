"""Numbers that carry their own budget through a line of NumPy.

``Number`` is an array's float64 value with E, the largest distance from it at which a correct program can end
up (``compare.rounding``). It has NumPy's operators and methods, so a formula is evaluated as it is written:

    evaluate("a1.T @ dz2 / N", {"a1": a1, "dz2": dz2, "N": 120})    # compare.reference.functions

The same formula can be computed in another order: 1/N before or after the product, a factor inside or outside
of a sum. So each rounding is charged to ``terms``, the value that the formula would have if nothing in it
cancelled, Σ|a||b| for Σab. That is Higham's running bound (section 3.3) for every order and distribution.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.rounding import Approx, Rounding

Axis = int | tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class Number(Approx):
    """A value with its E; ``terms`` is the sum of the magnitudes of what was added up for it."""

    terms: np.ndarray
    rules: Rounding

    __array_ufunc__ = None  # so that ``array * number`` is computed here

    @property
    def magnitude(self) -> np.ndarray:
        """What a rounding is charged to: the terms, with E on top."""
        return self.terms + self.error

    @property
    def T(self) -> "Number":  # noqa: N802 (NumPy's name)
        """The transpose of the last two axes."""
        return self._each(lambda part: part.swapaxes(-1, -2) if part.ndim > 1 else part)

    @property
    def shape(self) -> tuple[int, ...]:
        """The shape of the value."""
        return self.value.shape

    @property
    def size(self) -> int:
        """How many entries there are."""
        return self.value.size

    def __len__(self) -> int:
        """Return the length of the first axis."""
        return len(self.value)

    def __getitem__(self, index: Any) -> "Number":
        """Return some entries."""
        return self._each(lambda part: part[index])

    def _each(self, change: Callable[[np.ndarray], np.ndarray]) -> "Number":
        return Number(change(self.value), change(self.error), change(self.terms), self.rules)

    def _made(self, value: np.ndarray, error: np.ndarray, terms: np.ndarray, roundings: int = 1) -> "Number":
        """Return a result that was rounded; what was never added up can't be off by underflow either."""
        rounded = self.rules.gamma(roundings) * (terms + error) + roundings * self.rules.tiny * (terms > 0)
        return Number(value, error + rounded, terms, self.rules)

    def __neg__(self) -> "Number":
        """Return -a: no rounding."""
        return Number(-self.value, self.error, self.terms, self.rules)

    def __pos__(self) -> "Number":
        """Return a."""
        return self

    def __add__(self, other: Any) -> "Number":
        """Return a + b: E_a + E_b, and a rounding of the terms."""
        b = lift(other, self.rules)
        return self._made(self.value + b.value, self.error + b.error, self.terms + b.terms)

    __radd__ = __add__

    def __sub__(self, other: Any) -> "Number":
        """Return a - b."""
        return self + -lift(other, self.rules)

    def __rsub__(self, other: Any) -> "Number":
        """Return b - a."""
        return lift(other, self.rules) + -self

    def __mul__(self, other: Any) -> "Number":
        """Return a b: E_a |b| + |a| E_b + E_a E_b, and a rounding."""
        b = lift(other, self.rules)
        error = self.error * (np.abs(b.value) + b.error) + np.abs(self.value) * b.error
        return self._made(self.value * b.value, error, self.terms * b.terms)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> "Number":
        """Return a / b: (E_a + |a/b| E_b) / (|b| - E_b), and two roundings."""
        # the reciprocal may be rounded by itself, and the product with it: two roundings
        b = lift(other, self.rules)
        with np.errstate(all="ignore"):
            least = np.maximum(np.abs(b.value) - b.error, 0)
            value = self.value / b.value
            error, terms = (self.error + np.abs(value) * b.error) / least, self.terms / least
            # a divisor beyond float64's range, such as exp(1000): the quotient is 0, or next to it
            beyond = np.isinf(b.value) & np.isfinite(self.value)
            error, terms = np.where(beyond, 0.0, error), np.where(beyond, self.rules.tiny, terms)
            return self._made(value, error, terms, 2)

    def __rtruediv__(self, other: Any) -> "Number":
        """Return b / a."""
        return lift(other, self.rules) / self

    def __pow__(self, power: Any) -> "Number":
        """Return a², or 1 / a; ``TypeError``: another power."""
        if power not in (-1, 2):
            raise TypeError(f"no rule for the power {power}")
        return self * self if power == 2 else 1 / self

    def __matmul__(self, other: Any) -> "Number":
        """Return the matrix product, by the rule of ``Rounding.matmul``."""
        b = lift(other, self.rules)
        found = self.rules.matmul(self, b)
        return Number(found.value, found.error, self.terms @ b.terms, self.rules)

    def __rmatmul__(self, other: Any) -> "Number":
        """Return b a as a matrix product."""
        return lift(other, self.rules) @ self

    def _compared(self, other: Any, compare: Callable[..., np.ndarray]) -> "Number":
        """Return 1 where it holds, else 0; within E of equality either may come out."""
        b = lift(other, self.rules)
        error = self.error + b.error
        either = (np.abs(self.value - b.value) <= self.rules.reach * error) & (error > 0)
        holds = compare(self.value, b.value).astype(np.float64)
        return Number(holds, either.astype(np.float64), np.ones_like(holds), self.rules)

    def __gt__(self, other: Any) -> "Number":
        """Return [a > b]."""
        return self._compared(other, np.greater)

    def __ge__(self, other: Any) -> "Number":
        """Return [a >= b]."""
        return self._compared(other, np.greater_equal)

    def __lt__(self, other: Any) -> "Number":
        """Return [a < b]."""
        return self._compared(other, np.less)

    def __le__(self, other: Any) -> "Number":
        """Return [a <= b]."""
        return self._compared(other, np.less_equal)

    def sum(self, axis: Axis = None, keepdims: bool = False) -> "Number":
        """Return Σ: E = Σ E + γ_(n-1) Σ|terms|, in any order."""
        total = self._each(lambda part: part.sum(axis=axis, keepdims=keepdims))
        terms = self.size // max(1, total.size) - 1
        return Number(
            total.value, total.error + self.rules.gamma(terms) * total.magnitude, total.terms, self.rules
        )

    def mean(self, axis: Axis = None, keepdims: bool = False) -> "Number":
        """Return the sum over the number of terms."""
        total = self.sum(axis, keepdims)
        return total / (self.size // max(1, total.size))

    def max(self, axis: Axis = None, keepdims: bool = False) -> "Number":
        """Return the largest entry: within the largest E."""
        return self._each(lambda part: part.max(axis=axis, keepdims=keepdims))._with(
            self.value.max(axis=axis, keepdims=keepdims)
        )

    def min(self, axis: Axis = None, keepdims: bool = False) -> "Number":
        """Return the smallest entry: within the largest E."""
        return -((-self).max(axis, keepdims))

    def _with(self, value: np.ndarray) -> "Number":
        return Number(value, self.error, self.terms, self.rules)

    def reshape(self, *shape: Any) -> "Number":
        """Return the entries in another shape."""
        return self._each(lambda part: part.reshape(*shape))

    def copy(self) -> "Number":
        """Return itself: no operation changes a number in place."""
        return self

    def dot(self, other: Any) -> "Number":
        """Return the matrix product."""
        return self @ other


def lift(value: Any, rules: Rounding) -> Number:
    """Return a number: arrays and whole numbers are exact, any other constant is rounded to the dtype."""
    if isinstance(value, Number):
        return value
    array = np.asarray(value, np.float64)
    error = np.zeros_like(array)
    if isinstance(value, float) and not value.is_integer():
        error = rules.unit_roundoff * np.abs(array)
    return Number(array, error, np.abs(array), rules)
