"""How far rounding alone may push two correct implementations apart, array by array.

Every number x of a run is carried here as a pair: its value, computed in float64, and E, the largest distance
from it at which a correct implementation in the scenario's dtype can end up. Each rule below takes the E of
its inputs and adds the rounding of its own operations. Two implementations agree where |a - b| <= 2 E.

The rules are rounding-error analysis (Higham, *Accuracy and Stability of Numerical Algorithms*, 2nd ed.):

    fl(a op b) = (a op b)(1 + δ) + η,   |δ| <= u, |η| <= tiny             section 2.1, 2.2
    a sum of n products, in any order, with or without fused multiply-add:
    |computed - exact| <= γ_n Σ |a_i| |b_i|,   γ_n = n u / (1 - n u)       section 3.1

u is 2⁻²⁴ in float32 and 2⁻⁵³ in float64; tiny is the smallest normal number, below which results may lose
digits or be flushed to 0. No constant here was chosen by looking at what the two libraries do; the only one
that is not from the analysis is how good their exp and log are, and that is documented (ULPS).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from compare.scenario import Scenario
from compare.trace import moment

# The largest error of exp and log, in units in the last place: NumPy's documents up to 4 (float32 exp 2.52,
# log 3.83, SVML 4), PyTorch's CPU (SLEEF) 1, CUDA 2. A unit in the last place is at most 2 u of the result.
ULPS = 4


@dataclass(frozen=True)
class Approx:
    """A value, and how far from it a correct implementation may be: E."""

    value: np.ndarray
    error: np.ndarray

    @property
    def size(self) -> np.ndarray:
        """The largest magnitude that a computed value can have: |value| + E."""
        return np.abs(self.value) + self.error

    @property
    def T(self) -> "Approx":  # noqa: N802 (NumPy's name)
        """The transpose."""
        return Approx(self.value.T, self.error.T)

    def __getitem__(self, index: slice | np.ndarray) -> "Approx":
        """Some samples of it."""
        return Approx(self.value[index], self.error[index])


@dataclass(frozen=True)
class Rounding:
    """The rules for one dtype."""

    unit_roundoff: float
    tiny: float

    @property
    def edge(self) -> float:
        """How many E from a value a computed one may be: 1 from the exact value, and a little to the value.

        A value here is computed in float64: by the same rules it is off by at most E 2⁻⁵³ / u. That is
        nothing in float32, and in float64 as much again.
        """
        return 1 + 2.0**-53 / self.unit_roundoff

    @classmethod
    def of(cls, dtype: np.dtype) -> "Rounding":
        """Return the rules of float32 or float64."""
        info = np.finfo(dtype)
        return cls(unit_roundoff=float(info.eps) / 2, tiny=float(info.tiny))

    def gamma(self, n: int) -> float:
        """Return γ_n = n u / (1 - n u)."""
        return n * self.unit_roundoff / (1 - n * self.unit_roundoff)

    def exact(self, value: np.ndarray) -> Approx:
        """Take numbers that both sides hold bit for bit."""
        value = np.asarray(value, np.float64)
        return Approx(value, np.zeros_like(value))

    def matmul(self, a: Approx, b: Approx, plus: Approx | None = None) -> Approx:
        """Return a b (+ plus), a sum of K (+ 1) terms for each entry.

        E = γ Σ|a||b| from its own roundings, and E_a |b| + |a| E_b from its factors.
        """
        terms = a.value.shape[1] + (plus is not None)
        sizes = a.size @ b.size
        value = a.value @ b.value
        error = a.error @ np.abs(b.value) + a.size @ b.error
        if plus is not None:
            value, sizes, error = value + plus.value, sizes + plus.size, error + plus.error
        return Approx(value, error + self.gamma(terms) * sizes + terms * self.tiny * (sizes > 0))

    def total(self, a: Approx) -> Approx:
        """Return Σ_n a, a sum of N terms: E = γ_(N-1) Σ|a| + Σ E_a."""
        error = a.error.sum(axis=0) + self.gamma(len(a.value) - 1) * a.size.sum(axis=0)
        return Approx(a.value.sum(axis=0), error)

    def scaled_sum(self, a: Approx, factor: float, b: Approx) -> Approx:
        """Return a + factor · b: the factor is rounded to the dtype, the product and the sum are rounded."""
        value = a.value + factor * b.value
        product = abs(factor) * b.size
        error = a.error + abs(factor) * b.error + self.gamma(3) * product + self.unit_roundoff * a.size
        return Approx(value, error + self.tiny * (product > 0))

    def weighted_mean(self, parts: Sequence[Approx], sizes: Sequence[int]) -> Approx:
        """Return Σ_r w_r a_r with w_r = n_r / N: E = Σ_r w_r E_r + γ_(R+2) Σ_r w_r |a_r|.

        By hand each weight is rounded, in float64 and then to the dtype, each product with it, and the R - 1
        sums. PyTorch's workers go backwards from R/N times the sum over their share, where a mean has
        1/n_r: a factor that is rounded as often, so that each holds R w_r a_r, with that multiple of E_r.
        What they send is divided by R: 1/R is rounded twice, the product once, then there are R - 1 sums.
        """
        weights = [size / sum(sizes) for size in sizes]
        value = sum((w * part.value for w, part in zip(weights, parts, strict=True)), np.zeros(()))
        error = sum((w * part.error for w, part in zip(weights, parts, strict=True)), np.zeros(()))
        summed = sum((w * part.size for w, part in zip(weights, parts, strict=True)), np.zeros(()))
        rounded = self.gamma(len(parts) + 2) * summed + len(parts) * self.tiny * (summed > 0)
        return Approx(value, error + rounded)

    def relu(self, a: Approx) -> Approx:
        """Return max(0, a): E passes where a > -E; below, every implementation says 0."""
        return Approx(np.maximum(a.value, 0), np.where(a.value > -self.edge * a.error, a.error, 0))

    def relu_backward(self, grad: Approx, a: Approx) -> Approx:
        """Return grad ⊙ [a > 0]: within E of 0, ``a`` may fall on either side, so all of grad is allowed."""
        value = np.where(a.value > 0, grad.value, 0)
        either = (np.abs(a.value) <= self.edge * a.error) & (a.error > 0)
        return Approx(value, np.where(either, grad.size, np.where(a.value > 0, grad.error, 0)))

    def log_softmax(self, z: Approx) -> Approx:
        """Return log p = s - log Σ exp s with s = z - max z.

        E has, in this order: the logits' own errors (each log p moves with its own logit and with the mean
        of all, weighted by softmax), the rounding of s, of exp and the sum, of log, of the difference.

        Far from 0 a rounding of s can change exp s many times over. But computed or exact, s <= 0, and the
        largest logit has s = 0: so each exp s lies in [0, 1], their sum in [1, C], its log in [0, log C].
        """
        u, classes = self.unit_roundoff, z.value.shape[1]
        own = self.exp_and_sum(classes)
        shifted = z.value - z.value.max(axis=1, keepdims=True)
        value = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        spread = z.error.max(axis=1, keepdims=True)
        inherited = z.error + spread
        # s of a computed logit, with its own rounding
        rounding = u * (np.abs(shifted) + inherited)
        # the softmax weights that computed logits can have; by how much of the sum each term can be off
        weights = np.minimum(0, value + 2 * spread)
        moved = np.minimum(1, grown(weights, rounding)).sum(axis=1, keepdims=True)
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
        largest = (1 + ulps) ** 2 / (1 - self.exp_and_sum(value.shape[1])) + 2 * self.unit_roundoff
        return Approx(value, np.minimum(error, largest) + self.tiny)

    def loss(self, log_p: Approx, labels: np.ndarray, reduction: str) -> Approx:
        """Return -1/N Σ_n log p[n, y[n]], a sum of N terms and a division."""
        rows, n = np.arange(len(labels)), len(labels)
        picked = Approx(log_p.value[rows, labels], log_p.error[rows, labels])
        total = self.total(picked)
        if reduction == "sum":
            return Approx(-total.value, total.error)
        # the mean may divide each term or the sum: one more rounding, and one for 1/N itself
        error = total.error / n + self.gamma(2) * picked.size.sum() / n
        return Approx(-total.value / n, error)

    def loss_backward(self, log_p: Approx, labels: np.ndarray, reduction: str) -> Approx:
        """Return (p - onehot) / N: E_p, then the difference, 1/N, and the product with it."""
        p = self.softmax(log_p)
        onehot = np.zeros_like(p.value)
        onehot[np.arange(len(labels)), labels] = 1
        n = len(labels) if reduction == "mean" else 1
        error = (p.error + self.gamma(3) * (p.size + onehot)) / n
        return Approx((p.value - onehot) / n, error + self.tiny)

    def forward(self, x: Approx, weights: dict[str, Approx], layers: int) -> dict[str, Approx]:
        """Return the output of every layer, named as in a trace; ``layers`` counts the Linears."""
        outputs: dict[str, Approx] = {}
        for i in range(1, layers + 1):
            x = self.matmul(x, weights[f"fc{i}.weight"].T, plus=weights[f"fc{i}.bias"])
            outputs[f"fc{i}"] = x
            if i < layers:
                x = self.relu(x)
                outputs["relu" if layers == 2 else f"relu{i}"] = x
        return outputs


def grown(log_value: np.ndarray, error: np.ndarray) -> np.ndarray:
    """Return exp(log_value) (exp(error) - 1): how far an error of its logarithm can move a number.

    It is computed as exp(log_value + error + log(1 - exp(-error))), which is never 0 times infinity.
    """
    with np.errstate(divide="ignore", over="ignore"):
        return np.exp(log_value + error + np.log(-np.expm1(-error)))


def run(scenario: Scenario) -> dict[str, Approx]:
    """Return value and E of every array of a scenario's trace, in the order of computation."""
    rules = Rounding.of(scenario.dtype)
    layers = len(scenario.sizes) - 1
    weights = {name: rules.exact(data) for name, data in scenario.weights.items()}
    velocities: dict[str, Approx] = {}
    trace: dict[str, Approx] = {}
    for step, index in enumerate(scenario.steps, start=1):
        x, y = rules.exact(scenario.x[index]), scenario.y[index]
        outputs = rules.forward(x, weights, layers)
        trace |= {name + moment(step): output for name, output in outputs.items()}
        log_p = rules.log_softmax(outputs[f"fc{layers}"])
        trace["loss" + moment(step)] = rules.loss(log_p, y, scenario.reduction)
        grads: dict[str, Approx] = {}
        for backward_pass in range(1, scenario.backward_passes + 1):
            when = moment(step, backward_pass)
            grad = rules.loss_backward(log_p, y, scenario.reduction)
            for name in reversed(outputs):
                trace[f"dL/d{name}{when}"] = grad
                before = list(outputs)[: list(outputs).index(name)]
                layer_input = outputs[before[-1]] if before else x
                if name.startswith("relu"):
                    grad = rules.relu_backward(grad, layer_input)
                    continue
                found = {"weight": rules.matmul(grad.T, layer_input), "bias": rules.total(grad)}
                for kind, grad_param in found.items():
                    full = f"{name}.{kind}"
                    if full not in scenario.frozen:
                        grads[full] = (
                            rules.scaled_sum(grads[full], 1, grad_param) if full in grads else grad_param
                        )
                        trace[f"dL/d{full}{when}"] = grads[full]
                grad = rules.matmul(grad, weights[f"{name}.weight"])
        for name, grad_param in grads.items():
            weights[name] = update(rules, scenario.sgd, name, weights[name], grad_param, velocities)
        trace |= {f"{name} after step {step}": weight for name, weight in weights.items()}
    return trace


def gradients_of_shares(scenario: Scenario, shares: Sequence[slice]) -> list[dict[str, Approx]]:
    """Return each share's gradients, in the order of computation: a run of its own; none for an empty one."""
    held = [share for share in shares if len(scenario.y[share])]
    runs = [run(replace(scenario, x=scenario.x[share], y=scenario.y[share])) for share in held]
    names = [name for name in runs[0] if name.removeprefix("dL/d") in scenario.weights]
    return [{name: found[name] for name in names} for found in runs]


def average(scenario: Scenario, shares: Sequence[slice]) -> dict[str, Approx]:
    """Return value and E of the weighted mean of the shares' gradients."""
    rules, parts = Rounding.of(scenario.dtype), gradients_of_shares(scenario, shares)
    sizes = [size for share in shares if (size := len(scenario.y[share]))]
    return {name: rules.weighted_mean([part[name] for part in parts], sizes) for name in parts[0]}


def update(
    rules: Rounding,
    sgd: dict[str, float],
    name: str,
    weight: Approx,
    grad: Approx,
    velocities: dict[str, Approx],
) -> Approx:
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
