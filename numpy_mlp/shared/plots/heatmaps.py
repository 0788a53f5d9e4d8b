"""heatmaps: every weight matrix as a picture, blue for positive and red for negative."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.plots.style import headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_NAMES = 16  # along one side; more would overlap
MOST_VALUES = 200  # cells in which the value is written


@styled
def heatmaps(
    matrices: Mapping[str, np.ndarray], feature_names: Sequence[str], class_names: Sequence[str]
) -> "Figure":
    """Draw each matrix (out, in), as stored: a row holds the weights into a unit, a column those out of one.

    Every matrix has another colour scale, with 0 in its middle; the values are written in if they are few.
    """
    from matplotlib.colors import CenteredNorm

    small = sum(data.shape[1] for data in matrices.values()) <= MOST_NAMES
    heights = [min(max(0.34 * len(data), 1.6), 3.6) for data in matrices.values()]
    if small:
        figure = new_figure(9, max(heights) + 1.9)
        widths = [max(data.shape[1], 4) for data in matrices.values()]
        panels = figure.subplots(1, len(matrices), width_ratios=widths, squeeze=False).ravel()
    else:
        figure = new_figure(9, sum(heights) + 1.0 * len(matrices) + 0.6)
        panels = figure.subplots(len(matrices), 1, height_ratios=heights, squeeze=False).ravel()
    inputs, into = list(feature_names), "features"
    for i, (axes, (name, data)) in enumerate(zip(panels, matrices.items(), strict=True), start=1):
        last = i == len(matrices)
        outputs = list(class_names) if last else [f"h{unit}" for unit in range(len(data))]
        largest = float(np.abs(data).max()) or 1.0
        image = axes.imshow(data, cmap="RdBu", norm=CenteredNorm(0, largest), aspect="auto")
        name_ticks(axes, inputs, outputs)
        axes.set_title(f"{name} {list(data.shape)}", fontweight="bold")
        axes.set_xlabel(f"from {into}")
        axes.set_ylabel(f"to {'classes' if last else f'hidden layer {i}'}")
        axes.spines[:].set_visible(False)
        if data.size <= MOST_VALUES:
            write_values(axes, data, largest)
        else:
            figure.colorbar(image, ax=axes, pad=0.01)
        inputs, into = outputs, f"hidden layer {i}"
    figure.align_ylabels()
    headline(figure, what_to_see(next(iter(matrices.values())), feature_names))
    return figure


def name_ticks(axes: "Axes", inputs: Sequence[str], outputs: Sequence[str]) -> None:
    """Write the units' names along both sides where there is room for them."""
    for axis, names in ((axes.xaxis, inputs), (axes.yaxis, outputs)):
        if len(names) <= MOST_NAMES:
            axis.set_ticks(range(len(names)), list(names))
        else:
            axis.set_ticks([])
    if max(map(len, inputs)) > 4:
        axes.tick_params(axis="x", rotation=35)
        for label in axes.get_xticklabels():
            label.set(ha="right", rotation_mode="anchor")


def write_values(axes: "Axes", data: np.ndarray, largest: float) -> None:
    """Write each value with its sign into its cell, in white where the cell is dark."""
    for (row, column), value in np.ndenumerate(data):
        dark = abs(value) > 0.6 * largest
        axes.text(column, row, f"{value:+.2f}", ha="center", va="center", fontsize=8,
                  color="white" if dark else "black")  # fmt: skip


def what_to_see(first: np.ndarray, feature_names: Sequence[str]) -> str:
    """Return which feature weighs most in the first layer: the column of W1 with the largest norm."""
    # √(Σ_o W[o, i]²)             (out, in) -> (in,)
    norms = np.sqrt((first.astype(np.float64) ** 2).sum(axis=0))
    i = int(norms.argmax())
    return (
        f"The network listens most to {feature_names[i]}: its column of fc1.weight has "
        f"{norms[i] ** 2 / (norms**2).sum() or 0:.0%} of the squared weights"
    )
