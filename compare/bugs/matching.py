"""Is what one package did the same as what another one did, up to rounding?

For the correct network ``compare.budget`` bounds every array of a trace: |a - b| <= 2 E. A faulty network
goes through the same operations on other numbers, and what follows is that bound, carried over to them. Each
term of E is a rounding, at most u times the size of what is rounded, or an inherited error times a factor:
an array that is r times as large has room for r times the error. Errors are handed down, so r is the largest
ratio that any array of that run has shown so far. Where the fault makes an entry large that should be small
(or 0), its own E says nothing: then the array's relative error counts, its largest E by its largest number,
again the largest of that run so far, from the E of rounding alone: where a mask may fall on either side, E
holds a whole gradient, which is no relative error.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np

from compare.bugs.bug import Bug
from compare.bugs.lab import Lab, Name, Observation, largest
from compare.gate import GATES, STEP_GATES, Gate

# forward, backward and update are three gates of the same runs, so these stay together
ORDER = {gate: GATES.index(STEP_GATES[0] if gate in STEP_GATES else gate) for gate in GATES}
ZERO = np.array(0.0)


def outside(a: Any, b: Any, allowed: np.ndarray | float) -> bool:
    """Return whether two arrays differ by more than is allowed; NaN and infinity must stand alike."""
    if not (isinstance(a, np.ndarray) and isinstance(b, np.ndarray)):
        return type(a) is not type(b) or bool(a != b)
    if a.shape != b.shape or a.dtype != b.dtype:
        return True
    if a.dtype.kind != "f":
        return not np.array_equal(a, b)
    finite = np.isfinite(a) & np.isfinite(b)
    with np.errstate(all="ignore"):
        far = np.abs(a.astype(np.float64) - b.astype(np.float64)) > allowed
    if finite.all():
        return bool(far.any())
    return not np.array_equal(a[~finite], b[~finite], equal_nan=True) or bool(far[finite].any())


def differences(found: Observation, lab: Lab) -> list[Name]:
    """Return the arrays in which a package leaves the budget of numpy_mlp, causes before symptoms."""
    right = lab.healthy.arrays
    runs = list(dict.fromkeys(name.run for name in right))
    # what one side lacks is a difference too: None stands for it
    return [
        name
        for name in sorted(right | found.arrays, key=lambda n: (ORDER[n.gate], n.dtype, runs.index(n.run)))
        if outside(found.arrays.get(name), right.get(name), lab.allowed.get(name, 0.0))
    ]


@dataclass
class Room:
    """How much room the arrays of a faulty run have, from the correct run's budgets, as they come.

    The largest ratio so far of a faulty array to the correct one, and a correct one's largest relative error.
    """

    ratio: float = 1.0
    relative: float = 0.0

    def correct(self, name: Name, lab: Lab) -> None:
        """Note that the next array is the correct one."""
        magnitude, rounded = lab.sizes.get(name, (0.0, 0.0))
        if magnitude:
            self.relative = max(self.relative, rounded / magnitude)

    def for_array(self, faulty: np.ndarray, name: Name, lab: Lab) -> np.ndarray:
        """Return how far each entry of the next array may be from the faulty one."""
        allowed, size = lab.allowed[name], largest(faulty)
        magnitude, rounded = lab.sizes[name]
        if magnitude:
            self.ratio = max(self.ratio, size / magnitude)
            self.relative = max(self.relative, rounded / magnitude)
        least = np.array(self.relative * size)
        return np.maximum(allowed * self.ratio, least) if allowed.shape == faulty.shape else least


def matches(found: Observation, bug: Bug, lab: Lab) -> bool:
    """Return whether a package does what a bug does, in every array; what it prints is a matter of form."""
    if not alike_in(lab.gates, found, bug, lab):
        return False
    known = lab.observed(bug).arrays
    return all(name in known for name in found.arrays if name.gate != "structure")


def alike_in(gates: Iterable[Gate], found: Observation, bug: Bug, lab: Lab) -> bool:
    """Return whether a package has every array of a bug in some gates.

    Most bugs differ in one of the first gates, and don't run through those after it.
    """
    rooms: dict[tuple[str, str], Room] = {}
    for gate in gates:
        for name, array in lab.observed_in(gate, bug).arrays.items():
            if name.gate == "structure":
                continue
            room = rooms.setdefault((name.run, name.dtype), Room())
            if name not in found.arrays or not alike(name, array, found.arrays[name], room, lab):
                return False
    return True


def alike(name: Name, faulty: Any, found: Any, room: Room, lab: Lab) -> bool:
    """Return whether an array is that of a faulty network, up to the rounding for which its run has room."""
    allowed = lab.allowed.get(name, ZERO)
    if name in lab.sizes and isinstance(faulty, np.ndarray) and faulty.dtype.kind == "f":
        allowed = room.for_array(faulty, name, lab)
    return not outside(found, faulty, allowed)


def trains_like(seen: Observation, bug: Bug, lab: Lab) -> bool:
    """Return whether a package's own ``train`` does what a bug does, and not what numpy_mlp's does.

    A training step may leave out what the bug has in another function: ``zero_grad`` that isn't called, or
    ``zero_grad`` that does nothing. Then only the trainings are alike.
    """
    if not alike_in(lab.training_gates, seen, bug, lab):
        return False
    right = lab.healthy.arrays
    return any(
        outside(array, right.get(name), lab.allowed.get(name, 0.0))
        for gate in lab.training_gates
        for name, array in lab.observed_in(gate, bug).arrays.items()
    )
