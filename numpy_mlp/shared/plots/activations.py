"""activations: each hidden unit's output for every training sample, and which units are always 0."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.plots.style import BLACK, VERMILLION, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_NAMES = 16


@styled
def activations(layers: Mapping[str, np.ndarray], labels: np.ndarray, class_names: Sequence[str]) -> "Figure":
    """Draw the outputs (N, units) of each hidden layer after its ReLU: a row is a unit, a column a sample.

    The samples stand class beside class, in the order of the data within a class. A unit that is 0 for every
    sample is dead: no gradient passes through it, so its weights stay as they are.
    """
    order = np.argsort(labels, kind="stable")
    heights = [min(max(0.3 * data.shape[1], 1.4), 3.4) for data in layers.values()]
    figure = new_figure(9, sum(heights) + 0.8 * len(layers) + 0.9)
    panels = figure.subplots(len(layers), 1, height_ratios=heights, squeeze=False).ravel()
    # where each class begins and ends among the sorted samples
    ends = np.cumsum(np.bincount(labels, minlength=len(class_names)))
    middles = (np.concatenate([[0], ends[:-1]]) + ends) / 2 - 0.5
    for axes, (name, data) in zip(panels, layers.items(), strict=True):
        units = data.shape[1]
        # (N, units) -> (units, N), the columns sorted by class
        image = axes.imshow(data[order].T, cmap="Blues", vmin=0, aspect="auto", interpolation="nearest")
        for end in ends[:-1]:
            axes.axvline(end - 0.5, color=BLACK, linewidth=0.8)
        dead = dead_units(data)
        marked = range(units) if units <= MOST_NAMES else dead
        # 1/N Σ_n [output > 0]     (N, units) -> (units,)
        fraction = (data > 0).mean(axis=0)
        active = ["dead" if u in dead else f"{fraction[u]:.{0 if fraction[u] > 0.1 else 1}%}" for u in marked]
        texts = [f"unit {u}  {how_often}" for u, how_often in zip(marked, active, strict=True)]
        axes.set_yticks(marked, texts, fontsize=9 if units <= MOST_NAMES else 7)
        for unit, text in zip(marked, axes.get_yticklabels(), strict=True):
            if unit in dead:
                text.set(color=VERMILLION, fontweight="bold")
        axes.set_xticks(middles, class_names)
        axes.tick_params(length=0)
        axes.set_title(
            f"output of {name}, {units} units, and how many of the samples each unit answers",
            fontweight="bold",
        )
        figure.colorbar(image, ax=axes, pad=0.01, label="activation (white: 0)")
    panels[-1].set_xlabel(f"the {len(labels)} training samples, class beside class")
    headline(figure, what_to_see(layers))
    return figure


def dead_units(data: np.ndarray) -> list[int]:
    """Return which units of (N, units) are 0 for all samples."""
    return [int(unit) for unit in np.flatnonzero((data <= 0).all(axis=0))]


def what_to_see(layers: Mapping[str, np.ndarray]) -> str:
    """Return how many units are dead, in all layers, and how often the others are active."""
    units = sum(data.shape[1] for data in layers.values())
    dead = sum(len(dead_units(data)) for data in layers.values())
    active = sum(float((data > 0).mean(axis=0).sum()) for data in layers.values())
    busy = f"answers {active / max(units - dead, 1):.0%} of the training samples"
    if not dead:
        return f"None of the {units} hidden units is dead: each {busy} on average"
    be, them = ("is", "it") if dead == 1 else ("are", "them")
    of_all = f"{dead} of {units} hidden units {be} dead: no training sample wakes {them}"
    return f"{of_all}; each of the others {busy} on average"
