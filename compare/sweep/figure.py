"""The picture of a sweep, test loss and right answers over the number of parameters; and all its files."""

from pathlib import Path
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

SHIFT = 1.06  # between two learning rates, as a factor of the number of parameters


@style.styled
def figure(table: list[Row]) -> "Figure":
    """Draw a dot for each run, and a stroke at the median of a setting, in a colour for each learning rate.

    Of a sweep with both libraries NumPy's rows are drawn. Runs that diverged have no test loss to draw.
    """
    from matplotlib.ticker import LogLocator

    table = of_one_library(table)
    rates = list(dict.fromkeys(row.run.lr for row in table))
    run, seeds, total = table[0].run, len(table[0].records), table[0].records[0].test_total
    drawing = style.new_figure(6.2)
    losses, answers = drawing.subplots(2, 1, sharex=True)
    draw(losses, table, rates, "losses")
    draw(answers, table, rates, "right")
    names = {row.params: f"{row.params:,}\n({hidden_name(row.run)})" for row in table}
    for axes in (losses, answers):
        axes.set(xscale="log")
        axes.set_xticks(list(names), list(names.values()))
        axes.set_xticks([], minor=True)
        axes.grid(color=style.PALE, linewidth=0.6, axis="y")
    answers.set_xlabel("parameters (hidden units)")
    seen = [loss for row in table for loss in row.losses]
    if seen and 0 < 5 * min(seen) < max(seen):
        # plain numbers on a logarithmic axis
        losses.set_yscale("log")
        losses.yaxis.set(major_locator=LogLocator(subs=(1, 2, 5)), major_formatter="{x:g}")
        losses.minorticks_off()
    losses.set(ylabel="test loss (lower is better)")
    answers.set(ylabel=f"right answers of {total}")
    answers.yaxis.get_major_locator().set_params(integer=True)
    # above the dots, where none can lie on it
    losses.legend(title="learning rate", loc="lower left", bbox_to_anchor=(0, 1), ncols=min(6, len(rates)))
    style.headline(
        drawing,
        what_to_see(table),
        f"{run.dataset}, {run.epochs:,} epochs, full batch. A dot is a training, from the seeds 0 to "
        f"{seeds - 1}; a stroke is a median. Two settings are separated where their dots do not overlap in "
        f"height.{dead(table)}",
    )
    return drawing


def what_to_see(table: list[Row]) -> str:
    """Return which of the two numbers separates more pairs of settings."""
    pairs, by_right, by_loss = separated_pairs(table)
    if not pairs:
        return "One setting alone: there is nothing to compare"
    both = f"it separates {by_loss} of {pairs} pairs of settings, right answers {by_right}"
    if by_loss > by_right:
        return f"Rank by test loss: {both}"
    return f"Test loss ranks no better than right answers here: {both}"


def dead(table: list[Row]) -> str:
    """Return in how many trainings every hidden unit died, which gives every sample the same answer."""
    records = [record for row in table for record in row.records]
    count = sum(record.dead_units == sum(record.run.hidden) for record in records)
    return f" In {count} of {len(records)} trainings every hidden unit is dead." if count else ""


def draw(axes: "Axes", table: list[Row], rates: list[float], what: str) -> None:
    """Draw the rows' ``losses`` or ``right`` against the parameters: a dot for each, and their medians."""
    # each learning rate stands a little beside the last: so dots of equal height stay visible
    for i, lr in enumerate(rates):
        line = [row for row in table if row.run.lr == lr and getattr(row, what)]
        aside, look = SHIFT ** (i - (len(rates) - 1) / 2), style.class_style(i)
        for row in line:
            found = getattr(row, what)
            place = row.params * aside
            axes.scatter([place] * len(found), found, s=18, alpha=0.55, linewidths=0, **look)
            middle = float(np.median(found))
            axes.scatter([place], [middle], s=180, marker="_", color=look["color"], linewidths=2)
        axes.scatter([], [], s=18, label=f"{lr:g}", **look)


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
