"""A run of a gate that follows a learner's run, array by array, and ends where it departs from it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

import numpy as np

from compare import numpy_side
from compare.bugs.lab import Lab, Name, Observation, name_of, seed_shared_generators
from compare.bugs.matching import ORDER, Room, alike
from compare.gate import STEP_GATES, Gate
from compare.scenario import Scenario
from compare.trace import Trace, in_words


class Departed(BaseException):
    """The run has left the other one; no ``except Exception`` on the way may stop it."""


@dataclass(frozen=True)
class Progress:
    """How far a run followed the other one.

    Attributes:
        arrays: How many arrays are the same, from the first on.
        whole: Whether all of them are.
        overflow: Whether it ended where the two sides differ in what is NaN, infinity or a number.
    """

    arrays: int
    whole: bool
    overflow: bool = False


class Followed(Trace):
    """A trace that ends its run with ``Departed`` as soon as an array is not the other run's."""

    def __init__(self, play: "Play", on_departure: Callable[[], None]) -> None:
        """Begin with no array."""
        super().__init__()
        self.play, self.room, self.overflow, self.on_departure = play, Room(), False, on_departure

    def __setitem__(self, tensor: str, value: Any) -> None:
        """Compare an array as it comes."""
        name = name_of(self.play.gate.context, tensor)
        expected = self.play.theirs.get(name)
        if name not in self.play.theirs or not self.agrees(name, value, expected):
            self.overflow = overflows(value, expected)
            self.on_departure()
            raise Departed
        super().__setitem__(tensor, value)

    def agrees(self, name: Name, value: Any, expected: Any) -> bool:
        """Return whether an array is the other run's; for the correct one that is known already."""
        lab, same = self.play.lab, self.play.same
        right = lab.healthy.arrays.get(name)
        if not isinstance(value, np.ndarray) or right is None or not np.array_equal(value, right):
            return name in lab.form or alike(name, value, expected, self.room, lab)
        self.room.correct(name, lab)
        if self.room.ratio > 1:
            return alike(name, value, expected, self.room, lab)
        if name not in same:
            same[name] = alike(name, value, expected, self.room, lab)
        return same[name]


@dataclass(frozen=True)
class Play:
    """A gate, and what a learner's package did in it.

    Attributes:
        gate: How to run a package.
        scenario: The scenario, if the gate takes its steps.
        theirs: The learner's arrays.
        lab: What numpy_mlp does there.
        failure: The error that ended it, if a run must end with the same one.
        same: Which of the learner's arrays are the correct ones, as far as that was needed.
    """

    gate: Gate
    scenario: Scenario | None
    theirs: dict[Name, Any]
    lab: Lab
    failure: str = ""
    same: dict[Name, bool] = field(default_factory=dict, compare=False)

    @property
    def key(self) -> tuple[str, str]:
        """The run and the dtype."""
        return self.gate.context.scenario, self.gate.context.dtype

    def follow(self, package: ModuleType, on_departure: Callable[[], None] = lambda: None) -> Progress:
        """Run a package, and return how far it does what the learner's does."""
        trace, failure = Followed(self, on_departure), ""
        seed_shared_generators()
        try:
            if self.scenario is not None:
                numpy_side.fill(trace, self.scenario, package)
            else:
                for part in self.gate.run(package):
                    for tensor, value in part.items():
                        trace[tensor] = value
                    failure = part.failure
        except Departed:
            return Progress(len(trace), False, trace.overflow)
        except MemoryError:
            # the learner's code ran on this machine: what doesn't fit into its memory is something else
            return Progress(len(trace), False)
        except (Exception, SystemExit) as error:
            failure = in_words(error)  # the arrays that came before it count
        whole = len(trace) == len(self.theirs) and (not self.failure or failure == self.failure)
        return Progress(len(trace), whole)


def overflows(one: Any, other: Any) -> bool:
    """Return whether two arrays differ in where they have NaN, infinity and numbers."""
    if not all(isinstance(a, np.ndarray) and a.dtype.kind == "f" for a in (one, other)):
        return False
    if one.shape != other.shape:
        return False
    kinds = (np.isnan, np.isposinf, np.isneginf)
    return not all(np.array_equal(kind(one), kind(other)) for kind in kinds)


def plays(found: Observation, lab: Lab, *, failures: bool = False) -> Iterator[Play]:
    """Yield each gate of the lab with what a package had there; ``failures``: the error counts, too."""
    scenarios = {(s.name, dtype): s for dtype, several in lab.scenarios.items() for s in several}
    by_gate: dict[tuple[int, str, str], dict[Name, Any]] = {}
    for name, value in found.arrays.items():
        by_gate.setdefault((ORDER[name.gate], name.run, name.dtype), {})[name] = value
    lacking = {(ORDER[n.gate], n.run, n.dtype) for n in lab.healthy.arrays.keys() - found.arrays.keys()}
    for gate in lab.gates:
        context = gate.context
        key = (ORDER[context.gate or STEP_GATES[0]], context.scenario, context.dtype)
        scenario = None if context.gate else scenarios[context.scenario, context.dtype]
        failure = found.errors.get(key[1:], "") if failures and key in lacking else ""
        yield Play(gate, scenario, by_gate.get(key, {}), lab, failure)
