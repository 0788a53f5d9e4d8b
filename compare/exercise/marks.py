"""The marks of many packages: one row each, those of one mistake together, kept as they come."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from compare.exercise.pieces import PIECES
from compare.report.tables import as_text

SCHEMA = "compare.grade/1"
RIGHT = "agrees"
UNFINISHED = "not graded"  # an accident of the machine: not kept, so that it is tried again


@dataclass(frozen=True)
class Mark:
    """The row of one package, or of one file of arrays.

    Attributes:
        name: Its folder's or file's name.
        verdict: ``"agrees"``, ``"differs"``, ``"error"``, ``"stopped"``, ``"not finished"``,
            ``"not usable"``, or ``"not graded"`` after an accident of the machine.
        first: The first array that differs.
        explanation: The mistake's name, or the error.
        text: All that is said of it.
        pieces: The verdict on each piece of the exercise, by name; empty for arrays.
        seconds: How long it took.
        content: A hash of what was graded.
    """

    name: str
    verdict: str
    first: str = ""
    explanation: str = ""
    text: str = ""
    pieces: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0
    content: str = ""

    @property
    def done(self) -> str:
        """How many pieces are right: ``"7 of 12"``."""
        return f"{list(self.pieces.values()).count('done')} of {len(PIECES)}" if self.pieces else ""

    @property
    def mistake(self) -> tuple[str, str, str]:
        """What the rows of one group share."""
        known = self.explanation not in ("unknown", "correct", "")
        return self.verdict, self.explanation, "" if known else self.first


def grouped(marks: Iterable[Mark]) -> list[list[Mark]]:
    """Return the marks by mistake: what most share first, and what agrees last; in a group by name."""
    marks = list(marks)
    count = Counter(mark.mistake for mark in marks)
    groups: dict[tuple[str, str, str], list[Mark]] = {}
    for mark in sorted(marks, key=lambda m: (m.verdict == RIGHT, -count[m.mistake], m.mistake, m.name)):
        groups.setdefault(mark.mistake, []).append(mark)
    return list(groups.values())


HEAD = ("package", "pieces", "verdict", "first array that differs", "explanation", "seconds")


def cells(mark: Mark) -> tuple[str, ...]:
    """Return a row of the table."""
    return mark.name, mark.done, mark.verdict, mark.first, mark.explanation, f"{mark.seconds:.1f}"


def table(marks: Sequence[Mark]) -> str:
    """Return the table in columns, an empty line between groups, and how many agree."""
    groups = grouped(marks)
    lines = as_text(
        [HEAD, *(short(cells(mark)) for group in groups for mark in group)], right={5}
    ).splitlines()
    found, at = [lines[0]], 1
    for group in groups:
        found += ["", *lines[at : at + len(group)]]
        at += len(group)
    right = sum(mark.verdict == RIGHT for mark in marks)
    return "\n".join([*found, "", f"{right} of {len(marks)} agree with PyTorch"])


def short(row: Sequence[str], longest: int = 48) -> list[str]:
    """Return cells that fit a terminal."""
    return [cell if len(cell) <= longest else f"{cell[: longest - 3]}..." for cell in row]


def as_json(marks: Sequence[Mark]) -> str:
    """Return the marks in groups, for machines."""
    groups = [[asdict(mark) | {"done": mark.done} for mark in group] for group in grouped(marks)]
    return json.dumps({"schema": SCHEMA, "groups": groups}, indent=1, ensure_ascii=False) + "\n"


def content_of(place: Path) -> str:
    """Return a hash of a file, or of all files of a folder with their names."""
    files = [place] if place.is_file() else sorted(file for file in place.rglob("*") if file.is_file())
    digest = hashlib.sha256()
    for file in files:
        if "__pycache__" not in file.parts:
            data = file.read_bytes()
            digest.update(f"{file.relative_to(place.parent)} {len(data)}\n".encode(errors="surrogateescape"))
            digest.update(data)
    return digest.hexdigest()


def kept(path: Path) -> dict[tuple[str, str], Mark]:
    """Return the rows that a file keeps, by name and content; lines that are not whole are skipped."""
    found = {}
    for line in path.read_bytes().splitlines() if path.is_file() else ():
        try:
            mark = Mark(**json.loads(line))
        except (ValueError, TypeError):
            continue
        found[mark.name, mark.content] = mark
    return found
