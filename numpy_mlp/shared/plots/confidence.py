"""confidence: how sure the network is of the truth, test sample by test sample."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.plots.style import (
    BLACK,
    GREY,
    PALE,
    VERMILLION,
    class_style,
    headline,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_NUMBERS = 5


@styled
def confidence(
    runs: Mapping[str, np.ndarray], truth: np.ndarray, class_names: Sequence[str], noun: str = "sample"
) -> "Figure":
    """Draw the probability of the true class for each test sample, class beside class, least sure first.

    Args:
        runs: The probabilities (N, classes) of one run, or of two, which are drawn over each other. The
            order is that of the first.
        truth: Labels (N,).
        class_names: One for each label.
        noun: What a sample is called: "flower".
    """
    first = next(iter(runs.values()))
    # p of the truth              picks (N,) out of (N, C)
    of_truth = {name: found[np.arange(len(truth)), truth] for name, found in runs.items()}
    order = np.lexsort((next(iter(of_truth.values())), truth))
    wrong = first.argmax(axis=1) != truth
    place = np.empty(len(truth))
    # with a gap between classes
    place[order] = np.arange(len(truth)) + truth[order] * max(1, len(truth) // 60)
    figure = new_figure(4.3)
    axes = figure.subplots()
    axes.axhline(0.5, color=GREY, linewidth=1, linestyle=":")
    # beside the axes, where no point can lie on it
    axes.annotate("above 1/2:\nright for sure", (1, 0.5), (3, 0), xycoords=("axes fraction", "data"),
                  textcoords="offset points", va="bottom", fontsize=8, color=GREY)  # fmt: skip
    names = list(runs)
    for label in range(len(class_names)):
        mine = truth == label
        axes.scatter(
            place[mine], of_truth[names[0]][mine], s=34 if len(truth) <= 100 else 14, **class_style(label)
        )
    if len(runs) > 1:
        axes.scatter(place, of_truth[names[1]], s=90, facecolors="none", edgecolors=BLACK, linewidths=1,
                     label=names[1])  # fmt: skip
    axes.scatter(place[wrong], of_truth[names[0]][wrong], s=190, facecolors="none", edgecolors=VERMILLION,
                 linewidths=2, label=f"wrong{f' ({names[0]})' if len(runs) > 1 else ''}")  # fmt: skip
    if wrong.sum() <= MOST_NUMBERS:
        for i in np.flatnonzero(wrong):
            axes.annotate(f"{noun} {i}: wrong", (place[i], of_truth[names[0]][i]), (11, -3),
                          textcoords="offset points", color=VERMILLION)  # fmt: skip
    present = [label for label in range(len(class_names)) if (truth == label).any()]
    axes.set_xticks([place[truth == label].mean() for label in present], [class_names[c] for c in present])
    axes.tick_params(axis="x", length=0)
    axes.set(ylim=(-0.04, 1.04), ylabel="probability of the true class",
             xlabel=f"the {len(truth)} test {noun}s, class beside class, least sure first")  # fmt: skip
    axes.grid(axis="y", color=PALE, linewidth=0.6)
    if wrong.sum() > MOST_NUMBERS or len(runs) > 1:
        handles, names = axes.get_legend_handles_labels()
        axes.legend(handles, names, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, borderaxespad=0.1)
    headline(figure, what_to_see(of_truth, wrong, noun))
    return figure


def what_to_see(of_truth: Mapping[str, np.ndarray], wrong: np.ndarray, noun: str) -> str:
    """Return how many are right and what the wrong ones are, or how far two runs lie apart."""
    p = list(of_truth.values())
    text = f"{int((~wrong).sum())} of {len(wrong)} test {noun}s right"
    if len(p) > 1:
        return f"{text}; the two runs' probabilities differ by {np.abs(p[0] - p[1]).max():.1g} at most"
    if wrong.sum() == 1:
        i = int(np.flatnonzero(wrong)[0])
        return f"{text}; the wrong one: {noun} {i}, which gets {p[0][i]:.3f} for its own class"
    # wrong ones are never among them: their own class gets at most 1/2
    sure = int((p[0] > 0.9).sum())
    return f"{text}, {sure or 'none'} of them with a probability of more than 0.9"
