"""The mark of a file of arrays: what ``python -m compare.check FILE.npz`` says of it, in its own process."""

import json
import subprocess
import sys
from pathlib import Path

from compare.exercise.marks import UNFINISHED, Mark

COMMAND = (sys.executable, "-m", "compare.check", "--json", "-")


def grade_arrays(path: Path, limit: float) -> Mark:
    """Return the mark of a .npz file, judged within ``limit`` seconds."""
    try:
        done = subprocess.run(
            [*COMMAND, str(path)], stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8",
            errors="replace", timeout=limit, check=False,
        )  # fmt: skip
        report = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return Mark(path.name, UNFINISHED, explanation=f"it took more than {limit:g} s")
    except ValueError:
        *_, last = done.stderr.strip().splitlines() or ["it could not be read"]
        return Mark(
            path.name, "not usable", explanation=last.removeprefix("error: "), text=done.stderr.strip()
        )
    return mark_of(path.name, report)


def mark_of(name: str, report: dict[str, list[dict[str, object]]]) -> Mark:
    """Return the mark that a report of schema "compare.reference/1" makes."""
    wrong = [array for array in report["arrays"] if not array["passed"]]
    notes = [str(note) for note in report["notes"]]
    if not wrong:
        return Mark(name, "agrees", text="\n".join(notes))
    said = [said_of(array) for array in wrong]
    lines = [f"{array['name']} differs: {text}" for array, text in zip(wrong, said, strict=True)]
    first = str(wrong[0]["name"])
    return Mark(name, "differs", first, said[0] or "unknown", "\n".join([*notes, *lines]))


def said_of(array: dict[str, object]) -> str:
    """Return the wrong line of an array, or its symptom."""
    lines = array["lines"]
    if isinstance(lines, list) and lines:
        return " or ".join(f"{line['wrong']} for {line['right']}" for line in lines)
    return str(array["symptom"])
