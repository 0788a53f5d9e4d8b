"""What a bug does to training: the last loss and the test accuracy, beside those of the correct network."""

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from compare.bugs.bug import Bug, plant
from compare.bugs.copies import copy_of_numpy_mlp

# arguments of train and of SGD: one plain training, and one that uses what the plain one leaves out
Arguments = dict[str, Any]
TRAININGS: dict[str, tuple[Arguments, Arguments]] = {
    "full batch, 1000 epochs, lr 0.1": ({"epochs": 1000}, {"lr": 0.1}),
    "batches of 50, 200 epochs, lr 0.02, Nesterov 0.9, decay 0.001": (
        {"epochs": 200, "batch_size": 50},
        {"lr": 0.02, "momentum": 0.9, "nesterov": True, "weight_decay": 0.001},
    ),
}


@dataclass(frozen=True)
class Effect:
    """How a training ended: its last loss, how many test samples are right, the error that stopped it."""

    loss: float = np.nan
    correct: float = np.nan
    samples: int = 0
    error: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        return self.error or f"loss {self.loss:.4f}, {self.correct:g} of {self.samples} flowers right"


def train(package: ModuleType, options: Arguments, sgd: Arguments) -> Effect:
    """Train a package's network on the package's data, and measure it with the package's ``accuracy``."""
    try:
        with np.errstate(all="ignore"):
            data = package.load_dataset("iris")
            model = package.MLP(4, 10, 3, seed=42)
            optimizer = package.SGD(model.parameters(), **sgd)
            history = package.train(model, optimizer, data.x_train, data.y_train, **options)
            accuracy = package.accuracy(model, data.x_test, data.y_test)
    except Exception as error:
        return Effect(error=f"{type(error).__name__}: {error}")
    samples = len(data.y_test)
    return Effect(float(history.losses[-1]), round(accuracy * samples, 3), samples)


@cache
def effects(bug: Bug | None) -> dict[str, Effect]:
    """Return how each training ends with a bug in place, or without one."""
    package = plant(bug) if bug else copy_of_numpy_mlp()
    return {name: train(package, *arguments) for name, arguments in TRAININGS.items()}


def seen_by_accuracy(bug: Bug) -> bool:
    """Return whether accuracy alone would show a bug: by an error, or by more than one test sample."""
    ends = zip(effects(bug).values(), effects(None).values(), strict=True)
    return any(bool(faulty.error) or abs(faulty.correct - healthy.correct) > 1 for faulty, healthy in ends)
