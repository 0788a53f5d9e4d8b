"""How a training came out, read from its loss curves: what a headline may say of it, and what it may not.

For C classes, of which a fraction f_c of the training samples is class c,

    guess = - Σ_c f_c log f_c

is the mean cross-entropy of a network that gives every sample the same answer, the frequencies themselves: no
constant answer does better. A network that has learned anything stands below it.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

Outcome = Literal["diverged", "climbed", "dead", "unfinished", "learned nothing", "overfitting", "finished"]
VISIBLE = 0.02  # a smaller difference of two losses, as a part of them, can't be seen in the picture
SHORTEST = 20  # epochs: the curve of fewer has no last twentieth


@dataclass(frozen=True)
class Losses:
    """The losses of one run.

    Attributes:
        train: Of every epoch, (epochs,). ``train[e]`` was computed before the step of epoch e, so it belongs
            to the weights after e epochs.
        snapshot_epochs: After how many epochs the test loss was computed, (snapshots,).
        test: The test loss there, (snapshots,); None where there are no test samples.
        guess: The loss of the best constant answer; log C where the labels are not at hand.
        climbs: Whether the optimiser maximised the loss.
        dead: Whether every unit of a hidden layer is 0 for all training samples.
    """

    train: np.ndarray
    snapshot_epochs: np.ndarray
    test: np.ndarray | None
    guess: float = np.inf
    climbs: bool = False
    dead: bool = False

    @property
    def end(self) -> float:
        """The training loss at the end: the median of the last twentieth of the epochs."""
        return float(np.median(self.train[-max(1, len(self.train) // 20) :]))

    @property
    def recent_share(self) -> float:
        """Which share of the whole fall the last tenth of the epochs brought; a straight line has 1/10."""
        part = max(1, len(self.train) // 20)
        before = float(np.median(self.train[-3 * part : -2 * part]))
        return (before - self.end) / max(float(self.train[0]) - self.end, 1e-30)

    @property
    def best(self) -> int:
        """The snapshot with the lowest test loss."""
        assert self.test is not None
        return int(self.test.argmin())


def guess_loss(labels: np.ndarray) -> float:
    """Return - Σ f log f over the classes' frequencies f: the loss of the best constant answer."""
    # f_c = N_c / N              (N,) -> (C,)
    frequencies = np.unique(labels, return_counts=True)[1] / len(labels)
    return float(-(frequencies * np.log(frequencies)).sum())


def outcome(losses: Losses) -> Outcome:
    """Return how a training came out.

    It diverged if a loss is no number, or ends above both its beginning and the best constant answer. It is
    unfinished if the last tenth of the epochs still brought a visible part of the whole fall. It overfits if
    the test loss has risen since its lowest point while the training loss went on falling.
    """
    train = losses.train
    curves = [train] if losses.test is None else [train, losses.test]
    finite = all(np.isfinite(curve).all() for curve in curves)
    # a guess that is not known is no bound
    level = float(train[0]) if np.isinf(losses.guess) else max(float(train[0]), losses.guess)
    if not finite or losses.end > (1 + VISIBLE) * level:
        return "climbed" if losses.climbs else "diverged"
    if losses.dead:
        return "dead"
    if overfits(losses):
        return "overfitting"
    if len(train) < SHORTEST or (losses.end < train[0] and losses.recent_share >= VISIBLE):
        return "unfinished"
    # neither better than it began, nor than a guess
    return "learned nothing" if losses.end >= (1 - VISIBLE) * min(train[0], losses.guess) else "finished"


def overfits(losses: Losses) -> bool:
    """Return whether the test loss has risen visibly since its lowest point, and training loss has fallen."""
    if losses.test is None or losses.test[-1] <= (1 + VISIBLE) * losses.test[losses.best]:
        return False
    then = min(int(losses.snapshot_epochs[losses.best]), len(losses.train) - 1)
    return losses.end < losses.train[then]
