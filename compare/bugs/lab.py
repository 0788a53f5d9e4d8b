"""The lab: what a NumPy package does in the proof's gates, as named arrays, beside what numpy_mlp does there.

The gates are those of ``compare.run`` on Iris with its defaults, but for what takes long: a few epochs stand
for the long training, and every package answers the test samples with the same trained weights. A scenario
has the same name and the same numbers as in the proof's report.
"""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np

from compare import budget
from compare.bugs.bug import Bug, plant
from compare.bugs.calls import watched
from compare.bugs.copies import copy_of_numpy_mlp
from compare.checks import CheckContext
from compare.gate import Gate
from compare.gates.material import Material, Settings
from compare.gates.predictions import HeldOutSet
from compare.gates.stages import STAGES, steps
from compare.gates.steps import ShortTraining, short_training_gate, short_trainings
from compare.scenario import Scenario
from compare.trace import gate_of
from numpy_mlp.mlp import MLP


class Name(NamedTuple):
    """Which array: in which gate, of which run, in which arithmetic."""

    gate: str
    run: str
    dtype: str
    tensor: str


@dataclass
class Observation:
    """What a package did.

    Attributes:
        arrays: Its arrays, in the order of the gates.
        errors: The error that came, by run and dtype.
        calls: The calls that its ``train`` made, in short trainings; none of a known bug's are noted.
    """

    arrays: dict[Name, Any] = field(default_factory=dict)
    errors: dict[tuple[str, str], str] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)


