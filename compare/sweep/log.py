"""``runs.jsonl``: one line for each finished run, so that a stopped sweep resumes where it was."""

import json
import os
import sys
from dataclasses import asdict, fields
from pathlib import Path
from typing import Any, BinaryIO

from compare.sweep.runs import Record, Run

FORMAT = "sweep/1"
RUN_KEYS = tuple(field.name for field in fields(Run))
RESULT_KEYS = tuple(field.name for field in fields(Record) if field.name != "run")

WHOLE, NUMBER, WORD, YES_NO, NOTHING = (int,), (int, float), (str,), (bool,), (type(None),)
TYPES: dict[str, tuple[type, ...]] = {
    "dataset": WORD, "hidden": (list,), "lr": NUMBER, "seed": WHOLE, "epochs": WHOLE, "backend": WORD,
    "target_loss": NUMBER, "params": WHOLE, "train_loss": NUMBER + NOTHING, "test_loss": NUMBER + NOTHING,
    "test_right": WHOLE, "test_total": WHOLE, "seconds": NUMBER, "epochs_to_loss": WHOLE + NOTHING,
    "dead_units": WHOLE, "diverged": YES_NO, "agrees": YES_NO + NOTHING, "disagreement": WORD,
}  # fmt: skip


def to_line(record: Record) -> bytes:
    """Return a record as one line of JSON."""
    flat = {"format": FORMAT, **asdict(record.run), **asdict(record)}
    del flat["run"]
    return json.dumps(flat, allow_nan=False).encode() + b"\n"


def from_line(line: bytes) -> Record:
    """Return the record of a line.

    Raises:
        ValueError: it is no JSON object of this format, or a value is missing or of another type.
    """
    flat: Any = json.loads(line)
    if not isinstance(flat, dict) or flat.pop("format", None) != FORMAT:
        raise ValueError(f"its format is not {FORMAT}")
    if flat.keys() != TYPES.keys():
        raise ValueError(f"it lacks or adds {', '.join(sorted(flat.keys() ^ TYPES.keys()))}")
    for name, value in flat.items():
        # True is an int to isinstance, and no count
        if not isinstance(value, TYPES[name]) or (isinstance(value, bool) and bool not in TYPES[name]):
            raise ValueError(f"{name} is {value!r}")
    run = Run(**{name: flat[name] for name in RUN_KEYS} | {"hidden": tuple(flat["hidden"])})
    return Record(run=run, **{name: flat[name] for name in RESULT_KEYS})


def read(path: Path) -> dict[Run, Record]:
    """Return the finished runs of a file; of two records of the same run the later one counts.

    A last line without its end was torn when a sweep was killed: it is dropped, from the file too, with a
    message on stderr.

    Raises:
        OSError: the file can't be read or shortened.
        ValueError: another line is no record.
    """
    if not path.exists():
        return {}
    lines = path.read_bytes().splitlines(keepends=True)
    torn = lines.pop() if lines and not lines[-1].endswith(b"\n") else b""
    found = {}
    for number, line in enumerate(lines, start=1):
        try:
            record = from_line(line)
        except ValueError as error:
            raise ValueError(
                f"{path}, line {number} is no run of a sweep ({error}); choose another --out"
            ) from None
        found[record.run] = record
    if torn:
        print(f"{path}: the last line is torn; its run is done again", file=sys.stderr)
        os.truncate(path, sum(map(len, lines)))
    return found


def append(file: BinaryIO, records: list[Record]) -> None:
    """Write a finished run's records at the end of the open file, at once."""
    file.write(b"".join(map(to_line, records)))
    file.flush()
