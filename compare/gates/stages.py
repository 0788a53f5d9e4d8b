"""The gates of the proof, stage by stage: what each of them runs, in the order of the proof.

A stage turns the material of a comparison and a dtype into gates. Forward, backward and update are one stage,
three gates of the same runs.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from compare.checks import CheckContext
from compare.gate import STEP_GATES, Gate
from compare.gates.data import data_gate
from compare.gates.invalid_input import invalid_input_gate
from compare.gates.material import Material
from compare.gates.predictions import HeldOutSet, prediction_gates
from compare.gates.referees import derivative_gate, scikit_learn_gates
from compare.gates.shards import BY_HAND, average_gates, team_gates
from compare.gates.steps import short_training_gate, short_trainings, step_gate
from compare.gates.structure import large_summary_gate, same_seed_gate, structure_gate
from compare.gates.trajectory import Training


def steps(material: Material, dtype: str) -> Iterator[Gate]:
    """Yield the gates of every scenario, of the first steps in another mode, and of averaged gradients."""
    runs, settings = material.scenarios(dtype), material.settings
    for scenario in runs:
        for device in settings.devices:
            yield step_gate(scenario, device)
    if settings.mode != "eager":
        batches = material.mini_batches
        for training in short_trainings(runs, batches.batch_size or len(runs[0].x), batches.lr):
            for device in settings.devices:
                yield short_training_gate(training, settings.mode, device)
    scenario, team = material.scenario(dtype), material.team
    for device in settings.devices:
        yield from average_gates(scenario, team.count if team else BY_HAND, device)
    if team:
        yield from team_gates(scenario, team)


def referees(material: Material, dtype: str) -> Iterator[Gate]:
    """Yield the gates of wrong input, of complex-step differentiation in float64, and of scikit-learn."""
    yield invalid_input_gate(dtype)
    scenario = material.scenario(dtype)
    if dtype == "float64":  # where it shows its worth
        yield derivative_gate(scenario)
    yield from scikit_learn_gates(scenario, material.settings.seed)


def trajectory(material: Material, dtype: str) -> Iterator[Gate]:
    """Yield the gates of a short training in mini-batches and of the long one: each library's every epoch."""
    short = Training(material.scenario(dtype), material.mini_batches)
    context = CheckContext("mini-batches", "trajectory", dtype)
    yield short.by_package(context)
    for device in material.settings.devices:
        yield short.run_by(partial(material.by_torch, short, device), context.on(device), "PyTorch")
    long, context = material.long_training(dtype), CheckContext("whole training", "trajectory", dtype)
    yield long.gate(partial(material.long_parts, dtype), context)
    for device in material.settings.devices:
        yield long.run_by(partial(material.long_parts, dtype, device), context.on(device), "PyTorch")


def predictions(material: Material, dtype: str) -> Iterator[Gate]:
    """Yield the gates of the trained networks' answers, and of one that is sure of none."""
    samples = HeldOutSet(material.datasets[dtype], material.sizes)
    train = partial(material.long_history, dtype)
    context = CheckContext("whole training", "predictions", dtype)
    for device in material.settings.devices:
        history = material.long_history(dtype, device)
        yield from prediction_gates(samples, train, history, device, context.on(device))
    fresh = {name: weight.astype(dtype) for name, weight in material.fresh.items()}
    yield samples.gate(fresh, CheckContext("fresh", "predictions", dtype))


@dataclass(frozen=True)
class Stage:
    """Gates that are run together: their names, and what yields them."""

    names: tuple[str, ...]
    gates: Callable[[Material, str], Iterable[Gate]]


STAGES = (
    Stage(("data",), lambda given, dtype: [data_gate(dtype, given.settings.dataset, given.settings.seed)]),
    Stage(
        ("structure",),
        lambda given, dtype: [structure_gate(dtype, given.sizes, given.fresh), large_summary_gate(dtype)],
    ),
    Stage(("same seed",), lambda given, dtype: [same_seed_gate(dtype, given.sizes, given.settings.seed)]),
    Stage(STEP_GATES, steps),
    Stage(("referees",), referees),
    Stage(("trajectory",), trajectory),
    Stage(("predictions",), predictions),
)
