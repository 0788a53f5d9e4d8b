"""How rounding errors grow: one rule for each operation of the network.

Every number of a run is carried as a pair: its value, computed in float64, and E, the largest distance from
it at which a correct implementation in another dtype can end up. Each rule takes the E of its inputs and adds
the rounding of the operation.

The rules are rounding-error analysis (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed.):

    fl(a op b) = (a op b)(1 + δ) + η,   |δ| <= u, |η| <= tiny             section 2.1, 2.2
    a sum of n products, in any order, with or without fused multiply-add:
    |computed - exact| <= γ_n Σ |a_i| |b_i|,   γ_n = n u / (1 - n u)       section 3.1

u is 2⁻²⁴ in float32 and 2⁻⁵³ in float64; tiny is the smallest normal number, below which results may lose
digits or be flushed to 0. No constant here was chosen by looking at what the two libraries do; the only one
that is not from the analysis is how good their exp and log are, and that is documented (ULPS).

Shapes: the last two axes are those of the network, (N, features) or (out, in). Any axes before them are
independent runs, such as the epochs of a training.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

# The largest error of exp and log, in units in the last place: NumPy's documents up to 4 (float32 exp 2.52,
# log 3.83, SVML 4), PyTorch's CPU (SLEEF) 1, CUDA 2. A unit in the last place is at most 2 u of the result.
ULPS = 4


@dataclass(frozen=True)
class Approx:
    """A value, and how far from it a correct implementation may be: E."""

    value: np.ndarray
    error: np.ndarray

    @property
    def magnitude(self) -> np.ndarray:
        """The largest magnitude that a computed value can have: |value| + E."""
        return np.abs(self.value) + self.error

    @property
    def T(self) -> "Approx":  # noqa: N802 (NumPy's name)
        """The transpose."""
        return Approx(self.value.swapaxes(-1, -2), self.error.swapaxes(-1, -2))

    def __getitem__(self, index: Any) -> "Approx":
        """Return some entries."""
        return Approx(self.value[index], self.error[index])


@dataclass(frozen=True)
class Rounding:
    """The rules for one dtype; without ``ties`` every pre-activation falls on the side of its value."""

    unit_roundoff: float
    tiny: float
    ties: bool = True

    @classmethod
    def of(cls, dtype: np.dtype, *, ties: bool = True) -> "Rounding":
        """Return the rules of float32 or float64."""
        info = np.finfo(dtype)
        return cls(float(info.eps) / 2, float(info.tiny), ties)

    @property
    def reach(self) -> float:
        """How many E from a value a computed one may be: 1 from the exact value, and a little to the value.

        A value here is computed in float64: by the same rules it is off by at most E 2⁻⁵³ / u. That is
        nothing in float32, and in float64 as much again.
        """
        return 1 + 2.0**-53 / self.unit_roundoff

    def gamma(self, n: int) -> float:
        """Return γ_n = n u / (1 - n u)."""
        return n * self.unit_roundoff / (1 - n * self.unit_roundoff)

    def exact(self, value: np.ndarray) -> Approx:
        """Return numbers that both sides hold bit for bit."""
        value = np.asarray(value, np.float64)
        return Approx(value, np.zeros_like(value))

    def matmul(self, a: Approx, b: Approx, plus: Approx | None = None) -> Approx:
        """Return a b (+ plus), a sum of K (+ 1) terms for each entry.

        E = γ Σ|a||b| from its own roundings, and E_a |b| + |a| E_b from its factors.
        """
        terms = a.value.shape[-1] + (plus is not None)
        magnitude = a.magnitude @ b.magnitude
        value = a.value @ b.value
        error = a.error @ np.abs(b.value) + a.magnitude @ b.error
        if plus is not None:
            value, magnitude, error = value + plus.value, magnitude + plus.magnitude, error + plus.error
        return Approx(value, error + self.gamma(terms) * magnitude + terms * self.tiny * (magnitude > 0))

    def total(self, a: Approx) -> Approx:
        """Return Σ_n a over the samples, (N, features) -> (features,): E = γ_(N-1) Σ|a| + Σ E_a."""
        error = a.error.sum(axis=-2) + self.gamma(a.value.shape[-2] - 1) * a.magnitude.sum(axis=-2)
        return Approx(a.value.sum(axis=-2), error)

    def scaled_sum(self, a: Approx, factor: float, b: Approx) -> Approx:
        """Return a + factor · b: the factor is rounded to the dtype, the product and the sum are rounded."""
        value = a.value + factor * b.value
        product = abs(factor) * b.magnitude
        error = a.error + abs(factor) * b.error + self.gamma(3) * product + self.unit_roundoff * a.magnitude
        return Approx(value, error + self.tiny * (product > 0))

    def weighted_mean(self, parts: Sequence[Approx], sizes: Sequence[int]) -> Approx:
        """Return Σ_r w_r a_r with w_r = n_r / N: E = Σ_r w_r E_r + γ_(R+2) Σ_r w_r |a_r|.

        By hand each weight is rounded, in float64 and then to the dtype, each product with it, and the R - 1
        sums. PyTorch's workers go backwards from R/N times the sum over their shard, where a mean has
        1/n_r: a factor that is rounded as often, so that each holds R w_r a_r, with that multiple of E_r.
        What they send is divided by R: 1/R is rounded twice, the product once, then there are R - 1 sums.
        """
        weighted = [(size / sum(sizes), part) for size, part in zip(sizes, parts, strict=True)]
        value = sum((weight * part.value for weight, part in weighted), np.zeros(()))
        error = sum((weight * part.error for weight, part in weighted), np.zeros(()))
        summed = sum((weight * part.magnitude for weight, part in weighted), np.zeros(()))
        rounded = self.gamma(len(parts) + 2) * summed + len(parts) * self.tiny * (summed > 0)
        return Approx(value, error + rounded)

    def relu(self, a: Approx) -> Approx:
        """Return max(0, a): E passes where a > -E; below, every implementation returns 0."""
        return Approx(np.maximum(a.value, 0), np.where(a.value > -self.reach * a.error, a.error, 0))

    def relu_backward(self, grad: Approx, a: Approx) -> Approx:
        """Return grad ⊙ [a > 0]: within E of 0, ``a`` may fall on either side, so all of grad is allowed."""
        value = np.where(a.value > 0, grad.value, 0)
        either = (np.abs(a.value) <= self.reach * a.error) & (a.error > 0) & self.ties
        return Approx(value, np.where(either, grad.magnitude, np.where(a.value > 0, grad.error, 0)))

    def log_softmax(self, z: Approx) -> Approx:
        """Return log p = s - log Σ exp s with s = z - max z.

        E has, in this order: the logits' own errors (each log p moves with its own logit and with the mean
        of all, weighted by softmax), the rounding of s, of exp and the sum, of log, of the difference.

        Far from 0 a rounding of s can change exp s many times over. But computed or exact, s <= 0, and the
        largest logit has s = 0: so each exp s lies in [0, 1], their sum in [1, C], its log in [0, log C].
        """
        u, classes = self.unit_roundoff, z.value.shape[-1]
        own = self.exp_and_sum(classes)
        shifted = z.value - z.value.max(axis=-1, keepdims=True)
        value = shifted - np.log(np.exp(shifted).sum(axis=-1, keepdims=True))
        spread = z.error.max(axis=-1, keepdims=True)
        inherited = z.error + spread
        # s of a computed logit, with its own rounding
        rounding = u * (np.abs(shifted) + inherited)
        # the softmax weights that computed logits can have; by how much of the sum each term can be off
        weights = np.minimum(0, value + 2 * spread)
        moved = np.minimum(1, grown(weights, rounding)).sum(axis=-1, keepdims=True)
        # |log(1 + x)| <= -log(1 - |x|); and no further than from one end of [0, log C] to the other
        farthest = np.log(classes) - np.log1p(-own)
        with np.errstate(divide="ignore"):
            log_error = np.minimum(-np.log1p(-np.minimum(moved + own, 1)), farthest)
        log_error = log_error + 2 * ULPS * u * farthest
        error = inherited + rounding + log_error
        return Approx(value, error + u * (np.abs(value) + error))

    def exp_and_sum(self, classes: int) -> float:
        """Return the relative error of Σ_c exp(s), for given s: of exp, of the sum, of underflow."""
        return 2 * ULPS * self.unit_roundoff + self.gamma(classes) + classes * self.tiny

    def softmax(self, log_p: Approx) -> Approx:
        """Return p = exp(log p): an absolute error of log p is a relative one of p; a division may follow.

        Both the exact and the computed p lie in [0, 1], but for the roundings of exp, sum and division (or of
        log and a second exp): they can't be further apart than that, however far apart their logarithms are.
        """
        ulps = 2 * ULPS * self.unit_roundoff
        value = np.exp(log_p.value)
        error = grown(log_p.value, log_p.error) * (1 + ulps) + value * (ulps + self.unit_roundoff)
        largest = (1 + ulps) ** 2 / (1 - self.exp_and_sum(value.shape[-1])) + 2 * self.unit_roundoff
        return Approx(value, np.minimum(error, largest) + self.tiny)


def grown(log_value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return exp(log_value) (exp(error) - 1): how far an error of its logarithm can move a number.

    It is computed as exp(log_value + error + log(1 - exp(-error))), which is never 0 times infinity.
    """
    with np.errstate(divide="ignore", over="ignore"):
        return np.exp(log_value + error + np.log(-np.expm1(-error)))
