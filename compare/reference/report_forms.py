"""A report for machines, and for notebooks."""

import html
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.reference.report import Report


def as_dict(report: "Report") -> dict[str, Any]:
    """Return the report for machines, as JSON has it."""
    arrays = []
    for verdict in report.verdicts:
        found = next((e for e in report.explanations if e.name == verdict.name), None)
        off, part = report.distance(verdict)
        arrays.append({
            "name": report.name(verdict.name), "tensor": verdict.name, "passed": verdict.passed,
            "distance": None if off == "-" else float(off), "budget_used": part,
            "formula": verdict.formula.text,
            "lines": [vars(line) for line in found.lines] if found else [],
            "symptom": found.symptom if found else "",
        })  # fmt: skip
    return {
        "schema": "compare.reference/1", "verdict": "agree" if report.agrees else "disagree",
        "sizes": list(report.sizes),
        "dataset": report.dataset, "dtype": str(report.dtype), "layout": str(report.judgement.task.layout),
        "notes": report.notes, "arrays": arrays,
        "missing": [n for n in report.judgement.network.names if n not in report.judgement.verdicts],
    }  # fmt: skip


def as_html(report: "Report") -> str:
    """Return the report as a notebook shows it."""
    head, *rows = report.table
    cells = "".join(
        "<tr>" + "".join(f"<td>{html.escape(cell)}</td>" for cell in row) + "</tr>" for row in rows
    )
    body = "".join(f"<pre>{html.escape(report.explained(v))}</pre>" for v in report.verdicts if not v.passed)
    notes = "".join(f"<p>{html.escape(note)}</p>" for note in report.notes)
    titles = "".join(f"<th>{html.escape(title)}</th>" for title in head)
    return (
        f"<p>{html.escape(report.heading)}</p><table><thead><tr>{titles}</tr></thead><tbody>{cells}</tbody></table>"
        f"{notes}{body}<p><b>{html.escape(report.closing)}</b></p>"
    )
