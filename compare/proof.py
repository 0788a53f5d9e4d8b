"""The proof: nine gates in a row, each in every dtype and on every device that was asked for."""

import hashlib
import sys
import traceback
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

import numpy_mlp
from compare import budget, modes, numpy_side, preparation, referees, shares, torch_side, trajectory
from compare.checks import Check, Place, agree
from compare.environment import environment
from compare.predictions import prediction_gate
from compare.refusals import refusal_checks
from compare.scenario import Scenario, scenarios
from compare.trajectory import Course, Point
from compare.workers import Team, WorkerError, team
from numpy_mlp.data import Dataset, load_dataset
from numpy_mlp.history import History

LEARNING_RATE = 0.01
SNAPSHOT_EVERY = 200
# long enough for a wrong order or a dropped batch to show, and with an uneven last batch
MINI_BATCHES = Course(epochs=20, lr=0.1, snapshot_every=10, batch_size=50)


@dataclass(frozen=True)
class Settings:
    """What the user asked for."""

    dataset: str = "iris"
    hidden: tuple[int, ...] = (10,)
    seed: int = 42
    epochs: int = 20_000
    dtypes: tuple[str, ...] = ("float32", "float64")
    devices: tuple[torch.device, ...] = (torch.device("cpu"),)
    precision: str = "ieee"
    verbose: bool = False
    package: ModuleType = numpy_mlp
    workers: int = 1
    mode: str = "eager"


@dataclass
class Proof:
    """The material of a proof, and what comes out of it.

    Attributes:
        settings: What the user asked for.
        datasets: The prepared data for each dtype.
        sizes: Units of each layer.
        fresh: The initial weights in float32. PyTorch draws them, so that a mistake in NumPy's draw is seen
            by its own gate and hides nothing else.
        environment: Versions, threads, devices.
        parameters: How many each library's model has.
        checks: All checks, causes before symptoms.
        points: Distances along the long training.
        flowers: What each library says of each test sample.
        histories: NumPy's and the other library's long training, and how far apart the last weights may be,
            for each dtype and device.
        team: The processes in which PyTorch trains, if there are several.
    """

    settings: Settings
    datasets: dict[str, Dataset]
    sizes: tuple[int, ...]
    fresh: dict[str, np.ndarray]
    environment: dict[str, Any]
    parameters: dict[str, int]
    checks: list[Check] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    flowers: list[dict[str, Any]] = field(default_factory=list)
    histories: dict[tuple[str, torch.device], tuple[History, History, float]] = field(default_factory=dict)
    team: Team | None = None

    @classmethod
    def prepare(cls, settings: Settings) -> "Proof":
        """Load the data and draw the weights."""
        datasets = {
            dtype: load_dataset(settings.dataset, dtype=np.dtype(dtype).type) for dtype in settings.dtypes
        }
        dataset = datasets[settings.dtypes[0]]
        sizes = (len(dataset.feature_names), *settings.hidden, len(dataset.class_names))
        twin = torch_side.drawn(sizes, settings.seed)
        return cls(
            settings=settings,
            datasets=datasets,
            sizes=sizes,
            fresh=torch_side.weights_of(twin),
            environment=environment(settings.devices),
            parameters={
                "numpy": sum(param.data.size for param in settings.package.MLP(*sizes).parameters()),
                "torch": sum(param.numel() for param in twin.parameters()),
            },
        )

    @property
    def weights_hash(self) -> str:
        """A fingerprint of the initial weights: SHA-256 of their bytes, in order."""
        return hashlib.sha256(b"".join(data.tobytes() for data in self.fresh.values())).hexdigest()

    def training(self, dtype: str) -> Scenario:
        """Return the user's network on its training data."""
        data = self.datasets[dtype]
        run = Scenario("training", "", self.sizes, self.fresh, data.x_train, data.y_train)
        return run.astype(dtype)


def data(proof: Proof, dtype: str) -> list[Check]:
    """Gate 0: what ``numpy_mlp.data`` prepares, against scikit-learn."""
    place = Place("preparation", "data", dtype)
    settings = proof.settings
    return preparation.data_gate(place, settings.dataset, settings.seed, settings.package)


def structure(proof: Proof, dtype: str) -> list[Check]:
    """Gate 1: names, shapes, counts, summaries; the same weights, in memory of their own."""
    weights = proof.training(dtype).weights
    place = Place("preparation", "structure", dtype)
    return preparation.structure_gate(place, proof.sizes, weights, proof.settings.package)


def same_seed(proof: Proof, dtype: str) -> list[Check]:
    """Gate 2: what each library draws from the same seed."""
    place = Place("preparation", "same seed", dtype)
    return preparation.same_seed_gate(place, proof.sizes, proof.settings.seed, proof.settings.package)


def traces(proof: Proof, dtype: str) -> list[Check]:
    """Gates 3 to 5: every scenario's trace, within its derived budget."""
    start = proof.training("float32" if "float32" in proof.datasets else dtype)
    trained = torch_side.train(start, torch.device("cpu"), Course(1000, 0.1, 1000)).snapshots[-1]
    dataset = proof.datasets[dtype]
    checks = []
    runs = [run.astype(dtype) for run in scenarios(dataset, proof.sizes, proof.fresh, trained)]
    for scenario in runs:
        trace, allowed = numpy_side.run(scenario, proof.settings.package), budget.run(scenario)
        for device in proof.settings.devices:
            place = Place(scenario.name, "", dtype, str(device))
            checks += place.traces(trace, torch_side.run(scenario, device), allowed)
    return checks + in_mode(proof, runs) + averages(proof, dtype)


