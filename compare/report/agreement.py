"""The agreement picture: how far two libraries drift apart in a training, beside what rounding alone does."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare.report.drift import Point
from numpy_mlp.shared.plots.style import BLUE, GREY, ORANGE, PALE, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"float32": BLUE, "float64": ORANGE}
PANELS = {"weights": "any weight", "loss": "the loss of any epoch so far"}


@styled
def agreement(points: Sequence[Point]) -> "Figure":
    """Draw max|NumPy - PyTorch| over the epochs, for weights and loss, in float32 and float64.

    Distances may be 0; a logarithmic axis has no place for that, so they are drawn on a line at the bottom.

    Raises:
        ValueError: there are no points.
    """
    if not points:
        raise ValueError("no long training came to its end, so there is no agreement to draw")
    figure = new_figure(6.4)
    panels = figure.subplots(2, 1, sharex=True, sharey=True)
    positive = [value for point in points for value in (point.pair, point.self_noise) if value > 0]
    # 0 is drawn a decade under the smallest number that is more
    bottom = 10.0 ** np.floor(np.log10(min(positive, default=1e-16)) - 1)
    for axes, (tensor, what) in zip(panels, PANELS.items(), strict=True):
        for dtype, colour in COLOURS.items():
            chosen = [point for point in points if (point.tensor, point.dtype) == (tensor, dtype)]
            draw_curves(axes, chosen, dtype, colour, bottom)
        axes.set(yscale="log", title=f"largest distance of {what}", ylabel="max |NumPy - PyTorch|")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.locator_params(axis="x", nbins=5)
        axes.grid(color=PALE, linewidth=0.6)
    panels[0].set_ylim(bottom=bottom / 2)
    if any(point.pair == 0 for point in points):
        panels[0].axhline(bottom, color=GREY, linewidth=0.8)
        panels[0].annotate("0: equal to the bit", (1, bottom), (-2, 4), xycoords=("axes fraction", "data"),
                           textcoords="offset points", ha="right", fontsize=8)  # fmt: skip
    panels[1].set_xlabel("epochs")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, handlelength=2.6, fontsize=8.5)
    last = max(point.epoch for point in points)
    ends = [f"{p.pair:.2e} in {p.dtype}" for p in points if (p.tensor, p.epoch) == ("weights", last)]
    headline(figure, f"After {last:,} epochs the largest distance of a weight is {' and '.join(ends)}")
    return figure


def draw_curves(axes: "Axes", points: Sequence[Point], dtype: str, colour: str, bottom: float) -> None:
    """Draw each device's distance as a line, and numpy_mlp's self-noise as a pale band."""
    devices = list(dict.fromkeys(point.device for point in points))
    for line, device in zip(("-", "-.", ":"), devices, strict=False):
        epochs, pair, noise = np.array(
            [(p.epoch, p.pair, p.self_noise) for p in points if p.device == device]
        ).T
        # self-noise is NumPy's alone: the same beside every device
        if device == devices[0]:
            axes.plot(epochs, np.where(noise > bottom, noise, np.nan), color=colour, linewidth=9, alpha=0.28,
                      solid_capstyle="butt", label=f"{dtype}: NumPy's self-noise")  # fmt: skip
        where = f" ({device})" if len(devices) > 1 else ""
        label = f"{dtype}: NumPy - PyTorch{where}"
        axes.plot(epochs, np.maximum(pair, bottom), line, color=colour, linewidth=2, label=label)
