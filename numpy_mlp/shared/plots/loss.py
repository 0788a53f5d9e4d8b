"""loss: how training loss and test loss fall over the epochs."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.plots.style import BLACK, BLUE, ORANGE, PALE, VERMILLION, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True)
class Losses:
    """The losses of one run.

    Attributes:
        train: Of every epoch, (epochs,). ``train[e]`` was computed before the step of epoch e, so it belongs
            to the weights after e epochs.
        snapshot_epochs: After how many epochs the test loss was computed, (snapshots,).
        test: The test loss there, (snapshots,).
    """

    train: np.ndarray
    snapshot_epochs: np.ndarray
    test: np.ndarray


@styled
def loss(runs: Mapping[str, Losses]) -> "Figure":
    """Draw training loss and test loss of one run, or of two over each other; logarithmic where it helps."""
    from matplotlib.ticker import LogLocator, NullLocator

    figure = new_figure(9, 4.6)
    axes = figure.subplots()
    looks = ((".-", BLUE, ORANGE), ("--", BLACK, VERMILLION))
    for (name, run), (line, of_training, of_test) in zip(runs.items(), looks, strict=False):
        which = f" ({name})" if len(runs) > 1 else ""
        epochs = np.arange(len(run.train))
        axes.plot(
            epochs, run.train, line.strip("."), color=of_training, linewidth=2, label=f"training loss{which}"
        )
        axes.plot(run.snapshot_epochs, run.test, line, color=of_test, linewidth=2, label=f"test loss{which}")
    values = np.concatenate([values for run in runs.values() for values in (run.train, run.test)])
    values = values[np.isfinite(values)]
    # a loss that falls to less than a fifth crowds the end of a linear axis
    if values.size and 0 < 5 * values.min() < values.max():
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(color=PALE, linewidth=0.6)
    axes.set(xlabel="epochs", ylabel="cross-entropy loss (mean over samples)")
    axes.legend(loc="upper right", fontsize=10)
    headline(figure, "; ".join(what_to_see(run, name if len(runs) > 1 else "") for name, run in runs.items()))
    return figure


def what_to_see(run: Losses, name: str) -> str:
    """Return the first and last losses, and whether the test loss was lower before (overfitting)."""
    who = f"{name}: t" if name else ""
    if not (np.isfinite(run.train).all() and np.isfinite(run.test).all()):
        return f"{who or 'T'}he training diverged: its loss is no number any more"
    best = int(run.test.argmin())
    end = f"{who or 'T'}raining loss {run.train[0]:.3f} → {run.train[-1]:.3f}, test loss → {run.test[-1]:.3f}"
    if run.test[-1] <= 1.02 * run.test[best]:
        return f"{end}, its lowest: no overfitting"
    return f"{end}, but it was {run.test[best]:.3f} at epoch {run.snapshot_epochs[best]:,}: overfitting since"
