"""What a learner's arrays tell before any search: the kind of difference, and how much evidence it is."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from compare.bugs.lab import Lab, Name, Observation
from compare.explain.replay import overflows

# how the errors of numpy_mlp's guards begin
GUARDED = ("Linear expected ", "expected a gradient of ")
FEW = 0.25  # of all runs: in so many NaN or infinity may part what is the same elsewhere


@dataclass(frozen=True)
class Evidence:
    """What differs.

    Attributes:
        found: What the package did.
        names: The arrays in which it is not numpy_mlp.
        lab: What numpy_mlp did.
    """

    found: Observation
    names: Sequence[Name]
    lab: Lab

    @property
    def of_form(self) -> bool:
        """Whether texts and counts of the structure alone differ."""
        return all(name.gate == "structure" for name in self.names)

    @property
    def of_errors(self) -> bool:
        """Whether every array that came is right, and others never came."""
        return not self.of_form and not any(name in self.found.arrays for name in self.names)

    def of_other_shapes(self) -> bool:
        """Return whether an array has another shape or dtype, which numpy_mlp's own guards would refuse."""
        right = self.lab.healthy.arrays
        pairs = ((array, right.get(name)) for name, array in self.found.arrays.items())
        return any(
            isinstance(one, np.ndarray) and isinstance(other, np.ndarray)
            and (one.shape != other.shape or one.dtype != other.dtype)
            for one, other in pairs
        )  # fmt: skip

    def of_guards(self) -> bool:
        """Return whether one of numpy_mlp's own guards refused an array of the learner's package."""
        return any(words in error for words in GUARDED for error in self.found.errors.values())

    def has_numbers(self) -> bool:
        """Return whether an array differs in numbers, not only in that it holds NaN or infinity."""
        right, allowed = self.lab.healthy.arrays, self.lab.allowed
        for name in self.names:
            if name in self.found.arrays and name in right and name not in self.lab.form:
                one, other = self.found.arrays[name], right[name]
                if not overflows(one, other):
                    return True
                finite = np.isfinite(one) & np.isfinite(other)
                limit = np.broadcast_to(allowed.get(name, 0.0), one.shape)
                if (np.abs(one - other) > limit)[finite].any():
                    return True
        return False

    def measured(self) -> bool:
        """Return whether an array of floating-point numbers differs: not labels, counts and texts alone."""
        arrays = (self.found.arrays[name] for name in self.names if name in self.found.arrays)
        return any(isinstance(array, np.ndarray) and array.dtype.kind == "f" for array in arrays)

    def seldom(self, runs: int) -> bool:
        """Return whether arrays differ in few of so many runs."""
        return len({(name.run, name.dtype) for name in self.names}) <= runs * FEW
