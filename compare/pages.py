"""The report as pages to keep: Markdown, and one HTML file that needs no network and no script."""

import base64
from collections.abc import Iterable, Mapping, Sequence
from html import escape

from compare import report
from compare.checks import Check, first_divergence
from compare.proof import STAGES, Proof

GATES = [gate for gates, _ in STAGES for gate in gates]
Table = Sequence[Sequence[str]]

STYLE = """
:root { color-scheme: light dark; --ink: #1c1c1c; --paper: #ffffff; --line: #d9d9d9; --agree: #00664a;
  --disagree: #a33f00; --soft: #f5f5f3; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e8e6; --paper: #161616; --line: #3c3c3c;
  --agree: #4cc9a0; --disagree: #ff9a5a; --soft: #222222; } }
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper); max-width: 60rem;
  margin: 0 auto; padding: 1rem; overflow-wrap: break-word; }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.15rem; margin-top: 2rem; }
.agree { color: var(--agree); } .disagree { color: var(--disagree); } .verdict { font-weight: 700; }
.table { overflow-x: auto; } table { border-collapse: collapse; font-size: .875rem; }
th, td { text-align: left; padding: .3rem .75rem .3rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; font-variant-numeric: tabular-nums; white-space: nowrap; }
pre { background: var(--soft); padding: .75rem; white-space: pre-wrap; font-size: .8125rem; }
figure { margin: 1rem 0; } img { display: block; width: 100%; height: auto; background: #ffffff;
  border-radius: 4px; } summary { cursor: pointer; }
"""


def title(proof: Proof) -> str:
    """Return the verdict and what was compared, in one line."""
    sizes = " -> ".join(map(str, proof.sizes))
    word = "agree" if report.verdict(proof) == "agree" else "disagree"
    how = report.mode(proof) + report.workers(proof)
    return f"NumPy and PyTorch {word}: {sizes} on {proof.settings.dataset}{how}"


def gate_table(proof: Proof) -> Table:
    """Return a row for each gate: verdict, checks and largest share of a budget, for each arithmetic."""
    rows = [["gate", *(f"{dtype}, {device}" for dtype, device in report.places(proof))]]
    for number, gate in enumerate(GATES):
        cells = [
            f"{'agree' if found.agrees else 'DISAGREE'}, {found.count}"
            + (f", {found.share}" if found.share else "")
            for found in report.verdicts_of(gate, proof)
        ]
        rows.append([f"{number} {gate}", *cells])
    return rows


def flower_table(proof: Proof) -> Table:
    """Return a row for each test sample: the truth, each library's answer and its probability."""
    names = next(iter(proof.datasets.values())).class_names
    rows = [["sample", "arithmetic", "in truth", "NumPy", "PyTorch"]]
    for flower in proof.flowers:
        answers = [
            f"{names[flower[who]]} ({flower[f'{who}_probabilities'][flower[who]]:.6f})"
            for who in ("numpy", "torch")
        ]
        where = f"{flower['dtype']}, {flower['device']}"
        rows.append([str(flower["sample"]), where, names[flower["label"]], *answers])
    return rows


def check_table(checks: Iterable[Check]) -> Table:
    """Return a row for each check of an array."""
    rows = [
        ["scenario", "array", "arithmetic", "largest distance", "ulp", "of its budget", "nearer to float64"]
    ]
    for check in checks:
        if check.max_abs is not None:
            rows.append([
                check.scenario, check.tensor, f"{check.dtype}, {check.device}", f"{check.max_abs:.2e}",
                f"{check.max_ulp:.3g}", report.share_of(check), check.closer or "",
            ])  # fmt: skip
    return rows


def environment_table(proof: Proof) -> Table:
    """Return a row for each fact about where the comparison ran."""
    facts = {
        **proof.environment,
        "initial weights (SHA-256)": proof.weights_hash,
        "seed": proof.settings.seed,
    }
    return [["", ""], *([name, ", ".join(v) if isinstance(v, list) else str(v)] for name, v in facts.items())]


def markdown(proof: Proof, pictures: Mapping[str, str]) -> str:
    """Return the report as Markdown, with pictures by file name; ``pictures`` maps a name to its file."""
    parts = [f"# {title(proof)}", report.outcome(proof) + ".", markdown_table(gate_table(proof))]
    if found := first_divergence(proof.checks):
        parts.append(f"```text\n{report.divergence(found)}\n```")
    parts.append("```text\n" + "\n".join(report.findings(proof)) + "\n```")
    parts += [f"![{name}]({file})" for name, file in pictures.items()]
    parts += ["## Test samples", markdown_table(flower_table(proof))] if proof.flowers else []
    parts += ["## Environment", markdown_table(environment_table(proof))]
    return "\n\n".join(parts) + "\n"


def markdown_table(rows: Table) -> str:
    """Return a Markdown table; the first row is its head."""
    lines = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    return "\n".join([lines[0], "|" + "---|" * len(rows[0]), *lines[1:]])


def html(proof: Proof, pictures: Mapping[str, bytes]) -> str:
    """Return the report as one HTML page, with the SVGs embedded; ``pictures`` maps a name to their bytes."""
    verdict = report.verdict(proof)
    parts = [
        f"<h1>{escape(title(proof))}</h1>",
        f'<p class="verdict {verdict}">{verdict.upper()}: {escape(report.outcome(proof))}</p>',
        html_table(gate_table(proof)),
        "<p>The percentage is the largest share of its budget, the distance that rounding alone explains, "
        "that any check of the gate used.</p>",
    ]
    if found := first_divergence(proof.checks):
        parts.append(f"<pre>{escape(report.divergence(found))}</pre>")
    parts.append(f"<pre>{escape(chr(10).join(report.findings(proof)))}</pre>")
    parts += [embedded(name, svg) for name, svg in pictures.items()]
    if proof.flowers:
        parts += ["<h2>Test samples</h2>", folded("Every answer", flower_table(proof))]
    parts.append("<h2>Every array</h2>")
    for gate in report.TRACED:
        parts.append(folded(gate, check_table(c for c in proof.checks if c.gate == gate)))
    parts += ["<h2>Environment</h2>", html_table(environment_table(proof))]
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title(proof))}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        + "\n".join(parts)
        + "\n</body>\n</html>\n"
    )


def embedded(name: str, svg: bytes) -> str:
    """Return a picture as part of the page; as an image of its own it shares no names with the others."""
    data = base64.b64encode(svg).decode()
    return f'<figure><img alt="{escape(name)}" src="data:image/svg+xml;base64,{data}"></figure>'


def folded(name: str, rows: Table) -> str:
    """Return a table behind a line that opens it."""
    return f"<details><summary>{escape(name)} ({len(rows) - 1} rows)</summary>{html_table(rows)}</details>"


def html_table(rows: Table) -> str:
    """Return an HTML table; the first row is its head, unless it is empty."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0]) if any(rows[0]) else ""
    body = "".join("<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in rows[1:])
    return f'<div class="table"><table><tr>{head}</tr>{body}</table></div>'
