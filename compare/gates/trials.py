"""Gates that take a moment: what a learner's package, or one piece of it, has to pass first."""

from functools import cached_property

from compare.checks import DTYPES, CheckContext
from compare.gate import Gate
from compare.gates.material import Material, Settings
from compare.gates.referees import scikit_learn_gates
from compare.gates.steps import step_gate
from compare.gates.structure import large_summary_gate, structure_gate
from compare.gates.trajectory import Training
from compare.scenario import TrainingSettings
from compare.torch_side import fresh_weights

FROZEN = frozenset({"fc1.weight", "fc2.weight", "fc2.bias"})
TRAININGS = {
    "mini-batches": TrainingSettings(epochs=20, lr=0.1, batch_size=50),
    "full batches": TrainingSettings(epochs=50, lr=0.1),
}


class Trials:
    """The gates, each built when it is first needed; their reference half is computed once."""

    def __init__(self) -> None:
        """Take Iris, with the proof's defaults."""
        self.material = Material(Settings())

    @cached_property
    def steps(self) -> list[Gate]:
        """Every scenario in both dtypes."""
        return [step_gate(scenario) for dtype in DTYPES for scenario in self.material.scenarios(dtype)]

    @cached_property
    def trainings(self) -> list[Gate]:
        """Short trainings in both dtypes, every epoch of them, in the order of the proof."""
        runs = {dtype: self.material.scenario(dtype) for dtype in DTYPES}
        seed = self.material.settings.seed
        found = [next(scikit_learn_gates(run, seed)) for run in runs.values()]
        return found + [
            Training(run, how).by_package(CheckContext(name, "trajectory", dtype))
            for dtype, run in runs.items()
            for name, how in TRAININGS.items()
        ]

    @cached_property
    def summaries(self) -> list[Gate]:
        """The structure of two networks, with and without frozen parameters."""
        found = [
            structure_gate("float32", sizes, fresh_weights(sizes, 0), frozen)
            for sizes in ((4, 10, 3), (4, 8, 7, 3))
            for frozen in (frozenset(), FROZEN)
        ]
        return [*found, large_summary_gate("float32")]
