"""The picture of a sweep: test loss against the number of parameters, and beside it the right answers."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from compare.sweep.lesson import told_apart
from compare.sweep.table import Row
from numpy_mlp.plots.style import CLASS_COLOURS, CLASS_MARKERS, PALE, headline, new_figure, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

APART = 1.035


@styled
def figure(table: list[Row]) -> "Figure":
    """Draw one line for each learning rate; the bars reach from the smallest to the largest over the seeds.

    Of a sweep with both libraries NumPy's rows are drawn. Runs that diverged have no test loss to draw.
    """
    table = [row for row in table if row.library == table[0].library]
    pairs, by_right, by_loss = told_apart(table)
    run, seeds = table[0].runs[0], len(table[0].runs)
    rates = list(dict.fromkeys(row.lr for row in table))
    drawing = new_figure(10, 4.8)
    losses, answers = drawing.subplots(1, 2)
    draw(losses, [row for row in table if row.losses], rates, lambda row: list(row.losses))
    draw(answers, table, rates, lambda row: [float(right) for right in row.right])
    places = {row.params: row.name for row in table}
    for axes in (losses, answers):
        axes.set(xscale="log", xlabel="parameters (hidden units)")
        axes.set_xticks(list(places), [f"{params:,}\n({name})" for params, name in places.items()])
        axes.set_xticks([], minor=True)
        axes.grid(color=PALE, linewidth=0.6, axis="y")
    scale(losses, [loss for row in table for loss in row.losses])
    losses.set(ylabel="test loss (cross-entropy)")
    answers.set(ylabel=f"right answers of {run.test_total}")
    answers.yaxis.get_major_locator().set_params(integer=True)
    # above the lines, where no bar can run through it
    answers.legend(title="learning rate", loc="lower left", bbox_to_anchor=(0, 1), ncols=min(4, len(rates)))
    headline(
        drawing,
        f"Of {pairs} pairs of settings, test loss tells {by_loss} apart, right answers {by_right}",
        f"{run.run.dataset}, {run.run.epochs:,} epochs, full batch, seeds 0 to {seeds - 1}. Points: means; "
        "bars: from the smallest to the largest over the seeds. Two settings are told apart where their bars "
        "do not overlap.",
    )
    return drawing


def draw(axes: "Axes", table: list[Row], rates: list[float], values_of: Callable[[Row], list[float]]) -> None:
    """Draw mean and range of some values against the parameters, each learning rate a little beside the last.

    Side by side, bars of equal height stay visible.
    """
    for i, lr in enumerate(rates):
        line = sorted((row for row in table if row.lr == lr), key=lambda row: row.params)
        values = [values_of(row) for row in line]
        means = [sum(some) / len(some) for some in values]
        below = [mean - min(some) for mean, some in zip(means, values, strict=True)]
        above = [max(some) - mean for mean, some in zip(means, values, strict=True)]
        axes.errorbar(
            [row.params * APART ** (i - (len(rates) - 1) / 2) for row in line], means, yerr=[below, above],
            color=CLASS_COLOURS[i % len(CLASS_COLOURS)], marker=CLASS_MARKERS[i % len(CLASS_MARKERS)],
            markersize=5, linewidth=1.6, capsize=3, label=f"{lr:g}",
        )  # fmt: skip


def scale(axes: "Axes", losses: list[float]) -> None:
    """Make the axis of the losses logarithmic where they span more than a factor of 5, with plain numbers."""
    from matplotlib.ticker import LogLocator, NullLocator

    if losses and 0 < 5 * min(losses) < max(losses):
        axes.set_yscale("log")
        axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
        axes.yaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_major_formatter("{x:g}")