def in_mode(proof: Proof, runs: list[Scenario]) -> list[Check]:
    """Gate 5, too: the first steps of a training in another mode than eager."""
    mode, package = proof.settings.mode, proof.settings.package
    if mode == "eager":
        return []
    lessons = list(modes.lessons(runs, MINI_BATCHES))
    return [
        check
        for device in proof.settings.devices
        for lesson in lessons
        for check in modes.mode_checks(lesson, mode, device, package)
    ]


def averages(proof: Proof, dtype: str) -> list[Check]:
    """Gate 4, too: the average of the gradients of a batch's shares is the whole batch's."""
    scenario, package, checks = proof.training(dtype), proof.settings.package, []
    for device in proof.settings.devices:
        place = Place("", "backward", dtype, str(device))
        count = proof.team.count if proof.team else shares.BY_HAND
        checks += shares.by_hand(scenario, count, device, place, package)
        if proof.team:
            checks += shares.by_team(scenario, proof.team, place, package)
    return checks


def referee(proof: Proof, dtype: str) -> list[Check]:
    """Gate 6: what PyTorch refuses, complex-step differentiation in float64, scikit-learn's training."""
    settings = proof.settings
    checks = refusal_checks(settings.package, Place("refusals", "referees", dtype))
    place = Place("training", "referees", dtype)
    return checks + referees.referee_gate(proof.training(dtype), settings.seed, place, settings.package)


def whole_training(proof: Proof, dtype: str) -> list[Check]:
    """Gate 7: a short training in mini-batches and the whole one, within 8 times NumPy's self-noise."""
    epochs, devices = proof.settings.epochs, proof.settings.devices
    whole = Course(epochs, LEARNING_RATE, min(SNAPSHOT_EVERY, max(1, epochs // 10)))
    scenario = proof.training(dtype)
    trainings = 2 * (1 + trajectory.TWINS + len(devices))
    # in batches of which the workers have uneven shares
    size = 49 if proof.team and 50 % proof.team.count == 0 else 50
    mini_batches = replace(MINI_BATCHES, batch_size=size)
    checks = []
    with tqdm(total=trainings, desc=f"trajectory {dtype}", unit="training", disable=None, leave=False) as bar:
        for name, course in (("mini-batches", mini_batches), ("whole training", whole)):
            stick = trajectory.yardstick(scenario, course, proof.settings.package, bar.update)
            for device in devices:
                if proof.team:
                    other = proof.team.train(scenario, course)
                else:
                    other = torch_side.train(scenario, device, course, mode=proof.settings.mode)
                bar.update()
                place = Place(name, "trajectory", dtype, str(device))
                # where an earlier gate disagrees already, a better measure of the noise would change nothing
                twins = trajectory.MANY_TWINS if agree(proof.checks) else trajectory.TWINS
                again = partial(trajectory.yardstick, scenario, course, proof.settings.package, twins=twins)
                stick, found = trajectory.judged(stick, other, place, "training", again)
                checks += found
                if course is whole:
                    proof.points += trajectory.points(stick, other, place)
                    proof.histories[dtype, device] = (stick.history, other, float(stick.limit["weights"][-1]))
    return checks


def predictions(proof: Proof, dtype: str) -> list[Check]:
    """Gate 8: the two trained networks' answers, flower by flower."""
    checks = []
    for device in proof.settings.devices:
        ours, theirs, limit = proof.histories[dtype, device]
        place = Place("training", "predictions", dtype, str(device))
        ends = ours.snapshots[-1], theirs.snapshots[-1]
        found, flowers = prediction_gate(
            proof.datasets[dtype], *ends, limit, device, place, proof.settings.package
        )
        checks += found
        proof.flowers += flowers
    return checks


# Forward, backward and update are three gates of the same runs.
STAGES: tuple[tuple[tuple[str, ...], Callable[[Proof, str], list[Check]]], ...] = (
    (("data",), data),
    (("structure",), structure),
    (("same seed",), same_seed),
    (("forward", "backward", "update"), traces),
    (("referees",), referee),
    (("trajectory",), whole_training),
    (("predictions",), predictions),
)


def prove(proof: Proof) -> Iterator[str]:
    """Run the gates and yield each one's name when its checks stand in ``proof.checks``."""
    # a faulty network may overflow: its NaN is a failed check, not a warning
    settings = proof.settings
    with (
        np.errstate(all="ignore"),
        torch_side.matmul_precision(settings.precision),
        team(settings.workers, settings.devices[0].type, settings.precision) as proof.team,
    ):
        for gates, stage in STAGES:
            for dtype in settings.dtypes:
                proof.checks += guarded(proof, stage, gates[0], dtype)
            yield from gates


def guarded(proof: Proof, stage: Callable[[Proof, str], list[Check]], gate: str, dtype: str) -> list[Check]:
    """Run a stage; an error in it is a failed check, since correct networks raise none."""
    try:
        return stage(proof, dtype)
    except WorkerError:
        raise  # says nothing about either library
    except Exception as error:
        if proof.settings.verbose:
            traceback.print_exc(file=sys.stderr)
        text = f"{type(error).__name__}: {error}"
        return [Place(stage.__name__, gate, dtype).fact("runs to its end", text, "no error")]
