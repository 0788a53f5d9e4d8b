"""The picture of a sweep, test loss and right answers against the number of parameters; and all its files."""

from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING

import numpy as np

from compare.report.tables import as_markdown
from compare.sweep.findings import separated_pairs
from compare.sweep.table import Row, as_csv, as_text, hidden_name, of_one_library
from numpy_mlp.shared.files import replacing
from numpy_mlp.shared.plots import style

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SHIFT = 1.035  # between two learning rates, as a factor of the number of parameters


@style.styled
def figure(table: list[Row]) -> "Figure":
    """Draw one line for each learning rate; the bars reach from the smallest to the largest over the seeds.

    Of a sweep with both libraries NumPy's rows are drawn. Runs that diverged have no test loss to draw.
    """
    from matplotlib.ticker import LogLocator

    table = of_one_library(table)
    rates = list(dict.fromkeys(row.run.lr for row in table))
    run, seeds, total = table[0].run, len(table[0].records), table[0].records[0].test_total
    drawing = style.new_figure(10, 4.8)
    losses, answers = drawing.subplots(1, 2)
    draw(losses, table, rates, "losses")
    draw(answers, table, rates, "right")
    names = {row.params: f"{row.params:,}\n({hidden_name(row.run)})" for row in table}
    for axes in (losses, answers):
        axes.set(xscale="log", xlabel="parameters (hidden units)")
        axes.set_xticks(list(names), list(names.values()))
        axes.set_xticks([], minor=True)
        axes.grid(color=style.PALE, linewidth=0.6, axis="y")
    seen = [loss for row in table for loss in row.losses]
    if seen and 0 < 5 * min(seen) < max(seen):
        # plain numbers on a logarithmic axis
        losses.set_yscale("log")
        losses.yaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}")
        losses.minorticks_off()
    losses.set(ylabel="test loss (cross-entropy)")
    answers.set(ylabel=f"right answers of {total}")
    answers.yaxis.get_major_locator().set_params(integer=True)
    # above the lines, where no bar can run through it
    answers.legend(title="learning rate", loc="lower left", bbox_to_anchor=(0, 1), ncols=min(4, len(rates)))
    pairs, by_right, by_loss = separated_pairs(table)
    style.headline(
        drawing,
        f"Of {pairs} pairs of settings, test loss separates {by_loss}, right answers {by_right}",
        f"{run.dataset}, {run.epochs:,} epochs, full batch, seeds 0 to {seeds - 1}. "
        "Points: means; bars: from the smallest to the largest over the seeds. Two settings are separated "
        "where their bars do not overlap.",
    )
    return drawing


def draw(axes: "Axes", table: list[Row], rates: list[float], what: str) -> None:
    """Draw mean and range of the rows' ``losses`` or ``right`` against the parameters."""
    # each learning rate stands a little beside the last: so bars of equal height stay visible
    for i, lr in enumerate(rates):
        line = [row for row in table if row.run.lr == lr and getattr(row, what)]
        line.sort(key=lambda row: row.params)
        params = [row.params * SHIFT ** (i - (len(rates) - 1) / 2) for row in line]
        found = [getattr(row, what) for row in line]
        means = np.array([*map(fmean, found)])
        bars = [means - [*map(min, found)], [*map(max, found)] - means]
        look = {"markersize": 5, "linewidth": 1.6, "capsize": 3, **style.class_style(i)}
        axes.errorbar(params, means, yerr=bars, label=f"{lr:g}", **look)


def write(out: Path, table: list[Row], below: list[str]) -> list[str]:
    """Write the table and the figure, each file whole or not at all; return the files' names."""
    page = [as_text(table, as_markdown), "", *(f"- {sentence}" for sentence in below), ""]
    files = {"table.md": "\n".join(page), "table.csv": as_csv(table)}
    for name, text in files.items():
        with replacing(out / name) as file:
            file.write(text.encode())
    picture = figure(table)
    for name in ("sweep.png", "sweep.svg"):
        style.save(picture, out / name)
    return [*files, "sweep.png", "sweep.svg"]
