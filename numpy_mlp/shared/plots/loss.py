"""loss: how training loss and test loss fall over the epochs."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.numbers import fixed
from numpy_mlp.shared.outcome import VISIBLE, Losses, outcome, overfits
from numpy_mlp.shared.plots.style import BLACK, BLUE, ORANGE, PALE, VERMILLION, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@styled
def loss(runs: Mapping[str, Losses]) -> "Figure":
    """Draw training loss and test loss of one run, or of two over each other; logarithmic where it helps."""
    from matplotlib.ticker import LogLocator, NullLocator

    figure = new_figure(3.9)
    axes = figure.subplots()
    looks = ((".-", BLUE, ORANGE), ("--", BLACK, VERMILLION))
    for (name, run), (line, of_training, of_test) in zip(runs.items(), looks, strict=False):
        which = f" ({name})" if len(runs) > 1 else ""
        epochs = np.arange(len(run.train))
        # a line needs two points
        mark = "o" if np.isfinite(run.train).sum() < 2 else ""
        axes.plot(
            epochs, run.train, line.strip("."), marker=mark, color=of_training, linewidth=2,
            label=f"training loss{which}",
        )  # fmt: skip
        if run.test is not None:
            axes.plot(
                run.snapshot_epochs, run.test, line, color=of_test, linewidth=2, label=f"test loss{which}"
            )
    curves = [curve for run in runs.values() for curve in (run.train, run.test) if curve is not None]
    values = np.concatenate(curves)
    values = values[np.isfinite(values)]
    # a loss that falls to less than a fifth crowds the end of a linear axis
    if values.size and 0 < 5 * values.min() < values.max():
        axes.set_yscale("log")
        wide = values.max() > 1e4 * values.min()
        axes.yaxis.set_major_locator(LogLocator(subs=(1,) if wide else (1, 2, 5)))
        axes.yaxis.set_major_formatter("{x:g}")
        axes.yaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter("{x:,.0f}")
    axes.grid(color=PALE, linewidth=0.6)
    axes.set(xlabel="epochs", ylabel="cross-entropy loss (mean over samples)")
    axes.locator_params(axis="x", nbins=6)
    axes.legend(loc="best")
    headline(figure, "; ".join(what_to_see(run, name if len(runs) > 1 else "") for name, run in runs.items()))
    return figure


def what_to_see(run: Losses, name: str) -> str:
    """Return what both curves show: from where to where, and what that means, as far as they can show it."""
    who = f"{name}: t" if name else "T"
    first, last = fixed(run.train[0], 3), fixed(run.train[-1], 3)
    found = outcome(run)
    if found in ("diverged", "climbed"):
        broken = np.flatnonzero(~np.isfinite(run.train))
        end = f"is no number from epoch {broken[0]:,} on" if broken.size else f"rose: {first} → {last}"
        why = "the training diverged" if found == "diverged" else "the optimiser maximised it"
        return f"{who}he training loss {end}: {why}"
    end = f"{who}raining loss {first} → {last}"
    if run.test is not None:
        end += f", test loss {fixed(run.test[-1], 3)}"
    if found == "dead":
        return f"{end}: the network is dead, it gives every sample the same answer"
    if found == "unfinished":
        return f"{end}: still falling, unfinished"
    if found == "learned nothing":
        return f"{end}: nothing learned, the same answer to every sample does as well"
    return f"{end}{of_the_test(run)}"


def of_the_test(run: Losses) -> str:
    """Return what a finished training's test loss shows: overfitting, or how near it is to its lowest."""
    if run.test is None:
        return ""
    lowest = f"it was {fixed(run.test[run.best], 3)} at epoch {run.snapshot_epochs[run.best]:,}"
    if overfits(run):
        return f", but {lowest}: overfitting since"
    if run.test[-1] > run.test[run.best]:
        small = run.test[-1] <= (1 + VISIBLE) * run.test[run.best]
        return ", level with its lowest: no overfitting" if small else f"; {lowest}"
    return ", its lowest: no overfitting"
