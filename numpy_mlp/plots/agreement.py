"""agreement: how far two libraries drift apart in a training, and how far rounding alone would carry them."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.plots.style import BLUE, GREY, ORANGE, PALE, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

COLOURS = {"float32": BLUE, "float64": ORANGE}
PANELS = {"weights": "any weight", "loss": "the loss of any epoch so far"}


@styled
def agreement(points: Sequence[Mapping[str, object]]) -> "Figure":
    """Draw max|NumPy - PyTorch| over the epochs, for weights and loss, in float32 and float64.

    Args:
        points: One for each epoch, dtype and tensor: ``{"epoch": 200, "dtype": "float32", "tensor":
            "weights", "pair": the distance, "self_noise": NumPy's distance from its own reordered twins,
            "limit": what is allowed}``. ``tensor`` is "weights" or "loss". Distances may be 0; an axis that
            is logarithmic has no place for that, so they are drawn on a line of their own at the bottom.

    Raises:
        ValueError: there are no points.
    """
    if not points:
        raise ValueError("expected at least one point to draw, got none")
    figure = new_figure(9, 5.0)
    panels = figure.subplots(1, 2, sharey=True)
    bottom = zero_line([number(point, key) for point in points for key in ("pair", "self_noise", "limit")])
    for axes, (tensor, what) in zip(panels, PANELS.items(), strict=True):
        for dtype, colour in COLOURS.items():
            chosen = [p for p in points if p["tensor"] == tensor and p["dtype"] == dtype]
            if chosen:
                draw_curves(axes, sorted(chosen, key=lambda p: number(p, "epoch")), dtype, colour, bottom)
        axes.set_yscale("log")
        axes.set_title(f"largest distance of {what}")
        axes.set_xlabel("epochs")
        axes.xaxis.set_major_formatter("{x:,.0f}")
        axes.locator_params(axis="x", nbins=5)
        axes.grid(color=PALE, linewidth=0.6)
    panels[0].set_ylim(bottom=bottom / 2)
    if any(number(point, "pair") == 0 for point in points):
        panels[0].axhline(bottom, color=GREY, linewidth=0.8)
        panels[0].annotate("0: equal to the bit", (1, bottom), (-2, 4), xycoords=("axes fraction", "data"),
                           textcoords="offset points", ha="right", fontsize=8)  # fmt: skip
    panels[0].set_ylabel("max |NumPy - PyTorch|")
    handles, labels = panels[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower left", ncols=2, handlelength=2.6)
    headline(figure, what_to_see(points))
    return figure


def number(point: Mapping[str, object], key: str) -> float:
    """Return a point's number."""
    return float(str(point[key]))


def zero_line(values: Sequence[float]) -> float:
    """Return where 0 is drawn: a decade under the smallest number that is more."""
    positive = [value for value in values if value > 0]
    return 10.0 ** np.floor(np.log10(min(positive, default=1e-16)) - 1)


def draw_curves(
    axes: "Axes", points: Sequence[Mapping[str, object]], dtype: str, colour: str, bottom: float
) -> None:
    """Draw each device's distance as a line, self-noise as a pale band, the limit as dashes."""
    devices = list(dict.fromkeys(str(point.get("device", "")) for point in points))
    for line, device in zip(("-", "-.", ":"), devices, strict=False):
        of_device = [point for point in points if str(point.get("device", "")) == device]
        epochs = [number(point, "epoch") for point in of_device]
        pair, noise, limit = (
            np.maximum([number(point, key) for point in of_device], bottom)
            for key in ("pair", "self_noise", "limit")
        )
        # self-noise and limit are NumPy's own: the same beside every device
        if device == devices[0]:
            axes.plot(epochs, limit, "--", color=colour, linewidth=1.2, label=f"{dtype}: limit")
            band = np.where(noise > bottom, noise, np.nan)
            axes.plot(epochs, band, color=colour, linewidth=9, alpha=0.28, solid_capstyle="butt",
                      label=f"{dtype}: NumPy's self-noise")  # fmt: skip
        where = f" ({device})" if len(devices) > 1 else ""
        axes.plot(epochs, pair, line, color=colour, linewidth=2, label=f"{dtype}: NumPy - PyTorch{where}")


def what_to_see(points: Sequence[Mapping[str, object]]) -> str:
    """Return how far the weights are apart at the end, and whether the limit ever was left."""
    for point in points:
        # not <=, so that NaN is outside as well
        if not number(point, "pair") <= number(point, "limit"):
            return (
                f"The libraries leave the limit: {point['tensor']} in {point['dtype']} at epoch "
                f"{number(point, 'epoch'):,.0f}, {number(point, 'pair'):.1e} > {number(point, 'limit'):.1e}"
            )
    last = max(number(point, "epoch") for point in points)
    ends = [
        f"{number(point, 'pair'):.1e} in {point['dtype']}"
        for point in points
        if point["tensor"] == "weights" and number(point, "epoch") == last
    ]
    apart = " and ".join(ends)
    return f"After {last:,.0f} epochs no weight differs by more than {apart}; never beyond the limit"
