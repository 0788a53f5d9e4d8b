"""The report as pages to keep: Markdown, and one HTML file that needs no network and no script."""

import base64
import re
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path
from string import Template

from compare.checks import Check, first_divergence
from compare.gate import GATES, STEP_GATES
from compare.proof import Proof
from compare.report.environment import environment
from compare.report.tables import Table, as_markdown
from compare.report.text import divergence, how_torch_trains
from compare.report.verdict import budget_part, findings, gate_verdicts, outcome, places, verdict

PAGE = Template(Path(__file__).with_name("page.html").read_text(encoding="utf-8"))


def title(proof: Proof) -> str:
    """Return the verdict and what was compared, in one line."""
    network = f"{' -> '.join(map(str, proof.material.sizes))} on {proof.material.settings.dataset}"
    return f"NumPy and PyTorch {verdict(proof)}: {network}{how_torch_trains(proof)}"


def gate_table(proof: Proof) -> Table:
    """Return a row for each gate: verdict, checks and largest part of a budget, for each arithmetic."""
    rows = [["gate", *map(", ".join, places(proof))]]
    for number, gate in enumerate(GATES):
        found = [filter(None, (one.word, one.count, one.used)) for one in gate_verdicts(gate, proof)]
        rows.append([f"{number} {gate}", *map(", ".join, found)])
    return rows


def sample_table(proof: Proof) -> Table:
    """Return a row for each test sample: the truth, each library's answer and its probability."""
    names = next(iter(proof.material.datasets.values())).class_names
    rows = [["sample", "arithmetic", "in truth", "NumPy", "PyTorch"]]
    for sample in proof.predictions:
        where = f"{sample['dtype']}, {sample['device']}"
        rows.append([str(sample["sample"]), where, names[sample["label"]]])
        for library in ("numpy", "torch"):
            label, probabilities = sample[library], sample[f"{library}_probabilities"]
            rows[-1].append(f"{names[label]} ({probabilities[label]:.6f})")
    return rows


def check_table(checks: Iterable[Check]) -> Table:
    """Return a row for each check of an array."""
    head = "scenario, array, arithmetic, largest distance, ulp, of its budget, nearer to float64"
    return [head.split(", ")] + [
        [check.scenario, check.tensor, f"{check.dtype}, {check.device}", f"{check.max_abs:.2e}",
         f"{check.max_ulp:.3g}", budget_part(check.budget_used), check.closer or ""]
        for check in checks if check.max_abs is not None
    ]  # fmt: skip


def environment_table(proof: Proof) -> Table:
    """Return a row for each fact about where the comparison ran."""
    facts = environment(proof.material.settings.devices)
    facts |= {"initial weights (SHA-256)": proof.material.weights_hash, "seed": proof.material.settings.seed}
    return [["", ""], *([name, ", ".join(v) if isinstance(v, list) else str(v)] for name, v in facts.items())]


def markdown(proof: Proof, pictures: Mapping[str, str]) -> str:
    """Return the report as Markdown, with pictures by file name; ``pictures`` maps a name to its file."""
    parts = [f"# {title(proof)}", outcome(proof) + ".", as_markdown(gate_table(proof))]
    if found := first_divergence(proof.checks):
        parts.append(f"```text\n{divergence(found)}\n```")
    parts.append("```text\n" + "\n".join(findings(proof)) + "\n```")
    parts += [f"![{name}]({file})" for name, file in pictures.items()]
    parts += ["## Test samples", as_markdown(sample_table(proof))] if proof.predictions else []
    parts += ["## Environment", as_markdown(environment_table(proof))]
    return "\n\n".join(parts) + "\n"


def html(proof: Proof, pictures: Mapping[str, bytes], numbers: str = "") -> str:
    """Return the report as one HTML page; ``pictures`` maps a name to the bytes of an SVG.

    ``numbers`` is the file of the page that shows every number, if there is one.
    """
    found = first_divergence(proof.checks)
    texts = [*([divergence(found)] if found else []), "\n".join(findings(proof))]
    parts = [f"<pre>{escape(text)}</pre>" for text in texts]
    if numbers:
        link = f'<a href="{escape(numbers)}">See every number of both trainings, with its arithmetic</a>'
        parts.insert(0, f"<p>{link}</p>")
    for name, svg in pictures.items():  # as images: the names inside of one picture stay apart from another's
        data, headline = base64.b64encode(svg).decode(), caption(svg) or escape(name)
        image = f'<img alt="{headline}" src="data:image/svg+xml;base64,{data}">'
        parts.append(f"<figure>{image}<figcaption>{headline}</figcaption></figure>")
    if proof.predictions:
        parts += ["<h2>Test samples</h2>", folded("Every answer", sample_table(proof))]
    parts.append("<h2>Every array</h2>")
    parts += [folded(gate, check_table(c for c in proof.checks if c.gate == gate)) for gate in STEP_GATES]
    parts += ["<h2>Environment</h2>", html_table(environment_table(proof))]
    word = verdict(proof)
    return PAGE.substitute(
        title=escape(title(proof)), verdict=word, VERDICT=word.upper(), outcome=escape(outcome(proof)),
        gates=html_table(gate_table(proof)), body="\n".join(parts),
    )  # fmt: skip


def caption(svg: bytes) -> str:
    """Return the title of a picture, as HTML: its headline."""
    found = re.search(rb"<title>(.*?)</title>", svg, re.DOTALL)
    return found[1].decode().strip() if found else ""


def folded(name: str, rows: Table) -> str:
    """Return a table behind a line that opens it."""
    return f"<details><summary>{escape(name)} ({len(rows) - 1} rows)</summary>{html_table(rows)}</details>"


def html_table(rows: Table) -> str:
    """Return an HTML table; the first row is its head, unless it is empty."""
    head = "".join(f"<th>{escape(cell)}</th>" for cell in rows[0]) if any(rows[0]) else ""
    body = "".join(f"<tr>{''.join(f'<td>{escape(cell)}</td>' for cell in row)}</tr>" for row in rows[1:])
    return f'<div class="table"><table><tr>{head}</tr>{body}</table></div>'
