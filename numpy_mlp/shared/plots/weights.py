"""weights: how each layer's weights and biases are distributed, before and after training."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.numbers import fixed
from numpy_mlp.shared.plots.statistics import statistics
from numpy_mlp.shared.plots.style import BLACK, GREY, PURPLE, SKY, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

FILLED = ((GREY, 0.55), (SKY, 0.65))
OUTLINED = (BLACK, PURPLE)
MOST_BINS = 100


@styled
def weights(runs: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]]) -> "Figure":
    """Draw a histogram of every parameter, all states over one another, and its statistics beside it.

    All states of a parameter are counted in the same bins, which NumPy's "auto" rule lays over all of their
    values together. Below, each single value is a short line (a rug).

    Args:
        runs: For each run its states, ``{"initial": weights, "trained": weights}``, weights by parameter
            name. The first run is filled, a second one is outlined over it.
    """
    # {"initial": weights, ...} of one run; {"a initial": weights, ...} of two
    states = {
        f"{run} {state}" if len(runs) > 1 else state: found
        for run, of_run in runs.items()
        for state, found in of_run.items()
    }
    names = list(dict.fromkeys(name for found in states.values() for name in found))
    figure = new_figure(1.0 + (1.4 if len(runs) == 1 else 2.1) * len(names))
    # of two runs the statistics stand below one another: four columns would leave no room for the histogram
    grid = figure.subplots(len(names), 2, squeeze=False, width_ratios=[1.35, 1])
    for (left, right), name in zip(grid, names, strict=True):
        found = {state: data[name] for state, data in states.items() if name in data}
        draw_histograms(left, found, list(states))
        shapes = dict.fromkeys(str(list(data.shape)) for data in found.values())
        left.set_title(f"{name} {' and '.join(shapes)}", fontweight="bold")
        right.axis("off")
        right.text(0, 0.5, statistics_text(found), family="DejaVu Sans Mono", fontsize=8, va="center",
                   transform=right.transAxes)  # fmt: skip
    grid[-1, 0].set_xlabel("value")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    # above the first statistics; two runs' names are too long for that
    if len(runs) == 1:
        grid[0, 1].legend(
            handles, labels, loc="lower left", bbox_to_anchor=(0, 1), ncols=2, borderaxespad=0.1
        )
    else:
        figure.legend(handles, labels, loc="outside lower left", ncols=2)
    headline(figure, what_to_see(next(iter(runs.values()))) if len(runs) == 1 else difference(runs))
    return figure


def difference(runs: Mapping[str, Mapping[str, Mapping[str, np.ndarray]]]) -> str:
    """Return how far two runs lie apart after training, if they can be compared value by value."""
    one, two = (list(states.values())[-1] for states in runs.values())
    if {name: data.shape for name, data in one.items()} != {name: data.shape for name, data in two.items()}:
        return "Two networks of different shapes; each histogram has the same bins for both"
    apart = max(float(np.abs(one[name].astype(np.float64) - two[name]).max()) for name in one)
    return f"After training, no weight of {' and '.join(runs)} differs by more than {apart:.1e}"


def draw_histograms(axes: "Axes", found: Mapping[str, np.ndarray], states: list[str]) -> None:
    """Draw one parameter in its states: bars above zero, a rug for each state below it."""
    edges = bin_edges(np.concatenate([data.ravel() for data in found.values()]).astype(np.float64))
    counts = {state: np.histogram(data, edges)[0] for state, data in found.items()}
    tallest = max(int(count.max()) for count in counts.values())
    for state, data in found.items():
        i = states.index(state)
        if i < len(FILLED):
            colour, alpha = FILLED[i]
            axes.stairs(counts[state], edges, fill=True, color=colour, alpha=alpha, label=state)
        else:
            colour = OUTLINED[i - len(FILLED)]
            axes.stairs(counts[state], edges, color=colour, linewidth=1.6, linestyle="--", label=state)
        low = -tallest * (0.09 * i + 0.03)
        axes.vlines(data.ravel(), low - 0.07 * tallest, low, color=colour, linewidth=0.8)
    axes.set_ylim(-tallest * (0.09 * len(states) + 0.05), 1.08 * tallest)
    axes.set_yticks([0, tallest])
    axes.locator_params(axis="x", nbins=6)
    axes.axhline(0, color=BLACK, linewidth=0.6)
    axes.set_ylabel("count")


def bin_edges(values: np.ndarray) -> np.ndarray:
    """Return the edges of NumPy's "auto" bins; of Sturges' where a few far values would make too many.

    "auto" takes the narrower of both: Sturges' log2 n + 1 bins, and Freedman's and Diaconis' of the width
    2 IQR / n^(1/3), which has nothing to do with the range.
    """
    low, high = np.quantile(values, (0.25, 0.75))
    # 2 (q75 - q25) / n^(1/3)
    width = 2 * (high - low) / len(values) ** (1 / 3)
    return np.histogram_bin_edges(values, "auto" if np.ptp(values) <= MOST_BINS * width else "sturges")


def statistics_text(found: Mapping[str, np.ndarray]) -> str:
    """Return the statistics of one parameter as lines, one column for each state, at most two in a row."""
    if len(found) > 2:
        states = list(found)
        pairs = [states[i : i + 2] for i in range(0, len(states), 2)]
        return "\n\n".join(statistics_text({state: found[state] for state in pair}) for pair in pairs)
    columns = {state: statistics(data).texts() for state, data in found.items()}
    widths = {state: max(len(state), 9, *map(len, texts.values())) for state, texts in columns.items()}
    lines = [" " * 7 + "".join(f"  {state:>{widths[state]}}" for state in columns)]
    for name in next(iter(columns.values())):
        lines.append(
            f"{name:<7}" + "".join(f"  {texts[name]:>{widths[state]}}" for state, texts in columns.items())
        )
    return "\n".join(lines)


def what_to_see(states: Mapping[str, Mapping[str, np.ndarray]]) -> str:
    """Return which weight matrix changed its size the most."""
    before, *_, after = states.values()
    norms = {
        name: (statistics(before[name]).norm, statistics(after[name]).norm)
        for name in before
        if before[name].ndim == 2
    }
    # how far from "as large as before", in either direction: |log (after / before)|
    name = max(norms, key=lambda n: abs(np.log((norms[n][1] + 1e-30) / (norms[n][0] + 1e-30))))
    old, new = norms[name]
    if np.isclose(old, new, rtol=1e-3):
        return "Training left the size of every weight matrix as it was"
    change = "stretched" if new > old else "shrank"
    return f"Training {change} {name} the most: L2 norm {fixed(old, 2)} → {fixed(new, 2)}"
