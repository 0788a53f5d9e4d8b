"""The picture of the benchmark: time per epoch against the size of the network."""

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
    drawing = style.new_figure(9, 5)
    axes = drawing.subplots()
    for name, (colour, marker, dashes) in LINES.items():
        found = [timing for timing in timings if name in timing.seconds]
        if not found:
            continue
        low, median, high = np.transpose([timing.quartiles(name) for timing in found])
        operations, bars = [timing.workload.operations for timing in found], [median - low, high - median]
        axes.errorbar(
            operations, median, yerr=bars, color=colour, marker=marker, linestyle=dashes, label=name,
            markersize=5, capsize=2,
        )  # fmt: skip
    axes.set(xscale="log", yscale="log", ylabel="seconds for an epoch")
    networks = [timing.workload for timing in timings]
    labels = {w.operations: f"{'-'.join(map(str, w.sizes))}\nN = {w.samples:,}" for w in networks}
    axes.set_xticks(list(labels), list(labels.values()), fontsize=9)
    axes.set_xticks([], minor=True)
    axes.grid(color=style.PALE, linewidth=0.6)
    axes.legend(loc="center left", bbox_to_anchor=(1, 0.5))
    small, large = timings[0], timings[-1]
    style.headline(
        drawing,
        f"Eager PyTorch takes {small.ratio(names.EAGER):.1f} times as long as NumPy at "
        f"{small.workload.name}, {large.ratio(names.EAGER):.1f} times at {large.workload.name}",
        f"{machine}. Against the number of operations in an epoch's matrix products; points: medians, "
        "bars: half of the rounds.",
    )
    return drawing
