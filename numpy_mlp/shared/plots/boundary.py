"""boundary: where the answer changes, in the plane of the two features that separate the classes best."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.plots.style import (
    BLACK,
    CLASS_COLOURS,
    VERMILLION,
    class_style,
    headline,
    new_figure,
    styled,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STEPS = 300
MOST_TRAINING = 500  # samples; more would hide those of the test
MOST_CROSSES = 30


def plane_features(x: np.ndarray, y: np.ndarray) -> tuple[int, int]:
    """Return the two features of x (N, features), min-max scaled, whose class means lie farthest apart."""
    means = np.stack([x[y == label].mean(axis=0) for label in np.unique(y)])
    # max_c mean - min_c mean     (C, features) -> (features,)
    spread = means.max(axis=0) - means.min(axis=0)
    first, second = sorted(int(i) for i in np.argsort(-spread, kind="stable")[:2])
    return first, second


@styled
def boundary(
    proba: Callable[[np.ndarray], np.ndarray],
    x_train: np.ndarray,
    y_train: np.ndarray,
    x_test: np.ndarray,
    y_test: np.ndarray,
    features: tuple[int, int],
    feature_names: Sequence[str],
    class_names: Sequence[str],
    noun: str = "sample",
) -> "Figure":
    """Colour the plane of two features by the network's answer, and draw the samples on it.

    All x are in the raw data's units, (N, features). ``proba`` returns (N, classes) for such samples. The
    other features stand at their training medians, so a sample may be right though it lies on the wrong side.
    """
    from matplotlib.colors import to_rgb

    first, second = features
    both = np.concatenate([x_train, x_test])[:, features]
    low, high = both.min(axis=0), both.max(axis=0)
    margin = 0.06 * np.where(high > low, high - low, 1)
    (left, bottom), (right, top) = low - margin, high + margin
    across, up = np.meshgrid(np.linspace(left, right, STEPS), np.linspace(bottom, top, STEPS))
    # every point of the plane: medians, with the two features put in     (STEPS², features)
    medians = np.median(x_train, axis=0)
    points = np.tile(medians, (across.size, 1))
    points[:, first], points[:, second] = across.ravel(), up.ravel()
    p = proba(points)
    # how sure, from 0 (all classes alike) to 1     (STEPS²,)
    sure = (p.max(axis=1) - 1 / p.shape[1]) / (1 - 1 / p.shape[1])
    colours = np.array([to_rgb(CLASS_COLOURS[c % len(CLASS_COLOURS)]) for c in range(p.shape[1])])
    # white, mixed with 10 to 45 % of the answer's colour     (STEPS², 3)
    shade = (0.1 + 0.35 * sure)[:, None]
    image = 1 - shade + shade * colours[p.argmax(axis=1)]

    figure = new_figure(4.9)
    axes = figure.subplots()
    axes.imshow(
        image.reshape(STEPS, STEPS, 3), extent=(left, right, bottom, top), origin="lower", aspect="auto"
    )
    for label, name in enumerate(class_names):
        of_train, of_test = x_train[y_train == label], x_test[y_test == label]
        look = class_style(label)
        if len(x_train) > MOST_TRAINING:
            of_train = of_train[:0]
        axes.scatter(
            of_train[:, first], of_train[:, second], s=14, alpha=0.7, linewidths=0, label=name, **look
        )
        axes.scatter(of_test[:, first], of_test[:, second], s=46, edgecolors=BLACK, linewidths=1.2, **look)
    in_plane = np.tile(medians, (len(x_test), 1))
    in_plane[:, features] = x_test[:, features]
    answers, of_the_plane = proba(x_test).argmax(axis=1), proba(in_plane).argmax(axis=1)
    wrong, otherwise = answers != y_test, answers != of_the_plane
    axes.scatter(x_test[wrong, first], x_test[wrong, second], s=210, facecolors="none", edgecolors=VERMILLION,
                 linewidths=2)  # fmt: skip
    # so many crosses would hide what they mark; the headline has their number
    crossed = otherwise & (otherwise.sum() <= MOST_CROSSES)
    axes.scatter(
        x_test[crossed, first], x_test[crossed, second], s=110, marker="x", color=BLACK, linewidths=1.2
    )
    axes.set(
        xlim=(left, right), ylim=(bottom, top), xlabel=feature_names[first], ylabel=feature_names[second]
    )
    small_too = " (small: training)" if len(x_train) <= MOST_TRAINING else ""
    add_legend(axes, f"test {noun}{small_too}", bool(wrong.any()), bool(crossed.any()))
    others = [i for i in range(len(feature_names)) if i not in features]
    named = ", ".join(f"{feature_names[i]} {medians[i]:g}" for i in others[:3])
    rest = f" and {len(others) - 3} more" if len(others) > 3 else ""
    headline(
        figure,
        what_to_see(y_test, answers, of_the_plane, len(feature_names), noun),
        f"Coloured by the network's answer with the other features at their training medians: {named}{rest}."
        if others
        else "",
    )
    return figure


def what_to_see(
    truth: np.ndarray, answers: np.ndarray, of_the_plane: np.ndarray, features: int, noun: str
) -> str:
    """Return how many samples are right with all features, and whether the plane may be believed."""
    right, total = int((answers == truth).sum()), len(truth)
    text = f"{right} of {total} test {noun}s right"
    if features <= 2:
        return text
    otherwise = int((answers != of_the_plane).sum())
    text += f" with all {features} features"
    if not otherwise:
        return f"{text}; the plane of two of them gives each the same answer"
    if otherwise > total / 2:
        return (
            f"This plane of 2 of {features} features shows little of what the network does: it answers "
            f"{otherwise} of {total} test {noun}s otherwise than the network with all of them, which has "
            f"{right} right"
        )
    be = "is" if otherwise == 1 else "are"
    return f"{text}; {otherwise} {be} answered otherwise in this plane of two"


def add_legend(axes: "Axes", test: str, mistakes: bool, crosses: bool) -> None:
    """Explain classes, small and large points, rings and crosses, above the picture."""
    from matplotlib.lines import Line2D

    handles, names = axes.get_legend_handles_labels()
    point = {"color": "none", "marker": "o", "markerfacecolor": "none"}
    handles += [Line2D([], [], markeredgecolor=BLACK, markersize=7, **point)]  # type: ignore[arg-type]
    names += [test]
    if mistakes:
        handles += [Line2D([], [], markeredgecolor=VERMILLION, markeredgewidth=2, markersize=12, **point)]  # type: ignore[arg-type]
        names += ["wrong with all features"]
    if crosses:
        handles += [Line2D([], [], color="none", marker="x", markeredgecolor=BLACK, markersize=9)]
        names += ["answered otherwise here"]
    columns = 3 if len(names) <= 6 else 5
    axes.legend(handles, names, loc="lower center", bbox_to_anchor=(0.5, 1), ncols=columns, columnspacing=1.2)
