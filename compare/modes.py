"""PyTorch's other modes of training (gate 5): each loss and each weight of a few epochs, within its budget.

``--mode compile`` and ``--mode graph`` run the same training in another way, so the first steps of it must
stay as close to NumPy's as PyTorch's usual steps do. The whole training follows in gate 7.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import torch

import numpy_mlp
import torch_mlp
from compare import budget, numpy_side, torch_side
from compare.checks import Check, Place
from compare.scenario import EVERYTHING, Scenario
from compare.trace import Trace, moment
from compare.trajectory import Course
from numpy_mlp.data import batch_indices

# in mode graph the first epoch is run as it is, and the others are replayed
EPOCHS, EPOCHS_IN_BATCHES = 4, 2
SEED = 42


@dataclass(frozen=True)
class Lesson:
    """A short training: a scenario with all its steps, an epoch's worth of them after another."""

    scenario: Scenario
    epochs: int
    batch_size: int | None = None

    def kept(self) -> Iterator[tuple[int, str]]:
        """Yield epoch and name of every array that a training keeps: weights, and a full batch's loss."""
        steps = len(self.scenario.steps) // self.epochs
        for epoch in range(1, self.epochs + 1):
            if self.batch_size is None:
                yield epoch, "loss" + moment(epoch)
            yield from ((epoch, f"{name} after step {epoch * steps}") for name in self.scenario.weights)


def lessons(found: Iterable[Scenario], mini_batches: Course) -> Iterator[Lesson]:
    """Yield the trainings, out of a proof's scenarios: fresh, trained, with momentum, in uneven batches.

    Whatever is new in a step's sizes or in SGD's arguments is compiled anew. So these share what they can
    with each other, and with the trainings of gate 7.
    """
    runs = {run.name: run for run in found}
    fresh, uneven = runs["fresh"], runs["uneven batches"]
    for run in (fresh, replace(runs["trained"], sgd=fresh.sgd), runs["momentum"]):
        yield Lesson(replace(run, steps=(EVERYTHING,) * EPOCHS), EPOCHS)
    size = mini_batches.batch_size or len(uneven.x)
    # two batches and a smaller one, of which a long row of steps would have a budget without an edge
    samples = min(2 * size + len(uneven.x) % size, len(uneven.x))
    rng = np.random.default_rng(SEED)
    steps = [batch for _ in range(EPOCHS_IN_BATCHES) for batch in batch_indices(samples, size, rng)]
    x, y = uneven.x[:samples], uneven.y[:samples]
    run = replace(uneven, x=x, y=y, sgd={"lr": mini_batches.lr}, steps=tuple(steps))
    yield Lesson(run, EPOCHS_IN_BATCHES, size)


def train(lesson: Lesson, mode: str, device: torch.device) -> Trace:
    """Return what PyTorch's training in this mode keeps, named as in a trace."""
    run = lesson.scenario
    model = torch_side.build(run.sizes, run.weights, device)
    for name, param in model.named_parameters():
        param.requires_grad_(name not in run.frozen)
    optimizer = torch.optim.SGD(model.parameters(), **run.sgd)
    x, y = torch.tensor(run.x, device=device), torch.tensor(run.y, device=device)
    history = torch_mlp.train(
        model, optimizer, x, y, epochs=lesson.epochs,
        batch_size=lesson.batch_size, seed=SEED, snapshot_every=1, mode=mode,
    )  # fmt: skip
    trace = Trace()
    for epoch, name in lesson.kept():
        weights = history.snapshots[epoch]
        trace[name] = weights.get(name.partition(" ")[0], np.array(history.losses[epoch - 1]))
    return trace


def mode_checks(
    lesson: Lesson, mode: str, device: torch.device, package: ModuleType = numpy_mlp
) -> list[Check]:
    """Compare a training in this mode with the same steps of NumPy's network."""
    run = lesson.scenario
    ours, allowed, theirs = numpy_side.run(run, package), budget.run(run), train(lesson, mode, device)
    names = [name for _, name in lesson.kept()]
    kept = Trace({name: ours[name] for name in names if name in ours})
    kept.failure = ours.failure
    place = Place(f"{run.name}, {mode}", "update", run.dtype.name, str(device))
    checks = place.traces(kept, theirs, {name: allowed[name] for name in names})
    return [replace(check, gate=place.gate) for check in checks]
