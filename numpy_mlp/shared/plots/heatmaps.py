"""heatmaps: every weight matrix as a picture, blue for positive and red for negative."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.numbers import short
from numpy_mlp.shared.plots.style import headline, new_figure, styled, unit_names

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMES = 16  # along one side; of more, some are named, evenly spaced
MOST_VALUES, MOST_COLUMNS = 200, 13  # cells in which the value is written, and those of a row
MOST_LETTERS = 72  # of the names below a matrix, side by side


@styled
def heatmaps(
    matrices: Mapping[str, np.ndarray], feature_names: Sequence[str], class_names: Sequence[str]
) -> "Figure":
    """Draw each matrix (out, in), as stored: a row holds the weights into a unit, a column those out of one.

    Every matrix has another colour scale, with 0 in its middle; the values are written in if they are few,
    and every row and column has its name.
    """
    from matplotlib.colors import CenteredNorm

    heights = [min(max(0.27 * len(data), 1.1), 4.2) for data in matrices.values()]
    figure = new_figure(sum(heights) + 0.85 * len(matrices) + 0.9)
    panels = figure.subplots(len(matrices), 1, height_ratios=heights, squeeze=False).ravel()
    inputs, into = list(feature_names), "features"
    for i, (axes, (name, data)) in enumerate(zip(panels, matrices.items(), strict=True), start=1):
        last = i == len(matrices)
        outputs = list(class_names) if last else unit_names(i, len(data), len(matrices) - 1)
        largest = float(np.abs(data).max()) or 1.0
        image = axes.imshow(data, cmap="RdBu", norm=CenteredNorm(0, largest), aspect="auto")
        name_ticks(axes, inputs, outputs)
        axes.set_title(f"{name} {list(data.shape)}", fontweight="bold")
        axes.set_xlabel(f"from {into}")
        axes.set_ylabel(f"to {'classes' if last else f'hidden layer {i}'}")
        axes.spines[:].set_visible(False)
        named = max(len(inputs), len(outputs)) <= MOST_NAMES
        if data.size <= MOST_VALUES and data.shape[1] <= MOST_COLUMNS and named and largest < 99_999.5:
            write_values(axes, data, largest)
        else:
            figure.colorbar(image, ax=axes, pad=0.01)
        inputs, into = outputs, f"hidden layer {i}"
    figure.align_ylabels()
    headline(figure, what_to_see(next(iter(matrices.values())), feature_names))
    return figure


def name_ticks(axes: "Axes", inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Write the units' names along both sides: all of them, or evenly some where there is no room for all."""
    for axis, names in ((axes.xaxis, inputs), (axes.yaxis, outputs)):
        places = range(0, len(names), -(-len(names) // MOST_NAMES))
        axis.set_ticks(places, [names[place] for place in places], fontsize=9)
    if sum(len(label.get_text()) + 2 for label in axes.get_xticklabels()) > MOST_LETTERS:
        axes.tick_params(axis="x", rotation=35)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")


def write_values(axes: "Axes", data: np.ndarray, largest: float) -> None:
    """Write each value with its sign into its cell, in white where the cell is dark."""
    size = 8 if data.shape[1] <= 12 else 7
    for (row, column), value in np.ndenumerate(data):
        colour = "white" if abs(value) > 0.6 * largest else "black"
        axes.text(column, row, short(value, "+"), ha="center", va="center", fontsize=size, color=colour)


def what_to_see(first: np.ndarray, feature_names: Sequence[str]) -> str:
    """Return which feature weighs most in the first layer: the column of W1 with the largest norm."""
    # √(Σ_o W[o, i]²)             (out, in) -> (in,)
    norms = np.sqrt((first.astype(np.float64) ** 2).sum(axis=0))
    i = int(norms.argmax())
    share = norms[i] ** 2 / max(float((norms**2).sum()), 1e-30)
    return f"Most weight lies on {feature_names[i]}: its column of fc1.weight has {share:.0%} of the squares"
