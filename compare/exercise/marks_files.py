"""The marks as a file: a page that needs nothing else, a table for a spreadsheet, or JSON."""

import csv
import io
from collections.abc import Sequence
from html import escape
from pathlib import Path

from compare.exercise.marks import HEAD, RIGHT, Mark, as_json, cells, grouped
from numpy_mlp.shared.files import replacing

ENDINGS = (".html", ".csv", ".json")
STYLE = """
:root { color-scheme: light dark; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; width: 100%; margin-bottom: 2rem; }
th, td { text-align: left; vertical-align: top; padding: .35rem .75rem .35rem 0;
         border-bottom: 1px solid #8884; overflow-wrap: anywhere; }
th { font-weight: 600; }
pre { white-space: pre-wrap; font-size: 13px; margin: .5rem 0; }
h2 { font-size: 1.1rem; margin: 0 0 .5rem; }
.agrees { color: #17803d; } .wrong { color: #c0262d; }
@media (prefers-color-scheme: dark) { .agrees { color: #4ade80; } .wrong { color: #f87171; } }
@media (max-width: 40rem) { .time { display: none; } }
"""


def write(marks: Sequence[Mark], path: Path) -> None:
    """Write the marks in the form that the file's ending names, whole or not at all."""
    form = {".html": as_html, ".csv": as_csv, ".json": as_json}[path.suffix.lower()]
    with replacing(path) as file:
        file.write(form(marks).encode(errors="backslashreplace"))


def as_csv(marks: Sequence[Mark]) -> str:
    """Return the table for a spreadsheet, with a mark for its encoding in front.

    A cell that a spreadsheet would take for a formula gets an apostrophe.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEAD)
    for group in grouped(marks):
        for mark in group:
            writer.writerow(
                [f"'{cell}" if cell[:1] in ("=", "+", "-", "@") else cell for cell in cells(mark)]
            )
    return "\ufeff" + text.getvalue()


def as_html(marks: Sequence[Mark]) -> str:
    """Return a page: a table for each mistake, and below each row all that is said of it."""
    right = sum(mark.verdict == RIGHT for mark in marks)
    parts = [
        '<!doctype html>\n<html lang="en"><meta charset="utf-8">',
        '<meta name="viewport" content="width=device-width, initial-scale=1">',
        f"<title>Marks: {right} of {len(marks)} agree</title><style>{STYLE}</style>",
        f"<h1>{right} of {len(marks)} agree with PyTorch</h1>",
        *(group_html(group) for group in grouped(marks)),
    ]
    return "\n".join(parts) + "\n</html>\n"


def group_html(group: Sequence[Mark]) -> str:
    """Return the table of the packages that share a mistake."""
    first = group[0]
    parts = [
        first.verdict,
        first.explanation,
        "" if first.explanation not in ("unknown", "") else first.first,
    ]
    title = escape(": ".join(part for part in parts if part))
    kind = RIGHT if first.verdict == RIGHT else "wrong"
    rows = "\n".join(map(row_html, group))
    return (
        f'<h2 class="{kind}">{title} ({len(group)})</h2>\n<table>\n<tr><th>package<th>pieces'
        f'<th>first array that differs<th>what is said of it<th class="time">seconds</tr>\n{rows}\n</table>'
    )


def row_html(mark: Mark) -> str:
    """Return a row; its details can be opened."""
    open_pieces = [f"{verdict}: {name}" for name, verdict in mark.pieces.items() if verdict != "done"]
    text = "\n".join([mark.text, *([""] if mark.text and open_pieces else []), *open_pieces])
    details = f"<details><summary>details</summary><pre>{escape(text)}</pre></details>" if text else ""
    return (
        f"<tr><td>{escape(mark.name)}<td>{escape(mark.done)}<td>{escape(mark.first)}"
        f'<td>{escape(mark.explanation)}{details}<td class="time">{mark.seconds:.1f}</tr>'
    )
