"""landscape: the loss around the trained weights, along the two directions in which training moved most.

Shapes: S snapshots of P parameters, each snapshot laid out as one row; w* are the trained weights.

    D          = W - w*                       (S, P): from the end of the path to every point of it
    D          = U diag(s) Vᵀ                 its singular value decomposition
    v1, v2     = the first two rows of Vᵀ     (P,): the principal directions, at right angles, of length 1
    a, b       = D v1, D v2                   (S,): the path, as seen along them
    explained  = s_i² / Σ s²                  the fraction of the path's squared length along v_i
    height     = L(w* + a v1 + b v2)          the loss at a point of the plane

Only points of the plane itself have the loss that is drawn; the path runs beside it wherever the two
fractions sum to less than 1. Li et al., Visualizing the Loss Landscape of Neural Nets, 2018, section 7.2.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.shared.numbers import fixed
from numpy_mlp.shared.plots import NothingToDrawError
from numpy_mlp.shared.plots.style import BLACK, VERMILLION, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.figure import Figure

STEPS = 31
LEVELS = 22


def flatten(weights: Mapping[str, np.ndarray]) -> np.ndarray:
    """Lay all parameters out as one row of float64, (P,)."""
    return np.concatenate([data.ravel() for data in weights.values()]).astype(np.float64)


def unflatten(row: np.ndarray, like: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Cut a row (P,) into parameters with the names and shapes of ``like``."""
    ends = np.cumsum([data.size for data in like.values()])
    parts = np.split(row, ends[:-1])
    return {name: part.reshape(like[name].shape) for name, part in zip(like, parts, strict=True)}


def principal_path(
    snapshots: Sequence[Mapping[str, np.ndarray]],
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the directions (2, P), the path along them (S, 2), and which fraction each explains (2,).

    Raises:
        NothingToDrawError: there is no path: the weights are the same in all snapshots.
    """
    rows = np.stack([flatten(weights) for weights in snapshots])
    # D = W - w*                  (S, P)
    away = rows - rows[-1]
    if not away.any():
        raise NothingToDrawError(
            "the landscape needs a path, and the weights that are numbers never moved: train for longer, "
            "or with a smaller learning rate"
        )
    # D = U diag(s) Vᵀ            (S, P) -> (S, K), (K,), (K, P)
    _, s, directions = np.linalg.svd(away, full_matrices=False)
    directions = directions[:2]
    # a direction may point either way: let the path begin on its positive side
    directions = directions * np.where(away[0] @ directions.T < 0, -1, 1)[:, None]
    # D v1, D v2                  (S, P) @ (P, 2) -> (S, 2)
    return directions, away @ directions.T, (s**2 / (s**2).sum())[:2]


def told_apart(levels: np.ndarray) -> list[str]:
    """Return numbers with as few digits as tell each from the next.

    >>> told_apart(np.array([1.1, 2.2])), told_apart(np.array([1.101, 1.104]))
    (['1.1', '2.2'], ['1.101', '1.104'])
    """
    for digits in range(2, 9):
        texts = [f"{level:.{digits}g}" for level in levels]
        if len(set(texts)) == len(texts):
            break
    return texts


@styled
def landscape(
    loss: Callable[[Mapping[str, np.ndarray]], float],
    snapshots: Sequence[Mapping[str, np.ndarray]],
    epochs: Sequence[int],
) -> "Figure":
    """Draw the loss over the plane of the path's two principal directions, and the path on it.

    Args:
        loss: The training loss for given weights.
        snapshots: The weights on the way, the trained ones last.
        epochs: After how many epochs each was taken.
    """
    from matplotlib.colors import LogNorm
    from matplotlib.patheffects import withStroke

    directions, path, explained = principal_path(snapshots)
    low, high = path.min(axis=0), path.max(axis=0)
    margin = 0.25 * (high - low) + 0.15 * (high - low).max()
    a = np.linspace(low[0] - margin[0], high[0] + margin[0], STEPS)
    b = np.linspace(low[1] - margin[1], high[1] + margin[1], STEPS)
    end = flatten(snapshots[-1])
    # L(w* + a v1 + b v2)         for STEPS x STEPS points
    heights = np.array(
        [[loss(unflatten(end + u * directions[0] + v * directions[1], snapshots[-1])) for u in a] for v in b]
    )
    figure = new_figure(4.8)
    axes = figure.subplots()
    lowest = max(float(heights.min()), 1e-12)
    levels = np.geomspace(lowest / 1.001, 1.001 * max(float(heights.max()), lowest), LEVELS)
    norm = LogNorm(levels[0], levels[-1])
    filled = axes.contourf(a, b, heights, levels=levels, cmap="cividis", norm=norm)
    axes.contour(a, b, heights, levels=levels, colors=BLACK, linewidths=0.3, alpha=0.5)
    bar = figure.colorbar(filled, ax=axes, label="training loss (logarithmic)")
    bar.set_ticks(list(levels[::3]), labels=told_apart(levels[::3]))
    bar.minorticks_off()
    axes.plot(*path.T, "-", color="white", linewidth=3)
    axes.plot(*path.T, ".-", color=VERMILLION, linewidth=1.2, markersize=5)
    for i, shift, side in ((0, (0, 9), "center"), (-1, (0, -17), "center")):
        axes.plot(*path[i], "o", color=VERMILLION, markeredgecolor="white", markersize=9)
        note = axes.annotate(f"epoch {epochs[i]:,}", path[i], shift, textcoords="offset points", ha=side)
        note.set_color("white")
        note.set(fontweight="bold", path_effects=[withStroke(linewidth=3, foreground=BLACK)])
    axes.set_xlabel(f"first direction: {explained[0]:.1%} of the path")
    axes.set_ylabel(f"second direction: {explained[1]:.1%} of the path")
    top, bottom = loss(snapshots[0]), loss(snapshots[-1])
    headline(
        figure,
        f"Training walks {'downhill' if bottom < top else 'uphill'}, from a loss of {fixed(top, 3)} to "
        f"{fixed(bottom, 3)}; these two directions hold {explained.sum():.1%} of its path",
        f"Each dot is a snapshot of all {len(end):,} weights; the losses are the first and the last dot's. "
        "Directions: principal components of the path, seen from the trained weights. Shares are of squared "
        "distances.",
    )
    return figure
