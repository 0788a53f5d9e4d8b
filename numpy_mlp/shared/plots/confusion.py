"""confusion: which class is taken for which, and each mistake by name."""

import textwrap
from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.plots.style import VERMILLION, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_MISTAKES = 3
MOST_FEATURES = 6
MOST_LETTERS = 30  # of all class names in a row


@styled
def confusion(
    truth: np.ndarray,
    probabilities: np.ndarray,
    raw: np.ndarray,
    feature_names: Sequence[str],
    class_names: Sequence[str],
    noun: str = "sample",
) -> "Figure":
    """Draw scikit-learn's confusion matrix of the test samples, and describe the wrong ones beside it.

    Args:
        truth: Labels (N,).
        probabilities: The network's answers (N, classes).
        raw: The samples' measurements in the raw data's units, (N, features).
        feature_names: One for each column of ``raw``.
        class_names: One for each label.
        noun: What a sample is called: "flower".
    """
    from sklearn.metrics import ConfusionMatrixDisplay

    answers = probabilities.argmax(axis=1)
    wrong = np.flatnonzero(answers != truth)
    figure = new_figure(4.2 if len(class_names) < 6 else 4.8)
    matrix, text = figure.subplots(1, 2, width_ratios=[1.55, 1])
    ConfusionMatrixDisplay.from_predictions(
        truth, answers, labels=range(len(class_names)), display_labels=list(class_names), ax=matrix,
        cmap="Blues", colorbar=False, text_kw={"fontsize": 14 if len(class_names) < 6 else 9},
    )  # fmt: skip
    matrix.set(xlabel="the network's answer", ylabel="the truth")
    matrix.set_aspect("auto")
    matrix.spines[:].set_visible(False)
    matrix.tick_params(length=0)
    if sum(map(len, class_names)) > MOST_LETTERS:
        matrix.tick_params(axis="x", rotation=35)
    text.axis("off")
    words = describe(wrong, truth, probabilities, raw, feature_names, class_names, noun)
    text.text(0, 1, words, va="top", linespacing=1.3, fontsize=9, transform=text.transAxes)
    text.set_title("Wrong" if wrong.size else "", color=VERMILLION, fontweight="bold")
    headline(figure, what_to_see(truth, answers, class_names, noun))
    return figure


def describe(
    wrong: np.ndarray,
    truth: np.ndarray,
    probabilities: np.ndarray,
    raw: np.ndarray,
    feature_names: Sequence[str],
    class_names: Sequence[str],
    noun: str,
) -> str:
    """Return the first mistakes in words, by their measurements if these are few."""
    lines = []
    few = len(feature_names) <= MOST_FEATURES
    for i in wrong[:MOST_MISTAKES]:
        answer = probabilities[i].argmax()
        lines += [
            f"test {noun} {i}",
            f"  is {class_names[truth[i]]} (p = {probabilities[i, truth[i]]:.3f})",
            f"  taken for {class_names[answer]} (p = {probabilities[i, answer]:.3f})",
        ]
        values = [f"{value:g}" for value in raw[i].round(6)]
        if few and len(wrong) == 1:
            lines += [f"    {name}  {value}" for name, value in zip(feature_names, values, strict=True)]
        elif few:
            lines += [f"  measures {', '.join(values)}"]
        lines += [""]
    if len(wrong) > MOST_MISTAKES:
        lines += [f"and {len(wrong) - MOST_MISTAKES} more"]
    if few and len(wrong) > 1:
        lines += textwrap.wrap(f"(measures: {', '.join(feature_names)})", 26)
    return "\n".join(lines)


def what_to_see(truth: np.ndarray, answers: np.ndarray, class_names: Sequence[str], noun: str) -> str:
    """Return how many are right, and the mistake that is made most often."""
    wrong = truth != answers
    right = f"{int((~wrong).sum())} of {len(truth)} test {noun}s right"
    if not wrong.any():
        return f"{right}: no mistake off the diagonal"
    pairs, counts = np.unique(np.stack([truth[wrong], answers[wrong]]), axis=1, return_counts=True)
    is_, taken_for = (class_names[label] for label in pairs[:, counts.argmax()])
    if wrong.sum() == 1:
        return f"{right}; the wrong one, a {is_}, is taken for a {taken_for}"
    if (counts == counts.max()).sum() > 1:
        times = "once" if counts.max() == 1 else f"{counts.max()} times"
        return f"{right}; no mistake more often than {times}"
    return f"{right}; the most frequent mistake: {is_} taken for {taken_for}, {counts.max()} times"
