"""Array against array under a budget: one Check each, and no way to agree by accident.

What other comparisons let pass fails here: an array that is missing or unexpected, a shape or dtype that
differs (nothing is broadcast or cast), a NaN or an infinity, and a comparison of nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.budget import Approx
from compare.trace import Trace, formula_of, gate_of


@dataclass(frozen=True)
class Check:
    """The verdict on one array, or on one fact.

    Attributes:
        scenario: What was run.
        gate: Which part of the proof it belongs to.
        dtype: The arithmetic.
        device: Where PyTorch ran.
        tensor: The array's name in the trace.
        status: ``"pass"`` or ``"fail"``.
        shape: The array's shape; None for a fact.
        max_abs: The largest distance.
        max_ulp: The largest distance in units in the last place.
        budget_used: The largest distance as a share of what is allowed there; 1 is the limit.
        worst_index: Where that is.
        numpy: NumPy's value there, or what is wrong with its array.
        torch: PyTorch's (or another referee's).
        closer: Which of the two lies nearer to the float64 value: "numpy", "torch" or "equal".
        formula: How the array is computed.
    """

    scenario: str
    gate: str
    dtype: str
    device: str
    tensor: str
    status: str
    shape: tuple[int, ...] | None = None
    max_abs: float | None = None
    max_ulp: float | None = None
    budget_used: float | None = None
    worst_index: tuple[int, ...] | None = None
    numpy: Any = None
    torch: Any = None
    closer: str | None = None
    formula: str = ""

    @property
    def passed(self) -> bool:
        """Whether the two sides agree."""
        return self.status == "pass"


def agree(checks: Iterable[Check]) -> bool:
    """Tell whether all checks pass; a comparison of nothing does not agree."""
    statuses = [check.passed for check in checks]
    return bool(statuses) and all(statuses)


@dataclass(frozen=True)
class Place:
    """Where a check stands: what was run, in which gate, with which arithmetic, on which device."""

    scenario: str
    gate: str
    dtype: str
    device: str = "cpu"

    def fact(self, tensor: str, numpy: object, torch: object, formula: str = "") -> Check:
        """Compare two facts that must be equal, such as names or counts."""
        status = "pass" if type(numpy) is type(torch) and numpy == torch else "fail"
        return self._check(tensor, status, numpy=numpy, torch=torch, formula=formula)

    def arrays(
        self,
        tensor: str,
        numpy: np.ndarray,
        torch: np.ndarray,
        allowed: np.ndarray | float,
        reference: np.ndarray | None = None,
    ) -> Check:
        """Compare two arrays: they agree where |numpy - torch| <= allowed, for every entry.

        Args:
            tensor: The name.
            numpy: NumPy's array.
            torch: PyTorch's, or another referee's.
            allowed: How far apart entries may be; its shape is that of the arrays, or one number.
            reference: The float64 value, for ``closer``.
        """
        if wrong := what_is_wrong(numpy, torch):
            return self._check(
                tensor, "fail", shape=numpy.shape, numpy=wrong[0], torch=wrong[1], formula=formula_of(tensor)
            )
        a, b = numpy.astype(np.float64), torch.astype(np.float64)
        distance = np.abs(a - b)
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(distance == 0, 0, distance / allowed)
        index = np.unravel_index(int(used.argmax()), used.shape)
        larger = np.maximum(np.abs(numpy), np.abs(torch))
        spacing = np.spacing(larger) if larger.dtype.kind == "f" else 1
        closer = None
        if reference is not None:
            errors = (float(np.abs(a - reference).max()), float(np.abs(b - reference).max()))
            closer = "equal" if errors[0] == errors[1] else "numpy" if errors[0] < errors[1] else "torch"
        return self._check(
            tensor,
            "pass" if used[index] <= 1 else "fail",
            shape=numpy.shape,
            max_abs=float(distance.max()),
            max_ulp=float((distance / spacing).max()),
            budget_used=float(used[index]),
            worst_index=tuple(int(i) for i in index),
            numpy=float(a[index]),
            torch=float(b[index]),
            closer=closer,
            formula=formula_of(tensor),
        )

    def traces(self, numpy: Trace, torch: Trace, budget: Mapping[str, Approx]) -> list[Check]:
        """Compare two traces, array by array in the order of computation; the gate is each array's own.

        An array that the budget expects and a side lacks is a failure; so is one that nobody expects.
        """
        checks = []
        for name in [*budget, *sorted((numpy.keys() | torch.keys()) - budget.keys())]:
            place = replace(self, gate=gate_of(name))
            if name in budget and name in numpy and name in torch:
                allowed = 2 * budget[name].error
                checks.append(place.arrays(name, numpy[name], torch[name], allowed, budget[name].value))
                continue
            there = "present" if name in budget else "unexpected"
            found = [
                there if name in trace else f"missing ({trace.failure})" if trace.failure else "missing"
                for trace in (numpy, torch)
            ]
            checks.append(
                place._check(name, "fail", numpy=found[0], torch=found[1], formula=formula_of(name))
            )
        return checks

    def _check(self, tensor: str, status: str, **more: Any) -> Check:
        return Check(self.scenario, self.gate, self.dtype, self.device, tensor, status, **more)


def what_is_wrong(a: np.ndarray, b: np.ndarray) -> tuple[str, str] | None:
    """Return what keeps two arrays from being compared at all, one text for each side, or None."""
    if a.shape != b.shape:
        return f"shape {a.shape}", f"shape {b.shape}"
    if a.dtype != b.dtype:
        return f"dtype {a.dtype}", f"dtype {b.dtype}"
    if a.size == 0:
        return "empty", "empty"
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        texts = ["finite" if np.isfinite(side).all() else "NaN or infinity" for side in (a, b)]
        return texts[0], texts[1]
    return None


def first_divergence(checks: Iterable[Check]) -> Check | None:
    """Return the first check that fails.

    Gates run in an order in which causes come before symptoms, except that forward, backward and update are
    gates of the same runs: among those, the first scenario counts, and in it the first array computed. The
    checks must come scenario by scenario for that, as ``traces`` returns them.
    """
    return next((check for check in checks if not check.passed), None)
