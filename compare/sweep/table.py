"""The records of a sweep as a table: one row for each network and learning rate, over all seeds."""

import csv
import io
import math
import statistics
from dataclasses import dataclass

from compare.sweep.runs import Record

NAMES = {"numpy": "NumPy", "torch": "PyTorch"}


def name_of(record: Record) -> str:
    """Return the hidden layers: ``10``, or ``16x8``."""
    return "x".join(map(str, record.run.hidden))


@dataclass(frozen=True)
class Row:
    """The runs that differ in their seed alone; its statistics leave out those that diverged."""

    runs: list[Record]

    @property
    def name(self) -> str:
        """The hidden layers: ``10``, or ``16x8``."""
        return name_of(self.runs[0])

    @property
    def lr(self) -> float:
        """The learning rate."""
        return self.runs[0].run.lr

    @property
    def library(self) -> str:
        """The library."""
        return self.runs[0].run.backend

    @property
    def params(self) -> int:
        """The number of parameters."""
        return self.runs[0].params

    @property
    def sound(self) -> list[Record]:
        """The runs that did not diverge."""
        return [record for record in self.runs if not record.diverged]

    @property
    def losses(self) -> list[float]:
        """The test losses of the sound runs."""
        return [record.test_loss for record in self.sound if record.test_loss is not None]

    @property
    def loss(self) -> float:
        """The mean test loss; NaN if every run diverged."""
        return statistics.fmean(self.losses) if self.losses else math.nan

    @property
    def deviation(self) -> float:
        """The standard deviation of the test loss (n - 1 in the denominator); NaN below two runs."""
        return statistics.stdev(self.losses) if len(self.losses) > 1 else math.nan

    @property
    def right(self) -> list[int]:
        """The right answers of every run; one that diverged has none."""
        return [record.test_right for record in self.runs]

    @property
    def seconds(self) -> float:
        """The mean time of a training."""
        return statistics.fmean(record.seconds for record in self.runs)

    @property
    def reached(self) -> int:
        """How many runs came down to the target loss."""
        return sum(record.epochs_to_loss is not None for record in self.runs)

    @property
    def epochs_to_loss(self) -> float:
        """The median number of epochs to the target loss; a run that never got there counts as infinity."""
        return statistics.median(
            math.inf if record.epochs_to_loss is None else record.epochs_to_loss for record in self.runs
        )

    @property
    def dead_units(self) -> float:
        """The mean number of dead hidden units; NaN if every run diverged."""
        return statistics.fmean(r.dead_units for r in self.sound) if self.sound else math.nan


def rows(records: list[Record]) -> list[Row]:
    """Gather records into rows, in the order in which they come."""
    groups: dict[tuple[object, ...], list[Record]] = {}
    for record in records:
        groups.setdefault((record.run.hidden, record.run.lr, record.run.backend), []).append(record)
    return [Row(group) for group in groups.values()]


def head(table: list[Row]) -> list[str]:
    """Return the columns' names."""
    run = table[0].runs[0]
    return [
        "hidden", "lr", "library", "params", "test loss", f"right of {run.test_total}", "seconds",
        f"epochs to loss {run.run.target_loss:g}", "dead units",
    ]  # fmt: skip


def cells(row: Row) -> list[str]:
    """Return a row's texts."""
    loss = f"{row.loss:.4f}" + (f" ± {row.deviation:.4f}" if len(row.losses) > 1 else "")
    if diverged := len(row.runs) - len(row.sound):
        loss = f"{loss} ({diverged} diverged)" if row.losses else "diverged"
    low, high = min(row.right), max(row.right)
    epochs = f"{row.epochs_to_loss:,.0f}" if math.isfinite(row.epochs_to_loss) else "never"
    if 0 < row.reached < len(row.runs):
        epochs += f" ({row.reached} of {len(row.runs)} did)"
    return [
        row.name, f"{row.lr:g}", NAMES[row.library], f"{row.params:,}", loss,
        f"{low}" if low == high else f"{low}-{high}", f"{row.seconds:.2f}", epochs,
        f"{row.dead_units:.1f}" if row.sound else "",
    ]  # fmt: skip


def title(table: list[Row]) -> str:
    """Return what was swept, in one line."""
    run, seeds = table[0].runs[0].run, len(table[0].runs)
    over = f"mean ± standard deviation over {seeds} seeds" if seeds > 1 else "one seed"
    return f"{run.dataset}, {run.epochs:,} epochs, full batch; {over}"


def as_text(table: list[Row]) -> str:
    """Return the table for a terminal."""
    texts = [head(table), *map(cells, table)]
    widths = [max(map(len, column)) for column in zip(*texts, strict=True)]
    lines = [
        "  ".join(text.rjust(width) for text, width in zip(line, widths, strict=True)).rstrip()
        for line in texts
    ]
    return "\n".join([title(table), "", *lines])


def as_markdown(table: list[Row], below: list[str]) -> str:
    """Return the table for a page, with a list of sentences below it."""
    lines = [head(table), ["---:"] * len(head(table)), *map(cells, table)]
    bars = [f"| {' | '.join(line)} |" for line in lines]
    return "\n".join([title(table), "", *bars, "", *(f"- {sentence}" for sentence in below), ""])


def as_csv(table: list[Row]) -> str:
    """Return the table for programs: numbers as they are; empty where there is none."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([
        "hidden", "lr", "library", "params", "runs", "diverged", "test_loss", "test_loss_deviation",
        "right_min", "right_max", "right_total", "seconds", "epochs_to_loss", "reached", "dead_units",
    ])  # fmt: skip
    for row in table:
        values = [
            row.name, row.lr, row.library, row.params, len(row.runs), len(row.runs) - len(row.sound),
            row.loss, row.deviation, min(row.right), max(row.right), row.runs[0].test_total, row.seconds,
            row.epochs_to_loss, row.reached, row.dead_units,
        ]  # fmt: skip
        writer.writerow(["" if isinstance(v, float) and not math.isfinite(v) else v for v in values])
    return file.getvalue()
