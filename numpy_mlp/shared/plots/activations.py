"""activations: each hidden unit's output for every training sample, and which units are always 0."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.plots.style import BLACK, VERMILLION, headline, new_figure, styled, unit_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMES = 32


@styled
def activations(layers: Mapping[str, np.ndarray], labels: np.ndarray, class_names: Sequence[str]) -> "Figure":
    """Draw the outputs (N, units) of each hidden layer after its ReLU: a row is a unit, a column a sample.

    The samples stand class beside class, in the order of the data within a class. A unit that is 0 for every
    sample is dead: no gradient passes through it, so its weights stay as they are. Its row is hatched.
    """
    order = np.argsort(labels, kind="stable")
    heights = [min(max(0.2 * data.shape[1], 1.2), 4.8) for data in layers.values()]
    figure = new_figure(sum(heights) + 0.75 * len(layers) + 0.9)
    panels = figure.subplots(len(layers), 1, height_ratios=heights, squeeze=False).ravel()
    # where each class begins and ends among the sorted samples
    ends = np.cumsum(np.bincount(labels, minlength=len(class_names)))
    middles = (np.concatenate([[0], ends[:-1]]) + ends) / 2 - 0.5
    for i, (axes, (name, data)) in enumerate(zip(panels, layers.items(), strict=True), start=1):
        draw_layer(axes, data[order], unit_names(i, data.shape[1], len(layers)))
        for end in ends[:-1]:
            axes.axvline(end - 0.5, color=BLACK, linewidth=0.8)
        axes.set_xticks(middles, class_names)
        axes.tick_params(length=0)
        axes.set_title(f"output of {name}, and the samples for which it is above 0", fontweight="bold")
    panels[-1].set_xlabel(f"the {len(labels)} training samples, class beside class")
    headline(figure, what_to_see(layers))
    return figure


def draw_layer(axes: "Axes", data: np.ndarray, names: Sequence[str]) -> None:
    """Draw one layer's outputs (N, units), with each unit's name and how often it is above 0."""
    from matplotlib.colors import PowerNorm

    units, largest = data.shape[1], float(data.max(initial=0))
    # the square root keeps small outputs visible beside large ones
    norm = PowerNorm(0.5, 0, largest or 1.0)
    image = axes.imshow(data.T, cmap="Blues", norm=norm, aspect="auto", interpolation="nearest")
    dead = dead_units(data)
    marked = range(units) if units <= MOST_NAMES else dead
    # 1/N Σ_n [output > 0]     (N, units) -> (units,)
    fraction = (data > 0).mean(axis=0)
    texts = [f"{names[u]}  {'dead' if u in dead else percent(fraction[u])}" for u in marked]
    axes.set_yticks(marked, texts, fontsize=9 if units <= 16 else 8)
    for unit, text in zip(marked, axes.get_yticklabels(), strict=True):
        if unit in dead:
            text.set(color=VERMILLION, fontweight="bold")
    for unit in dead:
        axes.axhspan(
            unit - 0.5, unit + 0.5, facecolor="none", edgecolor=VERMILLION, hatch="////", linewidth=0
        )
    bar = axes.get_figure().colorbar(image, ax=axes, pad=0.01, label="activation")  # type: ignore[union-attr]
    bar.set_ticks([0, largest / 4, largest] if largest else [0])
    bar.ax.set_yticklabels([f"{tick:.3g}" for tick in bar.get_ticks()])


def percent(fraction: float) -> str:
    """Return a percentage that is 0 or 100 only where nothing, or all, is counted.

    >>> percent(0.025), percent(0.67), percent(0.9999), percent(1.0)
    ('2.5%', '67%', '99.9%', '100%')
    """
    if fraction in (0, 1) or 0.1 < fraction < 0.99:
        return f"{fraction:.0%}"
    return f"{100 * fraction:.2g}%" if fraction < 0.5 else f"{min(100 * fraction, 99.9):.1f}%"


def dead_units(data: np.ndarray) -> list[int]:
    """Return which units of (N, units) are 0 for all samples."""
    return [int(unit) for unit in np.flatnonzero((data <= 0).all(axis=0))]


def what_to_see(layers: Mapping[str, np.ndarray]) -> str:
    """Return how many units are dead, in all layers, and how often the others are active."""
    units = sum(data.shape[1] for data in layers.values())
    dead = sum(len(dead_units(data)) for data in layers.values())
    active = sum(float((data > 0).mean(axis=0).sum()) for data in layers.values())
    busy = f"is above 0 for {active / max(units - dead, 1):.0%} of the training samples on average"
    if not dead:
        return f"None of the {units} hidden units is dead: each {busy}"
    if dead == units:
        return f"All {units} hidden units are dead: 0 for every training sample, so no gradient reaches fc1"
    be = "is" if dead == 1 else "are"
    rest = "the other" if units - dead == 1 else "each of the others"
    return f"{dead} of {units} hidden units {be} dead, 0 for every training sample; {rest} {busy}"
