"""The picture of the benchmark: time per epoch against the size of the network."""

from typing import TYPE_CHECKING

from compare.benchmark.contestants import BARE, COMPILED, EAGER, NERVA, NUMPY, ON_CUDA, PRODUCTS, SKLEARN
from compare.benchmark.measure import Measured
from numpy_mlp.plots.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PALE,
    PURPLE,
    SKY,
    VERMILLION,
    headline,
    new_figure,
    styled,
)  # fmt: skip

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = {
    NUMPY: (BLUE, "o", "-"),
    BARE: (SKY, "s", ":"),
    EAGER: (VERMILLION, "^", "-"),
    COMPILED: (ORANGE, "v", "-"),
    SKLEARN: (GREEN, "D", "-"),
    NERVA: (PURPLE, "P", "-"),
    ON_CUDA[0].name: (VERMILLION, "^", "--"),
    ON_CUDA[1].name: (ORANGE, "v", "--"),
    ON_CUDA[2].name: (BLACK, "X", "--"),
    PRODUCTS: (GREY, "", ":"),
}


@styled
def figure(measured: list[Measured], machine: str) -> "Figure":
    """Draw a line for each library; the bars reach over half of the rounds."""
    drawing = new_figure(9, 5)
    axes = drawing.subplots()
    for name, (colour, marker, dashes) in LINES.items():
        there = [one for one in measured if name in one.seconds]
        if not there:
            continue
        middle = [one.median(name) for one in there]
        ends = [one.quartiles(name) for one in there]
        axes.errorbar(
            [one.workload.operations for one in there],
            middle,
            yerr=[
                [m - low for m, (low, _) in zip(middle, ends, strict=True)],
                [high - m for m, (_, high) in zip(middle, ends, strict=True)],
            ],
            color=colour, marker=marker, linestyle=dashes, label=name, markersize=5, capsize=2,
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", ylabel="seconds for an epoch")
    places = {one.workload.operations: one.workload for one in measured}
    labels = [f"{'-'.join(map(str, w.sizes))}\nN = {w.samples:,}" for w in places.values()]
    axes.set_xticks(list(places), labels, fontsize=9)
    axes.set_xticks([], minor=True)
    axes.grid(color=PALE, linewidth=0.6)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    small, large = measured[0], measured[-1]
    headline(
        drawing,
        f"Eager PyTorch takes {small.ratio(EAGER):.1f} times as long as NumPy at {small.workload.name}, "
        f"{large.ratio(EAGER):.1f} times at {large.workload.name}",
        f"{machine}. Against the number of operations in an epoch's matrix products; points: medians, "
        "bars: half of the rounds.",
    )
    return drawing
