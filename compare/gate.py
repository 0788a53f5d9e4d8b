"""A gate: the one idea of the comparison.

A NumPy package is run, and gives a trace. What another implementation computes from the same numbers is the
reference. A budget says how far rounding may push the two apart; what lies outside is a disagreement.

Everything in ``compare`` is made of gates. The reference half of a gate does not depend on the package: it is
computed once, and any number of packages can be held against it.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy_mlp
from compare.checks import EXACT, Budget, Check, CheckContext
from compare.numpy_side import recorded
from compare.trace import Trace

# in the order of the proof; forward, backward and update are three gates of the same runs
GATES = (
    "data", "structure", "same seed", "forward", "backward", "update", "referees", "trajectory",
    "predictions",
)  # fmt: skip
STEP_GATES = ("forward", "backward", "update")


@dataclass(frozen=True)
class Reference:
    """What a trace is compared with, and how far from it each entry may be."""

    trace: Trace
    budget: Budget


@dataclass(frozen=True)
class Gate:
    """A run of a NumPy package, and what it is held against: where its checks stand, and two functions.

    ``run`` returns a package's trace; a long training comes in parts. ``expected`` returns the reference of a
    trace: mostly the same; of a training, epoch by epoch, the exact step from the weights that it passed.
    """

    context: CheckContext
    run: Callable[[ModuleType], Iterable[Trace]]
    expected: Callable[[Trace], Reference]

    def check(self, package: ModuleType = numpy_mlp) -> Iterator[tuple[Trace, list[Check]]]:
        """Run a package, and yield each part of its trace with the checks of it."""
        for trace in self.run(package):
            reference = self.expected(trace)
            yield trace, self.context.compare(trace, reference.trace, reference.budget)

    def checks(self, package: ModuleType = numpy_mlp) -> list[Check]:
        """Return the checks of a package."""
        return [check for _, checks in self.check(package) for check in checks]


@dataclass(frozen=True)
class FixedGate(Gate):
    """A gate of the reference half alone: its checks are the same for every package, and computed once."""

    def check(self, package: ModuleType = numpy_mlp) -> Iterator[tuple[Trace, list[Check]]]:
        """Yield the checks, with an empty trace."""
        yield Trace(), self.known

    @cached_property
    def known(self) -> list[Check]:
        """The checks."""
        return [check for _, checks in super().check() for check in checks]


def gate(
    context: CheckContext, record: Callable[[Trace, ModuleType], None], reference: Trace,
    budget: Budget | None = None,
) -> Gate:  # fmt: skip
    """Return a gate whose reference is always the same; without a budget, bit for bit.

    ``record`` runs a package and fills a trace; an error ends the trace.
    """
    fixed = Reference(reference, dict.fromkeys(reference, EXACT) if budget is None else budget)
    return Gate(context, lambda package: [recorded(lambda trace: record(trace, package))], lambda _: fixed)
