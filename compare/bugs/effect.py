"""What a bug does to training: the last loss and the flowers right, beside the healthy run's."""

from dataclasses import dataclass
from functools import cache
from types import ModuleType
from typing import Any

import numpy as np

from compare.bugs.bug import Bug, plant
from compare.packages import copy_of_numpy_mlp

# one plain training, and one that uses what the plain one leaves out
TRAININGS: dict[str, dict[str, Any]] = {
    "full batch, 1000 epochs, lr 0.1": {"lr": 0.1, "epochs": 1000},
    "batches of 50, 200 epochs, lr 0.02, Nesterov 0.9, decay 0.001": {
        "lr": 0.02, "epochs": 200, "batch_size": 50, "momentum": 0.9, "nesterov": True,
        "weight_decay": 0.001,
    },
}  # fmt: skip


@dataclass(frozen=True)
class Effect:
    """How a training ended: its loss, and how many of the test flowers are right; or the error's text."""

    loss: float
    right: float
    flowers: int
    error: str = ""

    def __str__(self) -> str:
        """Return it in words."""
        return self.error or f"loss {self.loss:.4f}, {self.right:g} of {self.flowers} flowers right"


def train(package: ModuleType, options: dict[str, Any]) -> Effect:
    """Train a package's own network on its own data, and let it count its own answers."""
    options = dict(options)
    course = {name: options.pop(name) for name in ("epochs", "batch_size") if name in options}
    try:
        with np.errstate(all="ignore"):
            data = package.load_dataset("iris")
            model = package.MLP(4, 10, 3, seed=42)
            optimizer = package.SGD(model.parameters(), **options)
            history = package.train(model, optimizer, data.x_train, data.y_train, **course)
            share = package.accuracy(model, data.x_test, data.y_test)
        return Effect(float(history.losses[-1]), round(share * len(data.y_test), 3), len(data.y_test))
    except Exception as error:
        return Effect(np.nan, np.nan, 0, f"{type(error).__name__}: {error}")


@cache
def effects(bug: Bug | None) -> dict[str, Effect]:
    """Return how each training ends with a bug in place, or without one."""
    package = plant(bug) if bug else copy_of_numpy_mlp()
    return {name: train(package, options) for name, options in TRAININGS.items()}


def seen_by_accuracy(bug: Bug) -> bool:
    """Tell whether accuracy alone would have shown a bug: by an error, or by more than one flower."""
    ends = zip(effects(bug).values(), effects(None).values(), strict=True)
    return any(bool(faulty.error) or abs(faulty.right - right.right) > 1 for faulty, right in ends)
