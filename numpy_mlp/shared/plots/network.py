"""network: units and weights as circles and lines, with one sample on its way through them."""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.numbers import short
from numpy_mlp.shared.plots.style import (
    BLACK,
    BLUE,
    GREY,
    SKY,
    VERMILLION,
    headline,
    new_figure,
    styled,
    unit_names,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_UNITS = 16  # drawn in one layer
MOST_EDGES = 60  # drawn between two layers
WIDEST = 5.0  # points, for the largest weight


@styled
def network(
    matrices: Mapping[str, np.ndarray],
    values: Sequence[np.ndarray],
    input_names: Sequence[str],
    class_names: Sequence[str],
    truth: int,
    who: str,
) -> "Figure":
    """Draw the graph: edges blue or vermillion by sign and as wide as |weight|, in units their activations.

    Args:
        matrices: Each layer's weights (out, in) by name.
        values: What each layer of units holds for one sample: its scaled features, the hidden activations
            after ReLU, and at last the probabilities.
        input_names: What to write beside each input, such as ``"petal width (cm) 1.3"``.
        class_names: What to write beside each output.
        truth: The sample's label.
        who: The sample, for the title: ``"test flower 0"``.
    """
    shown = [drawn_units(list(matrices.values()), layer) for layer in range(len(values))]
    most = max(map(len, shown))
    figure = new_figure(min(max(0.38 * most + 1.5, 4.4), 7.4))
    axes = figure.subplots()
    axes.axis("off")
    axes.set(xlim=(-0.1, len(values) - 0.9), ylim=(-0.62, 0.56))
    # a layer's units spread over the height, the first on top     (units, 2)
    places = [
        np.column_stack([np.full(len(units), layer), (np.arange(len(units))[::-1] + 0.5) / len(units) - 0.5])
        for layer, units in enumerate(shown)
    ]
    draw_edges(axes, list(matrices.values()), shown, places)
    last = len(values) - 1
    for layer, (data, units, place) in enumerate(zip(values, shown, places, strict=True)):
        inside = 0 < layer < last
        names = unit_names(layer, len(data), last - 1) if inside else None
        draw_units(axes, data, units, place, names)
        layer_name = f"hidden layer {layer}" if last > 2 else "hidden"
        kind = layer_name if inside else "probabilities" if layer else "inputs"
        some = f"{len(units)} of {len(data)}" if len(units) < len(data) else f"{len(data)}"
        axes.text(layer, -0.6, f"{some}\n{kind}", ha="center", va="center", fontsize=9, color=GREY)
    for unit, (x, y) in zip(shown[0], places[0], strict=True):
        axes.annotate(
            input_names[unit], (x, y), (-15, 0), textcoords="offset points", ha="right", va="center",
            fontsize=9,
        )  # fmt: skip
    answer = int(values[-1].argmax())
    for unit, (x, y) in zip(shown[-1], places[-1], strict=True):
        axes.annotate(
            class_names[unit], (x, y), (15, 0), textcoords="offset points", va="center",
            fontsize=9, fontweight="bold" if unit == answer else "normal",
        )  # fmt: skip
    add_legend(axes)
    right = "right" if answer == truth else f"wrong: it is {class_names[truth]}"
    hidden = sum(int((data > 0).sum()) for data in values[1:-1])
    total = sum(len(data) for data in values[1:-1])
    awake = f"{hidden} of {total} hidden units are above 0 for {who}"
    title = (
        f"{awake}; the network's answer is {class_names[answer]} ({values[-1][answer]:.1%}), which is {right}"
    )
    caption = "In each circle: what the unit holds (inputs are scaled)."
    if most < max(map(len, values)) or any(data.size > MOST_EDGES for data in matrices.values()):
        caption += (
            f" Drawn are at most {MOST_UNITS} units of a layer and {MOST_EDGES} edges between two layers: "
            "those with the largest weights."
        )
    headline(figure, title, caption)
    return figure


def drawn_units(matrices: Sequence[np.ndarray], layer: int) -> list[int]:
    """Return which units of a layer are drawn: all, or those with the largest sum of |weight| around them."""
    around = []
    if layer > 0:
        # Σ_i |W[o, i]|           (out, in) -> (out,)
        around.append(np.abs(matrices[layer - 1]).sum(axis=1))
    if layer < len(matrices):
        # Σ_o |W[o, i]|           (out, in) -> (in,)
        around.append(np.abs(matrices[layer]).sum(axis=0))
    order = np.argsort(-np.sum(around, axis=0), kind="stable")
    return sorted(int(unit) for unit in order[:MOST_UNITS])


def draw_edges(
    axes: "Axes", matrices: Sequence[np.ndarray], shown: Sequence[list[int]], places: Sequence[np.ndarray]
) -> None:
    """Draw a line for each weight between drawn units, output by output, on one scale for the whole net."""
    from matplotlib.collections import LineCollection

    largest = max(float(np.abs(data).max()) for data in matrices) or 1.0
    for data, (ins, outs), (before, after) in zip(matrices, pairwise(shown), pairwise(places), strict=True):
        drawn = data[np.ix_(outs, ins)].ravel()
        lines = np.array([(start, end) for end in after for start in before])
        # the largest, in their own order
        kept = np.sort(np.argsort(-np.abs(drawn), kind="stable")[:MOST_EDGES])
        colours = [BLUE if weight > 0 else VERMILLION for weight in drawn[kept]]
        widths = WIDEST * np.abs(drawn[kept]) / largest
        edges = LineCollection(list(lines[kept]), linewidths=widths, colors=colours, alpha=0.75, zorder=1)
        axes.add_collection(edges)


def draw_units(
    axes: "Axes", data: np.ndarray, units: list[int], place: np.ndarray, names: Sequence[str] | None
) -> None:
    """Draw a layer's circles, the bluer the larger their value within the layer, and write it in.

    The name of a hidden unit stands above its circle; inputs and outputs have theirs beside them.
    """
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patheffects import withStroke

    colours = LinearSegmentedColormap.from_list("white to sky", ["white", SKY])
    x, y = place.T
    axes.scatter(x, y, s=420, c=data[units], cmap=colours, vmin=0, vmax=max(float(data.max()), 1e-12),
                 edgecolors=BLACK, zorder=2, clip_on=False)  # fmt: skip
    for unit, (across, up) in zip(units, place, strict=True):
        text = short(data[unit])
        axes.text(
            across, up, text, ha="center", va="center", fontsize=7.5 if len(text) < 5 else 5.5, zorder=3
        )
        if names:
            note = axes.annotate(names[unit], (across, up), (8, 7), textcoords="offset points", zorder=3)
            note.set(fontsize=8, path_effects=[withStroke(linewidth=2.5, foreground="white")])


def add_legend(axes: "Axes") -> None:
    """Explain the edges."""
    from matplotlib.lines import Line2D

    handles = [Line2D([], [], color=BLUE, linewidth=3), Line2D([], [], color=VERMILLION, linewidth=3)]
    names = ["positive weight", "negative (the wider, the larger)"]
    axes.legend(handles, names, loc="lower center", bbox_to_anchor=(0.5, 0.98), ncols=2)
