"""The records of a sweep as a table: one row for each network and learning rate, over all seeds."""

import csv
import io
import math
import statistics
from collections.abc import Callable
from typing import Any

from compare.report import tables
from compare.sweep.runs import Record, Run
from numpy_mlp.shared.numbers import fixed

NAMES = {"numpy": "NumPy", "torch": "PyTorch"}


def hidden_name(run: Run) -> str:
    """Return the hidden layers: ``10``, or ``16x8``."""
    return "x".join(map(str, run.hidden))


class Row:
    """The records of the runs that differ in their seed alone; their test losses where they converged."""

    def __init__(self, records: list[Record]) -> None:
        """Count the right answers of every run, 0 where one diverged; NaN is the mean of no losses."""
        self.records, self.run, self.params = records, records[0].run, records[0].params
        self.converged = [record for record in records if not record.diverged]
        self.losses = [record.test_loss for record in self.converged if record.test_loss is not None]
        self.loss = statistics.fmean(self.losses) if self.losses else math.nan
        self.right = [record.test_right for record in records]


def rows(records: list[Record]) -> list[Row]:
    """Group records into rows, in the order in which they come."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        groups.setdefault((record.run.hidden, record.run.lr, record.run.backend), []).append(record)
    return list(map(Row, groups.values()))


def of_one_library(table: list[Row]) -> list[Row]:
    """Return the rows of the first library: of a sweep with both libraries NumPy's."""
    return [row for row in table if row.run.backend == table[0].run.backend]


def summary(row: Row) -> dict[str, Any]:
    """Return a row's numbers by their names in table.csv.

    The deviation has n - 1 in its denominator. The epochs to the target loss are a median, in which a run
    that never reached it counts as infinity. NaN stands where no run, or too few, did not diverge.
    """
    records, converged, losses = row.records, row.converged, row.losses
    return {
        "hidden": hidden_name(row.run), "lr": row.run.lr, "library": row.run.backend, "params": row.params,
        "runs": len(records), "diverged": len(records) - len(converged), "test_loss": row.loss,
        "test_loss_deviation": statistics.stdev(losses) if len(losses) > 1 else math.nan,
        "right_min": min(row.right), "right_max": max(row.right), "right_total": records[0].test_total,
        "seconds": statistics.fmean(record.seconds for record in records),
        "epochs_to_loss": statistics.median(record.epochs_to_loss or math.inf for record in records),
        "reached": sum(record.epochs_to_loss is not None for record in records),
        "dead_units": statistics.fmean(r.dead_units for r in converged) if converged else math.nan,
    }  # fmt: skip


def count_range(counts: list[int], between: str) -> str:
    """Return the smallest and the largest of some counts, or the count that all of them are."""
    return between.join(map(str, sorted({min(counts), max(counts)})))


def cells(row: Row) -> dict[str, str]:
    """Return a row's texts by their columns."""
    found, first = summary(row), row.records[0]
    deviation = f" ± {fixed(found['test_loss_deviation'], 4)}" if len(row.losses) > 1 else ""
    loss = fixed(row.loss, 4) + deviation
    if found["diverged"]:
        loss = f"{loss} ({found['diverged']} diverged)" if row.losses else "diverged"
    median = found["epochs_to_loss"]
    epochs = f"{median:,.0f}" if math.isfinite(median) else "never"
    if 0 < found["reached"] < found["runs"]:
        epochs += f" ({found['reached']} of {found['runs']} did)"
    return {
        "hidden": found["hidden"], "lr": f"{row.run.lr:g}", "library": NAMES[row.run.backend],
        "params": f"{row.params:,}", "test loss": loss,
        f"right of {first.test_total}": count_range(row.right, "-"), "seconds": f"{found['seconds']:.2f}",
        f"epochs to loss {first.run.target_loss:g}": epochs,
        "dead units": f"{found['dead_units']:.1f}" if row.converged else "",
    }  # fmt: skip


def as_text(table: list[Row], form: Callable[..., str] = tables.as_text) -> str:
    """Return what was swept, in one line, and below it the table in a form of ``compare.report.tables``."""
    run, seeds = table[0].run, len(table[0].records)
    over = f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed"
    texts = [[*cells(table[0])], *([*cells(row).values()] for row in table)]
    grid = form(texts, right=range(len(texts[0])))
    return f"{run.dataset}, {run.epochs:,} epochs, full batch; {over}\n\n{grid}"


def as_csv(table: list[Row]) -> str:
    """Return the table for programs: numbers as they are; empty where there is none."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(summary(table[0]))
    for row in table:
        values = summary(row).values()
        writer.writerow("" if isinstance(v, float) and not math.isfinite(v) else v for v in values)
    return file.getvalue()