class Lab:
    """The gates, and what numpy_mlp and the known bugs do in them; each is observed once."""

    def __init__(self) -> None:
        """Start with nothing observed."""
        self.material = Material(Settings())
        self._planted: dict[Bug, ModuleType] = {}
        self._observed: dict[tuple[Bug, Gate], Observation] = {}

    @cached_property
    def gates(self) -> list[Gate]:
        """All gates, stage by stage and dtype by dtype."""
        material, dtypes = self.material, self.material.settings.dtypes
        found = [gate for stage in STAGES[:3] for dtype in dtypes for gate in stage.gates(material, dtype)]
        for dtype in dtypes:
            found += steps(material, dtype)
            found += [short_training_gate(training) for training in self.trainings[dtype]]
        return found + [gate for dtype in dtypes for gate in self.answers_gates(dtype)]

    @cached_property
    def scenarios(self) -> dict[str, list[Scenario]]:
        """The scenarios of each dtype."""
        return {dtype: self.material.scenarios(dtype) for dtype in self.material.settings.dtypes}

    @cached_property
    def trainings(self) -> dict[str, list[ShortTraining]]:
        """The short trainings of each dtype."""
        batches = self.material.mini_batches
        return {
            dtype: list(short_trainings(found, batches.batch_size or 0, batches.lr))
            for dtype, found in self.scenarios.items()
        }

    def answers_gates(self, dtype: str) -> Iterator[Gate]:
        """Yield the gates of the answers of trained and of fresh weights, where some labels are wrong.

        Where all labels are right, every mean of them is 1, and a wrong accuracy would not show. One accuracy
        is one small number, which many a mistake has: so there are more fresh networks than in the proof.
        """
        dataset = self.material.datasets[dtype]
        labels = dataset.y_test.copy()
        labels[:5] = (labels[:5] + 1) % self.material.sizes[-1]
        samples = HeldOutSet(dataset._replace(y_test=labels), self.material.sizes)
        networks = {"trained": self.material.trained, "fresh": self.material.fresh}
        networks |= {f"fresh, seed {seed}": MLP(*samples.sizes, seed=seed).state_dict() for seed in range(6)}
        for name, found in networks.items():
            weights = {tensor: weight.astype(dtype) for tensor, weight in found.items()}
            yield samples.gate(weights, CheckContext(name, "predictions", dtype))

    def observe(self, package: ModuleType) -> Observation:
        """Return what a package does."""
        seen = together([self.observe_in(gate, package) for gate in self.gates])
        seen.calls = self.calls(package)
        return seen

    def observe_in(self, gate: Gate, package: ModuleType) -> Observation:
        """Return what a package does in one gate."""
        seen = Observation()
        seed_shared_generators()
        with np.errstate(all="ignore"):
            for trace in gate.run(package):
                seen.arrays |= {name_of(gate.context, tensor): value for tensor, value in trace.items()}
                if trace.error:
                    seen.errors[gate.context.scenario, gate.context.dtype] = trace.failure
        return seen

    def calls(self, package: ModuleType) -> list[str]:
        """Return the calls that a package's ``train`` makes, in short trainings."""
        found: list[str] = []
        for gate in self.training_gates:
            with watched(package) as calls, np.errstate(all="ignore"):
                list(gate.run(package))
            found += calls
        return found

    @property
    def training_gates(self) -> list[Gate]:
        """The gates of a package's own ``train``."""
        return [gate for gate in self.gates if gate.context.scenario.endswith("training")]

    @cached_property
    def healthy(self) -> Observation:
        """What numpy_mlp does, read afresh from its files."""
        return self.observe(copy_of_numpy_mlp())

    def observed(self, bug: Bug) -> Observation:
        """Return what a bug does."""
        return together([self.observed_in(gate, bug) for gate in self.gates])

    def observed_in(self, gate: Gate, bug: Bug) -> Observation:
        """Return what a bug does in one gate."""
        if bug not in self._planted:
            self._planted[bug] = plant(bug)
        if (bug, gate) not in self._observed:
            self._observed[bug, gate] = self.observe_in(gate, self._planted[bug])
        return self._observed[bug, gate]

    @cached_property
    def allowed(self) -> dict[Name, np.ndarray]:
        """How far apart two correct packages may be, for every array that is not equal bit for bit."""
        package = copy_of_numpy_mlp()
        return {
            # both may be as far from the exact value as one may
            name_of(gate.context, tensor): (2 if allowed.against else 1) * np.asarray(allowed.distance)
            for gate in self.gates
            for trace in gate.run(package)
            for tensor, allowed in gate.expected(trace).budget.items()
        }

    @cached_property
    def form(self) -> frozenset[Name]:
        """What is a matter of form: texts that change no number."""
        package = copy_of_numpy_mlp()
        return frozenset(
            name_of(gate.context, tensor)
            for gate in self.gates
            if gate.context.gate == "structure"
            for trace in gate.run(package)
            for tensor, allowed in gate.expected(trace).budget.items()
            if allowed.form
        )

    @cached_property
    def rounded(self) -> dict[Name, np.ndarray]:
        """The part of ``allowed`` that is rounding alone, where ReLU's masks allow more than that."""
        found = dict(self.allowed)
        for dtype in self.scenarios:
            runs = [(scenario.name, scenario) for scenario in self.scenarios[dtype]]
            runs += [(f"{one.scenario.name}, eager training", one.scenario) for one in self.trainings[dtype]]
            for run, scenario in runs:
                for tensor, array in budget.run(scenario, ties=False).items():
                    for gate in (gate_of(tensor), "update"):
                        if (name := Name(gate, run, dtype, tensor)) in found:
                            found[name] = 2 * array.error
        return found

    @cached_property
    def sizes(self) -> dict[Name, tuple[float, float]]:
        """The largest number of each correct array that has a budget, and its largest E of rounding."""
        right = self.healthy.arrays
        return {
            name: (largest(right[name]), largest(self.rounded[name]))
            for name, allowed in self.allowed.items()
            if allowed.any() and isinstance(right.get(name), np.ndarray) and right[name].dtype.kind == "f"
        }


def seed_shared_generators() -> None:
    """Seed Python's and NumPy's own generators: a run that draws from them can be made again."""
    random.seed(0)
    np.random.seed(0)  # noqa: NPY002 - the generator that learners' code draws from


@contextmanager
def kept_generators() -> Iterator[None]:
    """Let Python's and NumPy's own generators go on afterwards where they were."""
    python, numpy = random.getstate(), np.random.get_state()  # noqa: NPY002
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)  # noqa: NPY002


def together(parts: list[Observation]) -> Observation:
    """Return what a package did in several gates as one observation."""
    seen = Observation()
    for part in parts:
        seen.arrays |= part.arrays
        seen.errors |= part.errors
    return seen


def largest(array: np.ndarray) -> float:
    """Return the largest finite magnitude, or 0."""
    magnitudes = np.abs(array)
    most = float(magnitudes.max(initial=0.0))
    return most if np.isfinite(most) else float(magnitudes[np.isfinite(magnitudes)].max(initial=0.0))


def name_of(context: CheckContext, tensor: str) -> Name:
    """Return the name of an array in a gate's context."""
    return Name(context.gate or gate_of(tensor), context.scenario, context.dtype, tensor)
