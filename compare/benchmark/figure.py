"""The picture of the benchmark: the time of an epoch for each network, where lower is better."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from compare.benchmark import implementations as names
from compare.benchmark.measure import Timing
from numpy_mlp.shared.plots import style

if TYPE_CHECKING:
    from matplotlib.figure import Figure

LINES = {
    names.NUMPY: (style.BLUE, "o", "-"),
    names.BARE: (style.SKY, "s", ":"),
    names.EAGER: (style.VERMILLION, "^", "-"),
    names.COMPILED: (style.ORANGE, "v", "-"),
    names.SKLEARN: (style.GREEN, "D", "-"),
    names.NERVA: (style.PURPLE, "P", "-"),
    names.CUDA_EAGER: (style.VERMILLION, "^", "--"),
    names.CUDA_COMPILED: (style.ORANGE, "v", "--"),
    names.CUDA_GRAPH: (style.BLACK, "X", "--"),
    names.PRODUCTS: (style.GREY, "", ":"),
}


@style.styled
def figure(timings: Sequence[Timing], machine: str) -> "Figure":
    """Draw a line for each implementation; the bars reach over half of the rounds."""
    drawing = style.new_figure(5.6)
    axes = drawing.subplots()
    for name, (colour, marker, dashes) in LINES.items():
        found = [timing for timing in timings if name in timing.seconds]
        if not found:
            continue
        low, median, high = np.transpose([timing.quartiles(name) for timing in found])
        places, bars = [timings.index(timing) for timing in found], [median - low, high - median]
        axes.errorbar(
            places, median, yerr=bars, color=colour, marker=marker, linestyle=dashes, label=name,
            markersize=5, capsize=2,
        )  # fmt: skip
    axes.set(yscale="log", ylabel="seconds for an epoch (lower is better)")
    networks = [timing.workload for timing in timings]
    labels = [f"{'-'.join(map(str, w.sizes))}\nN = {w.samples:,}" for w in networks]
    axes.set_xticks(range(len(labels)), labels, fontsize=9)
    axes.grid(color=style.PALE, linewidth=0.6)
    axes.legend(loc="lower center", bbox_to_anchor=(0.45, 1), ncols=2)
    small, large = timings[0], timings[-1]
    style.headline(
        drawing,
        f"Eager PyTorch takes {small.ratio(names.EAGER):.1f} times as long as NumPy at "
        f"{small.workload.name}, {large.ratio(names.EAGER):.1f} times at {large.workload.name}",
        f"{machine}. Networks from the smallest to the largest; points: medians, bars: half of the rounds.",
    )
    return drawing
