"""``runs.jsonl``: one line for each finished run, so that a stopped sweep resumes."""

import json
import os
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any, get_args, get_type_hints

from compare.sweep.runs import Record, Run

FORMAT = "sweep/1"
SETTINGS = get_type_hints(Run)
# JSON has lists instead of tuples; a record's own run stands in the same line, setting by setting
HINTS = SETTINGS | get_type_hints(Record) | {"hidden": list}
del HINTS["run"]


def to_line(record: Record) -> bytes:
    """Return a record as one line of JSON."""
    flat = {"format": FORMAT, **asdict(record.run), **asdict(record)}
    del flat["run"]
    return json.dumps(flat, allow_nan=False).encode() + b"\n"


def from_line(line: bytes) -> Record:
    """Return the record of a line; a ValueError says what is wrong with its format, its keys or its types."""
    flat: Any = json.loads(line)
    if not isinstance(flat, dict) or flat.pop("format", None) != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    flat.setdefault("content", "")  # a file of an earlier version did not know it
    if flat.keys() != HINTS.keys():
        raise ValueError(f"it lacks or adds {', '.join(sorted(flat.keys() ^ HINTS.keys()))}")
    for name, value in flat.items():
        types = get_args(HINTS[name]) or (HINTS[name],)
        # 1 is a float, too; True is an int to isinstance, and no count
        if not (type(value) in types or (type(value) is int and float in types)):
            raise ValueError(f"{name} is {value!r}")
    settings = {name: flat.pop(name) for name in SETTINGS}
    return Record(Run(**settings | {"hidden": tuple(settings["hidden"])}), **flat)


def read(path: Path) -> dict[Run, Record]:
    """Return the finished runs of a file; of two records of the same run the later one counts.

    A last line without its end was torn when a sweep was killed: it is dropped, from the file too, with a
    message on stderr. Another line that is no record raises a ValueError.
    """
    lines = path.read_bytes().splitlines(keepends=True) if path.exists() else []
    torn = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
    found = {}
    for number, line in enumerate(lines, start=1):
        try:
            record = from_line(line)
        except ValueError as error:
            problem = f"{path}, line {number} is no run of a sweep ({error}); choose another --out"
            raise ValueError(problem) from None
        found[record.run] = record
    if torn:
        print(f"{path}: the last line is torn; its run is done again", file=sys.stderr)
        os.truncate(path, sum(map(len, lines)))
    return found
