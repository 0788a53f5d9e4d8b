"""What the page plays back: both libraries' weights at some epochs, and what they make of them.

Every epoch of a training is checked (gate 7), few are kept. Of a kept one the page has each library's
weights, the share of its budget that each weight used in its last step, both losses, and some logits.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from types import ModuleType

import numpy as np
import torch

import numpy_mlp
from compare import budget, numpy_side, torch_side
from compare.gates.trajectory import Training, snapshot_every
from compare.rounding import Rounding
from numpy_mlp.data import Dataset
from numpy_mlp.shared.history import History

FIRST = 100  # every one of the first epochs is kept, if there is room
Weights = dict[str, np.ndarray]
# from weights and samples to logits; from logits and labels to the loss
Forward = Callable[[Weights, np.ndarray], np.ndarray]
Criterion = Callable[[np.ndarray, np.ndarray], float]


@dataclass(frozen=True)
class Library:
    """One of the two: how it trains, and how it computes logits and a loss."""

    train: Callable[[], Iterable[History]]
    forward: Forward
    criterion: Criterion


@dataclass(frozen=True)
class Recording:
    """What a library made of K kept epochs.

    Attributes:
        weights: By name, (K, *shape), in float32.
        shares: By name, (K, *shape): |W - exact| / E of the last step, from the library's weights before it.
        losses: The mean over the training samples, (K,); ``test_losses`` over the test samples.
        loss_shares: |L - exact| / E, (K, 2): of both.
        logits: Of the shown samples, (K, samples, classes).
    """

    weights: Weights
    shares: Weights
    losses: np.ndarray
    test_losses: np.ndarray
    loss_shares: np.ndarray
    logits: np.ndarray


def kept_epochs(epochs: int, most: int) -> list[int]:
    """Return the epochs to keep: 0, each of the first, every so many, the last; at most ``most``.

    >>> kept_epochs(20_000, 1000)[-3:], len(kept_epochs(20_000, 1000)), kept_epochs(20_000, 3)
    ([19600, 19800, 20000], 201, [0, 100, 20000])
    """
    every = snapshot_every(epochs)
    wanted = sorted({*range(min(FIRST, epochs) + 1), *range(0, epochs + 1, every), epochs})
    if len(wanted) <= most:
        return wanted
    places = np.unique(np.linspace(0, len(wanted) - 1, most).round().astype(int))
    return [wanted[place] for place in places]


def numpy_library(training: Training, package: ModuleType = numpy_mlp) -> Library:
    """Return a NumPy package as one of the two."""

    def forward(weights: Weights, x: np.ndarray) -> np.ndarray:
        return np.array(numpy_side.build(training.scenario.sizes, weights, package)(x.copy()))

    def criterion(logits: np.ndarray, y: np.ndarray) -> float:
        return float(package.CrossEntropyLoss()(logits, y))

    return Library(lambda: training.trained_by(package), forward, criterion)


def torch_library(training: Training) -> Library:
    """Return PyTorch, on the CPU, as one of the two."""

    def forward(weights: Weights, x: np.ndarray) -> np.ndarray:
        model = torch_side.build(training.scenario.sizes, weights)
        return torch_side.to_array(model(torch.tensor(x)))

    def criterion(logits: np.ndarray, y: np.ndarray) -> float:
        return float(torch.nn.CrossEntropyLoss()(torch.tensor(logits), torch.tensor(y)))

    trainer = partial(torch_side.trainer, training.scenario, training.settings)
    return Library(lambda: training.parts(trainer()), forward, criterion)


def record(training: Training, library: Library, data: Dataset, epochs: list[int], shown: int) -> Recording:
    """Train with a library, and return what it made of these epochs, with the logits of ``shown`` samples."""
    wanted = {before for epoch in epochs for before in (epoch, epoch - 1)}
    passed = dict(snapshots(library.train(), wanted))
    after = {name: np.stack([passed[e][name] for e in epochs]) for name in training.scenario.weights}
    before = {name: np.stack([passed[max(e - 1, 0)][name] for e in epochs]) for name in after}
    losses, shares = [], []
    for x, y in ((data.x_train, data.y_train), (data.x_test, data.y_test)):
        found = [library.criterion(library.forward(passed[e], x), y) for e in epochs]
        losses.append(np.array(found, np.float32))
        shares.append(loss_shares(training, losses[-1], after, x, y))
    samples = shown_samples(data, shown)
    return Recording(
        weights=after,
        shares=weight_shares(training, before, after, epochs),
        losses=losses[0],
        test_losses=losses[1],
        loss_shares=np.stack(shares, axis=1),
        logits=np.stack([library.forward(passed[e], samples) for e in epochs]),
    )


def shown_samples(data: Dataset, most: int) -> np.ndarray:
    """Return the samples whose logits are kept: first training, then test samples, ``most`` of each."""
    return np.concatenate([data.x_train[:most], data.x_test[:most]])


def snapshots(parts: Iterable[History], wanted: set[int]) -> Iterator[tuple[int, Weights]]:
    """Yield the wanted epochs of a training that comes in parts, with the weights after each."""
    done = 0
    for part in parts:
        for epoch, weights in zip(part.snapshot_epochs, part.snapshots, strict=True):
            if done + epoch in wanted and (epoch or not done):  # a part starts where the one before has ended
                yield done + epoch, weights
        done += len(part.losses)


def weight_shares(training: Training, before: Weights, after: Weights, epochs: list[int]) -> Weights:
    """Return the share of its budget that each weight's last step used; 0 before the first step."""
    rules = Rounding.of(training.scenario.dtype)
    shares = {name: np.zeros_like(weight) for name, weight in after.items()}
    block = training.epochs_per_block
    for start in range(0, len(epochs), block):
        part = slice(start, start + block)
        exact = {name: rules.exact(weight[part]) for name, weight in before.items()}
        _, stepped = training.exact_epochs(rules, exact, range(len(epochs[part])))
        for name, weight in stepped.items():
            shares[name][part] = share(after[name][part], weight.value, rules.reach * weight.error)
    first = np.array(epochs) == 0
    for array in shares.values():
        array[first] = 0
    return shares


def loss_shares(
    training: Training, losses: np.ndarray, weights: Weights, x: np.ndarray, y: np.ndarray
) -> np.ndarray:
    """Return the share of its budget that each loss (K,) used, from the weights (K, *shape)."""
    rules, found = Rounding.of(training.scenario.dtype), []
    for k, computed in enumerate(losses):
        exact = {name: rules.exact(weight[k]) for name, weight in weights.items()}
        logits = list(budget.forward(rules, rules.exact(x), exact).values())[-1]
        loss = budget.loss(rules, rules.log_softmax(logits), y)
        found.append(share(computed, loss.value, rules.reach * loss.error))
    return np.array(found, np.float32)


def share(computed: np.ndarray, exact: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """Return |computed - exact| / allowed, 0 where there is no distance."""
    distance = np.abs(computed.astype(np.float64) - exact)
    return np.where(distance == 0, 0, distance / np.where(distance == 0, 1, allowed))
