"""What every package of a comparison is given, and what PyTorch makes of it: computed once, and kept."""

import hashlib
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType

import numpy as np
import torch

from compare import torch_side
from compare.gates.background import worth_a_process
from compare.gates.scenarios import scenarios
from compare.gates.torch_team import TorchTeam
from compare.gates.trajectory import Training, thinning
from compare.scenario import Scenario, TrainingSettings
from numpy_mlp.data import Dataset, load_dataset
from numpy_mlp.shared.history import History
from numpy_mlp.shared.limits import check_training

LEARNING_RATE = 0.01
WARM_UP = TrainingSettings(epochs=1000, lr=0.1, snapshot_every=1000)


@dataclass(frozen=True)
class Settings:
    """What a comparison compares."""

    dataset: str = "iris"
    hidden: tuple[int, ...] = (10,)
    seed: int = 42
    epochs: int = 20_000
    dtypes: tuple[str, ...] = ("float32", "float64")
    devices: tuple[torch.device, ...] = (torch_side.CPU,)
    precision: str = "ieee"
    workers: int = 1
    mode: str = "eager"


class Material:
    """Data, weights, scenarios, and PyTorch's trainings."""

    def __init__(self, settings: Settings) -> None:
        """Load the data, and let PyTorch draw the weights: an error in NumPy's draw has its own gate."""
        self.settings = settings
        self.datasets: dict[str, Dataset] = {
            dtype: load_dataset(settings.dataset, dtype=np.dtype(dtype).type) for dtype in settings.dtypes
        }
        dataset = self.datasets[settings.dtypes[0]]
        self.sizes = (len(dataset.feature_names), *settings.hidden, len(dataset.class_names))
        check_training(self.sizes, len(dataset.x_train), settings.epochs, dataset.x_train.dtype.type)
        self.fresh = torch_side.fresh_weights(self.sizes, settings.seed)
        self.team: TorchTeam | None = None
        self.beside: dict[str, Future[History]] = {}  # long trainings in a process beside this one
        # one long training of each device, and one of the last package
        self._kept: dict[tuple[str, torch.device | None], tuple[torch.device | ModuleType, History]] = {}

    @property
    def weights_hash(self) -> str:
        """A fingerprint of the initial weights: SHA-256 of their bytes, in order."""
        return hashlib.sha256(b"".join(data.tobytes() for data in self.fresh.values())).hexdigest()

    @cached_property
    def trained(self) -> dict[str, np.ndarray]:
        """The weights after a short training by PyTorch: a trained network shows what a fresh one hides."""
        dtype = "float32" if "float32" in self.datasets else self.settings.dtypes[0]
        return torch_side.train(self.scenario(dtype), WARM_UP).snapshots[-1]

    def scenario(self, dtype: str) -> Scenario:
        """Return the user's network on its training data, from its fresh weights."""
        data = self.datasets[dtype]
        return Scenario("training", "", self.sizes, self.fresh, data.x_train, data.y_train).astype(dtype)

    def scenarios(self, dtype: str) -> list[Scenario]:
        """Return all scenarios."""
        data = self.datasets[dtype]
        return [run.astype(dtype) for run in scenarios(data, self.sizes, self.fresh, self.trained)]

    @property
    def mini_batches(self) -> TrainingSettings:
        """A training in which a wrong order or a dropped batch shows, with an uneven last batch.

        An epoch is three steps (50, 50 and 20 samples of Iris): over many a worst-case bound grows too large.
        """
        samples = len(self.datasets[self.settings.dtypes[0]].x_train)
        size = 5 * samples // 12
        if self.team and size % self.team.count == 0:
            size -= 1  # so that the workers have uneven shards
        return TrainingSettings(epochs=20, lr=0.1, batch_size=size)

    def long_training(self, dtype: str) -> Training:
        """Return the training of all epochs."""
        return Training(self.scenario(dtype), TrainingSettings(self.settings.epochs, LEARNING_RATE))

    @property
    def trainings_beside(self) -> dict[str, Training]:
        """The long trainings on the CPU, by dtype, that PyTorch can run beside everything else."""
        settings = self.settings
        if settings.workers > 1 or settings.mode != "eager" or torch_side.CPU not in settings.devices:
            return {}
        found = {dtype: self.long_training(dtype) for dtype in settings.dtypes}
        return {dtype: training for dtype, training in found.items() if worth_a_process(training)}

    def by_torch(self, training: Training, device: torch.device) -> Iterator[History]:
        """Train with PyTorch, in the requested mode or by the team; yield the training in parts."""
        scenario, settings = training.scenario, training.settings
        if self.team:
            return iter([self.team.train(scenario, settings)])
        return training.parts(torch_side.trainer(scenario, settings, device, mode=self.settings.mode))

    def long_parts(self, dtype: str, by: torch.device | ModuleType) -> Iterator[History]:
        """Yield the parts of the long training by PyTorch on a device, or by a package; keep it thinned."""
        training, kept = self.long_training(dtype), History()
        key = dtype, by if isinstance(by, torch.device) else None
        self._kept.pop(key, None)
        if by == torch_side.CPU and dtype in self.beside:
            parts = iter([self.beside.pop(dtype).result()])
        else:
            parts = self.by_torch(training, by) if isinstance(by, torch.device) else training.trained_by(by)
        yield from thinning(parts, kept, self.settings.epochs)
        self._kept[key] = by, kept

    def long_history(self, dtype: str, by: torch.device | ModuleType) -> History:
        """Return the losses of that training, and the snapshots for pictures; run it if it is not kept."""
        key = dtype, by if isinstance(by, torch.device) else None
        if key not in self._kept or self._kept[key][0] != by:
            deque(self.long_parts(dtype, by), maxlen=0)
        return self._kept[key][1]
