"""Array against array under a budget: one Check each, and no way to agree by accident.

What other comparisons let pass fails here: an array that is missing or unexpected, a shape or dtype that
differs (nothing is broadcast or cast), a NaN or an infinity, and a comparison of nothing.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.rounding import Approx
from compare.trace import Trace, formula_of, gate_of

DTYPES = ("float32", "float64")
STOPPED = "missing ("  # how the reason begins where an error kept an array from being computed


@dataclass(frozen=True)
class Check:
    """The verdict on one array of a trace, or on one fact, and where it stands."""

    scenario: str
    gate: str
    dtype: str
    device: str
    tensor: str
    status: str  # "pass" or "fail"
    shape: tuple[int, ...] | None = None
    max_abs: float | None = None  # the largest distance
    max_ulp: float | None = None  # the same in units in the last place
    budget_used: float | None = None  # the largest distance as a fraction of what is allowed; 1 is the limit
    worst_index: tuple[int, ...] | None = None  # of that; in a training, of the first that leaves its budget
    numpy: Any = None  # NumPy's value there, or what is wrong with its array
    torch: Any = None  # PyTorch's, or that of the second of ``sides``
    closer: str | None = None  # "numpy", "torch" or "equal": which lies nearer to the float64 value
    formula: str = ""
    epoch: int | None = None  # of a training, after which that place is
    sides: tuple[str, str] = ("NumPy", "PyTorch")
    form: bool = False  # only the form is checked: a text, an optional argument, the words of an error
    update_ratio: float | None = None  # how many times the exact update that epoch has made there

    @property
    def passed(self) -> bool:
        """Whether the two sides agree."""
        return self.status == "pass"


@dataclass(frozen=True)
class Allowed:
    """How far apart two arrays may be, entry by entry."""

    distance: np.ndarray | float = 0.0  # one number, or an array of their shape; 0 means bit for bit
    value: np.ndarray | None = None  # the float64 value, if it is known
    first_epoch: int | None = None  # of a training, whose epochs are counted by the first axis
    against: str = ""  # who computed the other side, if not the context's second: ``value`` is compared
    form: bool = False  # whether the entry is a matter of form, which changes no number
    before: np.ndarray | None = None  # the entries before the epoch, for the ratio of the two updates


EXACT, FORM = Allowed(), Allowed(form=True)
Budget = Mapping[str, Allowed]


def two_sided(run: Mapping[str, Approx]) -> dict[str, Allowed]:
    """Return the budget of two correct implementations, each within E of the exact value: 2 E."""
    return {name: Allowed(2 * array.error, array.value) for name, array in run.items()}


def agree(checks: Iterable[Check]) -> bool:
    """Return whether all checks pass; a comparison of nothing does not agree."""
    statuses = [check.passed for check in checks]
    return bool(statuses) and all(statuses)


@dataclass(frozen=True)
class CheckContext:
    """Where a check stands: what was run, in which gate, with which arithmetic, on which device.

    An empty gate means that of each array by its name: a step's arrays belong to forward, backward or update.
    """

    scenario: str
    gate: str
    dtype: str
    device: str = "cpu"
    sides: tuple[str, str] = ("NumPy", "PyTorch")

    def on(self, device: object) -> "CheckContext":
        """Return the same context on a device."""
        return replace(self, device=str(device))

    def compare(self, ours: Trace, theirs: Trace, budget: Budget) -> list[Check]:
        """Compare two traces, entry by entry, in the order of the budget.

        An entry that the budget expects and a side lacks is a failure, and so is one outside of the budget.
        """
        unexpected = sorted((ours.keys() | theirs.keys()) - budget.keys())
        return [self._entry(name, ours, theirs, budget) for name in (*budget, *unexpected)]

    def _entry(self, name: str, ours: Trace, theirs: Trace, budget: Budget) -> Check:
        allowed = budget.get(name)
        context = replace(self, gate=self.gate or gate_of(name))
        if allowed is not None and allowed.against:
            context = replace(context, sides=(self.sides[0], allowed.against))
        if allowed is None or name not in ours or name not in theirs:
            there = "present" if allowed else "unexpected"
            found = [there if name in trace else absent(name, trace, budget) for trace in (ours, theirs)]
            check = context._check(name, "fail", numpy=found[0], torch=found[1])
        elif isinstance(ours[name], np.ndarray) and isinstance(theirs[name], np.ndarray):
            check = context.arrays(name, ours[name], theirs[name], allowed)
        else:
            check = context.fact(name, ours[name], theirs[name])
        return replace(check, form=allowed is not None and allowed.form)

    def fact(self, tensor: str, numpy: object, torch: object) -> Check:
        """Compare two facts that must be equal, such as names or counts."""
        status = "pass" if type(numpy) is type(torch) and numpy == torch else "fail"
        return self._check(tensor, status, numpy=numpy, torch=torch)

    def arrays(self, tensor: str, numpy: np.ndarray, torch: np.ndarray, allowed: Allowed = EXACT) -> Check:
        """Compare two arrays: they agree where |numpy - torch| <= what is allowed, for every entry."""
        if wrong := incomparable(numpy, torch):
            return self._check(tensor, "fail", shape=numpy.shape, numpy=wrong[0], torch=wrong[1])
        a, b = numpy.astype(np.float64), torch.astype(np.float64)
        if allowed.against and allowed.value is not None:
            b = allowed.value
        distance = np.abs(a - b)
        with np.errstate(divide="ignore", invalid="ignore"):
            used = np.where(distance == 0, 0, distance / allowed.distance)
            index = worst_index(used, in_time=allowed.first_epoch is not None)
            start = None if allowed.before is None else allowed.before[index]
            # infinity where only a has moved
            update_ratio = None if start is None else float((a[index] - start) / (b[index] - start))
        larger = np.maximum(np.abs(numpy), np.abs(torch))
        spacing = np.spacing(larger) if larger.dtype.kind == "f" else 1
        closer = None
        if allowed.value is not None and not allowed.against:
            errors = (float(np.abs(a - allowed.value).max()), float(np.abs(b - allowed.value).max()))
            closer = "equal" if errors[0] == errors[1] else "numpy" if errors[0] < errors[1] else "torch"
        return self._check(
            tensor, "pass" if used[index] <= 1 else "fail", shape=numpy.shape,
            max_abs=float(distance.max()), max_ulp=float((distance / spacing).max()),
            budget_used=float(used[index]), worst_index=index,
            numpy=a[index].item(), torch=b[index].item(), closer=closer, update_ratio=update_ratio,
            epoch=None if allowed.first_epoch is None else allowed.first_epoch + index[0],
        )  # fmt: skip

    def _check(self, tensor: str, status: str, **more: Any) -> Check:
        return Check(
            self.scenario, self.gate, self.dtype, self.device, tensor, status,
            formula=formula_of(tensor), sides=self.sides, **more,
        )  # fmt: skip


def absent(name: str, trace: Trace, expected: Iterable[str]) -> str:
    """Return why a trace lacks an array: it was passed over, an error ended the run, or neither."""
    if name in passed_over(expected, trace):
        return "missing, where later arrays came"
    return f"{STOPPED}{trace.failure})" if trace.failure else "missing"


def passed_over(names: Iterable[str], trace: Trace) -> set[str]:
    """Return the names that a trace lacks, where later ones came: no error kept them from being computed.

    A layer's gradients belong together: in which order a layer computes them is its own affair.

    >>> sorted(passed_over(["fc1", "relu", "fc2", "loss"], Trace(fc1=1, fc2=2)))
    ['relu']
    """
    order: dict[str, list[str]] = {}
    for name in names:
        order.setdefault(re.sub(r"\.(weight|bias)(?! after)", "", name), []).append(name)
    groups = list(order.values())
    last = max((i for i, group in enumerate(groups) if not trace.keys().isdisjoint(group)), default=0)
    return {name for group in groups[:last] for name in group} - trace.keys()


def incomparable(a: np.ndarray, b: np.ndarray) -> tuple[str, str] | None:
    """Return what keeps two arrays from being compared at all, one text for each side, or None."""
    if a.dtype == object and a.shape == () and a.item() is None:
        return "None: is a return missing?", f"shape {b.shape}"
    if a.shape != b.shape:
        return f"shape {a.shape}", f"shape {b.shape}"
    if a.dtype != b.dtype:
        return f"dtype {a.dtype}", f"dtype {b.dtype}"
    if a.size == 0:
        return "empty", "empty"
    left, right = ("finite" if np.isfinite(side).all() else "NaN or infinity" for side in (a, b))
    return None if left == right == "finite" else (left, right)


def worst_index(used: np.ndarray, *, in_time: bool) -> tuple[int, ...]:
    """Return where most of a budget was used; along a training, where it was first exceeded."""
    if in_time and (used > 1).any():
        first = int((used > 1).reshape(len(used), -1).any(axis=1).argmax())
        return first, *worst_index(used[first], in_time=False)
    return tuple(int(i) for i in np.unravel_index(int(used.argmax()), used.shape))


def first_divergence(checks: Iterable[Check]) -> Check | None:
    """Return the first check that fails: of a training, in its first epoch; a number before a matter of form.

    Checks come in the order of the gates, causes before symptoms; forward, backward and update are gates of
    the same runs: there the first scenario counts, and in it the first array computed.
    """
    every = [check for check in checks if not check.passed]
    failed = [check for check in every if not check.form] or every
    if not failed or failed[0].epoch is None:
        return failed[0] if failed else None
    place = failed[0].scenario, failed[0].gate, failed[0].dtype, failed[0].device, failed[0].sides
    same = [c for c in failed if (c.scenario, c.gate, c.dtype, c.device, c.sides) == place]
    return min((c for c in same if c.epoch is not None), key=lambda check: check.epoch or 0)


def first_wrong(trace: Trace, checks: Iterable[Check]) -> Check | None:
    """Return the first divergence of a run, unless the error that ended the run is all that is wrong."""
    found = first_divergence(checks)
    return None if found and trace.error and str(found.numpy).startswith(STOPPED) else found
