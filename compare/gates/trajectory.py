"""Gate 7: a whole training, every epoch of it.

Over thousands of steps a worst-case bound grows without limit, because each step's error feeds the next. So a
training is held against itself: from the weights W_t that it had after epoch t, the exact epoch is computed
in float64, with its derived budget. W_(t+1) and the loss must lie within that budget. Nothing is sampled: a
training passes if and only if each of its epochs is a correct one. How far the two libraries' trainings drift
apart is a figure in the report.

An epoch of several batches is several steps: E is carried from each to the next. All epochs of a block are
computed at once, as stacked matrices.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType

import numpy as np

from compare import budget, numpy_side
from compare.checks import EXACT, Allowed, CheckContext
from compare.gate import FixedGate, Gate, Reference
from compare.rounding import Approx, Rounding
from compare.scenario import Index, Scenario, TrainingSettings
from compare.trace import Trace
from numpy_mlp.shared.history import History

BLOCK = 2**18  # numbers in the largest array of a block: 2 MiB, so that a block's arrays stay in the cache
MEMORY = 2**28  # bytes: what the weights of a part's epochs take; a part of Iris has 800,000 epochs
SNAPSHOT_EVERY = 200


@dataclass(frozen=True)
class Training:
    """A training that is followed epoch by epoch: where it starts, and how it goes."""

    scenario: Scenario
    settings: TrainingSettings

    def by_package(self, context: CheckContext) -> Gate:
        """Return the gate of a package's own training."""
        return self.gate(self.trained_by, context)

    def finished(self, history: History, context: CheckContext, who: str) -> Gate:
        """Return the gate of a training that has been run already, by ``who``."""
        return self.run_by(lambda: [history], context, who)

    def run_by(self, train: Callable[[], Iterable[History]], context: CheckContext, who: str) -> Gate:
        """Return the gate of a training that ``who`` runs; whichever package is checked, it runs once."""
        gate = self.gate(lambda _: train(), replace(context, sides=(who, "")))
        return FixedGate(gate.context, gate.run, gate.expected)

    def trained_by(self, package: ModuleType) -> Iterator[History]:
        """Train with a package, and yield the training in parts."""
        return self.parts(numpy_side.trainer(self.scenario, self.settings, package))

    def parts(self, train: Callable[[int], History]) -> Iterator[History]:
        """Yield a training in parts of at most MEMORY bytes of weights; mini-batches are one single part."""
        epochs, size = self.settings.epochs, sum(w.nbytes for w in self.scenario.weights.values())
        # mini-batches can't be cut without another order of samples
        part = epochs if self.settings.batch_size else max(1, MEMORY // size)
        for start in range(0, epochs, part):
            yield train(min(part, epochs - start))

    def gate(self, train: Callable[[ModuleType], Iterable[History]], context: CheckContext) -> Gate:
        """Return the gate of the training that ``train`` runs, in one part or several."""

        def run(package: ModuleType) -> Iterator[Trace]:
            done, failed = 0, Trace()
            try:
                for history in train(package):
                    yield from self.blocks(history, done)
                    done += len(history.losses)
                if done != self.settings.epochs:
                    raise ValueError(f"train returned {done} losses for {self.settings.epochs} epochs")
            except MemoryError:
                raise
            except (Exception, SystemExit) as error:
                failed.error = error
                yield failed

        return Gate(context, run, self.expected)

    def blocks(self, history: History, first_epoch: int) -> Iterator[Trace]:
        """Yield a part of a training in blocks of epochs; ``ValueError``: a snapshot is missing."""
        epochs, kept = len(history.losses), len(history.snapshots)
        if list(history.snapshot_epochs) != list(range(epochs + 1)) or kept != epochs + 1:
            raise ValueError(
                f"train with snapshot_every=1 kept {kept} snapshots for {epochs} epochs, "
                f"expected {epochs + 1}: the start, and one after each epoch"
            )
        for start in range(0, epochs, self.epochs_per_block):
            stop, trace = min(start + self.epochs_per_block, epochs), Trace()
            trace.history, trace.first_epoch = history, first_epoch
            trace.epochs = range(first_epoch + start, first_epoch + stop)
            losses, weights = self.names(trace.epochs)
            trace[losses] = np.array(history.losses[start:stop])
            after = history.snapshots[start + 1 : stop + 1]
            for name, label in weights.items():
                trace[label] = np.stack([np.asarray(snapshot[name]) for snapshot in after])
            yield trace

    @property
    def epochs_per_block(self) -> int:
        """How many epochs are computed at once."""
        samples = min(self.settings.batch_size or len(self.scenario.x), len(self.scenario.x))
        widest = samples * max(self.scenario.sizes)
        return max(1, BLOCK // max(widest, *(weight.size for weight in self.scenario.weights.values())))

    @cached_property
    def batches(self) -> list[list[Index]]:
        """The samples of each step of each epoch."""
        return self.settings.batches(len(self.scenario.x))

    def names(self, epochs: range) -> tuple[str, dict[str, str]]:
        """Return what the losses and each of the weights of a block are called."""
        text = f"epochs {epochs.start + 1} to {epochs.stop}"
        return f"loss in {text}", {name: f"{name} after {text}" for name in self.scenario.weights}

    def expected(self, trace: Trace) -> Reference:
        """Return the exact epochs of a block, each from the weights that the training had before it."""
        if trace.history is None:
            return Reference(Trace({"training": None}), {"training": EXACT})
        dtype, first = self.scenario.dtype, trace.epochs.start + 1
        start, stop = trace.epochs.start - trace.first_epoch, trace.epochs.stop - trace.first_epoch
        rules, starts = Rounding.of(dtype), trace.history.snapshots[start:stop]
        before = {name: rules.exact(np.stack([w[name] for w in starts])) for name in self.scenario.weights}
        loss, after = self.exact_epochs(rules, before, trace.epochs)
        losses, weights = self.names(trace.epochs)
        found: dict[str, tuple[Approx, np.ndarray | None]] = {losses: (loss, None)}
        found |= {label: (after[name], before[name].value) for name, label in weights.items()}
        exact, allowed = Trace(), {}
        for entry, (array, old) in found.items():
            exact[entry] = array.value.astype(dtype)
            allowed[entry] = Allowed(rules.reach * array.error, array.value, first, "float64", before=old)
        return Reference(exact, allowed)

    def exact_epochs(
        self, rules: Rounding, weights: dict[str, Approx], epochs: range
    ) -> tuple[Approx, dict[str, Approx]]:
        """Return the loss (epochs,) and the weights (epochs, *shape) after one epoch from each start."""
        x, y, losses, sizes = self.scenario.x, self.scenario.y, [], []
        for step in range(len(self.batches[0])):
            samples, labels = x, y
            if self.settings.batch_size is not None:
                # every epoch has drawn its own batches: (epochs, n)
                index = np.stack([np.asarray(self.batches[epoch][step]) for epoch in epochs])
                samples, labels = x[index], y[index]
            given = rules.exact(samples)
            outputs = budget.forward(rules, given, weights)
            log_p = rules.log_softmax(outputs[f"fc{len(weights) // 2}"])
            losses.append(budget.loss(rules, log_p, labels))
            sizes.append(labels.shape[-1])
            grad_logits = budget.loss_backward(rules, log_p, labels)
            grads = dict(budget.backward(rules, given, outputs, grad_logits, weights))
            lr = self.settings.lr
            weights = {name: rules.scaled_sum(weight, -lr, grads[name]) for name, weight in weights.items()}
        return losses[0] if len(losses) == 1 else rules.weighted_mean(losses, sizes), weights


def thinning(parts: Iterable[History], into: History, epochs: int) -> Iterator[History]:
    """Yield the parts of a training; of each, ``into`` keeps the losses and the snapshots for pictures."""
    every = snapshot_every(epochs)
    for part in parts:
        yield part
        done = len(into.losses)
        for epoch, weights in zip(part.snapshot_epochs, part.snapshots, strict=True):
            wanted = (done + epoch) % every == 0 or done + epoch == epochs
            if wanted and (epoch or not done):  # a part starts where the one before has ended
                into.keep(done + epoch, weights)
        into.losses = np.concatenate([into.losses.astype(part.losses.dtype), part.losses])
        into.seconds += part.seconds


def snapshot_every(epochs: int) -> int:
    """Return from how many epochs to the next the weights are kept for pictures and files."""
    return min(SNAPSHOT_EVERY, max(1, epochs // 10))
