"""Gates 3 to 5: every array of every scenario's steps, forwards, backwards and after the update.

In ``--mode compile`` and ``--mode graph`` PyTorch trains in another way. So there gate 5 has the first epochs
of a training by each package's own ``train``, too, within the same budget; the whole training has gate 7.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from types import ModuleType

import numpy as np
import torch

from compare import budget, numpy_side, torch_side
from compare.checks import CheckContext, two_sided
from compare.gate import Gate, gate
from compare.rounding import Approx, Rounding
from compare.scenario import EVERYTHING, Scenario, TrainingSettings
from compare.trace import Trace, step_suffix
from numpy_mlp.shared.history import History

# in mode graph the first epoch is run as it is, and the others are replayed
EPOCHS, EPOCHS_IN_BATCHES = 4, 2


def step_gate(
    scenario: Scenario, device: torch.device = torch_side.CPU, run: Mapping[str, Approx] | None = None
) -> Gate:
    """Return the gate of a scenario beside PyTorch; ``run``: what ``budget.run`` returns, if it is known."""
    return gate(
        CheckContext(scenario.name, "", scenario.dtype.name, str(device)),
        lambda trace, package: numpy_side.fill(trace, scenario, package),
        torch_side.run(scenario, device),
        two_sided(run or budget.run(scenario)),
    )


@dataclass(frozen=True)
class ShortTraining:
    """A training of a few epochs, and the scenario that takes the same steps one by one."""

    scenario: Scenario
    settings: TrainingSettings

    @property
    def steps(self) -> int:
        """How many steps an epoch has."""
        return len(self.scenario.steps) // self.settings.epochs

    @property
    def kept(self) -> Iterator[tuple[int, str]]:
        """Epoch and name of every array that a training keeps: the epoch's loss, and the weights after it."""
        for epoch in range(1, self.settings.epochs + 1):
            yield epoch, self.loss_of(epoch)
            yield from ((epoch, f"{name} after step {epoch * self.steps}") for name in self.scenario.weights)

    def loss_of(self, epoch: int) -> str:
        """Return what an epoch's loss is called: that of its only step, or the mean over its batches."""
        whole = self.settings.batch_size is None
        return f"loss{step_suffix(epoch)}" if whole else f"loss of epoch {epoch}"

    def allowed(self) -> dict[str, Approx]:
        """Return value and E of every array: the steps', and each epoch's loss Σ_b n_b / N L_b."""
        found, rules = budget.run(self.scenario), Rounding.of(self.scenario.dtype)
        for epoch in range(1, self.settings.epochs + 1):
            if (name := self.loss_of(epoch)) not in found:
                steps = range((epoch - 1) * self.steps, epoch * self.steps)
                losses = [found[f"loss{step_suffix(step + 1)}"] for step in steps]
                sizes = [len(self.scenario.y[self.scenario.steps[step]]) for step in steps]
                found[name] = rules.weighted_mean(losses, sizes)
        return found

    def record(self, trace: Trace, history: History) -> None:
        """Put what a training kept into a trace."""
        for epoch, name in self.kept:
            weights = history.snapshots[epoch]
            loss = np.array(history.losses[epoch - 1])
            trace[name] = loss if name == self.loss_of(epoch) else weights[name.partition(" ")[0]]


def short_trainings(found: Iterable[Scenario], batch_size: int, lr: float) -> Iterator[ShortTraining]:
    """Yield short trainings out of a proof's scenarios: fresh, trained, with momentum, in uneven batches.

    Each size of a batch and each argument of SGD is compiled anew: they share them, also with gate 7.
    """
    runs = {run.name: run for run in found}
    fresh, uneven = runs["fresh"], runs["uneven batches"]
    for run in (fresh, replace(runs["trained"], sgd=fresh.sgd), runs["momentum"]):
        several = replace(run, steps=(EVERYTHING,) * EPOCHS)
        yield ShortTraining(several, TrainingSettings(EPOCHS, run.sgd["lr"]))
    # two batches and a smaller one: over a long row of steps a worst-case bound grows too large to fail
    samples = min(2 * batch_size + len(uneven.x) % batch_size, len(uneven.x))
    settings = TrainingSettings(EPOCHS_IN_BATCHES, lr, batch_size=batch_size)
    steps = tuple(batch for epoch in settings.batches(samples) for batch in epoch)
    x, y = uneven.x[:samples], uneven.y[:samples]
    yield ShortTraining(replace(uneven, x=x, y=y, sgd={"lr": lr}, steps=steps), settings)


def short_training_gate(
    training: ShortTraining, mode: str = "eager", device: torch.device = torch_side.CPU
) -> Gate:
    """Return the gate of a short training, which PyTorch runs in a mode on a device."""
    run, settings = training.scenario, training.settings
    reference = Trace()
    training.record(reference, torch_side.train(run, settings, device, mode=mode, **run.sgd))
    allowed = two_sided(training.allowed())

    def record(trace: Trace, package: ModuleType) -> None:
        training.record(trace, numpy_side.train(run, settings, package, **run.sgd))

    context = CheckContext(f"{run.name}, {mode} training", "update", run.dtype.name, str(device))
    return gate(context, record, reference, {name: allowed[name] for _, name in training.kept})
