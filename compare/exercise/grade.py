"""``python -m compare.exercise grade FOLDER``: every package of a folder, each in its own limited process."""

import json
import queue
import re
import shutil
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import asdict, replace
from pathlib import Path

from compare.exercise.arrays import grade_arrays
from compare.exercise.check import WHOLE, tried
from compare.exercise.marks import UNFINISHED, Mark, content_of, kept
from compare.exercise.pieces import PIECES
from compare.learner.child import START_LIMIT
from compare.learner.package import find


def packages_in(folder: Path) -> list[Path]:
    """Return what is to be graded in a folder: packages, modules of one file, and files of arrays.

    A folder that is no package but holds exactly one stands for it: a learner's folder with their package.

    Raises:
        ValueError: there is nothing to grade.
    """
    if not folder.is_dir():
        raise ValueError(f"expected a folder of packages, found none at {folder}")
    entries = sorted(entry for entry in folder.iterdir() if not entry.name.startswith((".", "_")))
    found = [entry for entry in entries if entry.is_dir() or entry.suffix in (".py", ".npz")]
    if not found:
        raise ValueError(f"{folder} holds nothing to grade: expected folders of packages, .py or .npz files")
    return found


def package_of(entry: Path) -> Path:
    """Return the package of an entry: itself, or the only one within; ValueError where that is not clear."""
    if entry.is_file() or (entry / "__init__.py").is_file():
        return entry
    inside = [one for one in entry.iterdir() if (one / "__init__.py").is_file()]
    inside = inside or [one for one in entry.glob("*.py") if not one.name.startswith("_")]
    if len(inside) != 1:
        raise ValueError(f"expected one package in it, found {len(inside)}")
    return inside[0]


def grade(entry: Path, limit: float, level: str) -> Mark:
    """Grade one entry of a folder; whatever happens to it is its own row's."""
    started, pieces = time.monotonic(), {}
    try:
        if entry.suffix == ".npz":
            return replace(grade_arrays(entry, limit + START_LIMIT), seconds=time.monotonic() - started)
        with ExitStack() as stack:
            place = named(package_of(entry), stack)
            found = tried([*(piece.name for piece in PIECES), WHOLE], place, limit, level=level)
            pieces = {piece.name: found[piece.name]["verdict"] for piece in PIECES}
            mark = mark_of(entry.name, found[WHOLE])
            faulty = next((one for one in pieces if pieces[one] == "wrong"), "")
            if mark.verdict == "error" and faulty:  # the piece knows more than the error to which it led
                mark = replace(mark, text=f"{faulty}\n{found[faulty]['text']}")
    except (OSError, ValueError) as error:
        mark = Mark(entry.name, "not usable", explanation=str(error))
    except RuntimeError as error:
        mark = Mark(entry.name, UNFINISHED, explanation=str(error))
    return replace(mark, pieces=pieces, seconds=time.monotonic() - started)


def mark_of(name: str, message: dict[str, str]) -> Mark:
    """Return the mark that a child's last message makes."""
    if "first" in message:
        return Mark(name, message["verdict"], message["first"], message["explanation"], message["text"])
    verdict = UNFINISHED if message["verdict"] == "not checked" else "stopped"
    return Mark(name, verdict, explanation=message["text"].splitlines()[0], text=message["text"])


def named(place: Path, stack: ExitStack) -> Path:
    """Return a package under a name that can be imported: a copy, where its own can't be."""
    if place.stem.isidentifier():
        return find(str(place))
    beside = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    stem = re.sub(r"\W", "_", place.stem)
    copy = beside / f"{stem if stem.isidentifier() else f'package_{stem}'}{place.suffix}"
    shutil.copy(place, copy) if place.is_file() else shutil.copytree(place, copy)
    return find(str(copy))


def grade_all(entries: Sequence[Path], rows: Path | None, jobs: int, limit: float, level: str) -> list[Mark]:
    """Grade many under a bar; what ``rows`` keeps is read from there, and what is finished is added to it.

    Raises:
        KeyboardInterrupt: Ctrl-C; its message says what is finished.
    """
    from tqdm import tqdm

    content = {entry: content_of(entry) + level for entry in entries}
    before = kept(rows) if rows else {}
    marks = {e: before[e.name, content[e]] for e in entries if (e.name, content[e]) in before}
    waiting = [entry for entry in entries if entry not in marks]
    total = len(entries)
    if marks:
        print(f"{rows}: {len(marks)} of {total} are graded already", file=sys.stderr)
    try:
        with ExitStack() as stack:
            file = stack.enter_context(rows.open("ab")) if rows else None
            bar = stack.enter_context(tqdm(total=total, initial=len(marks), desc="grade", disable=None))
            for entry, mark in graded(waiting, jobs, limit, level):
                marks[entry] = mark = replace(mark, content=content[entry])
                if file and mark.verdict != UNFINISHED:
                    file.write(json.dumps(asdict(mark)).encode() + b"\n")
                    file.flush()
                bar.update()
                done = len(marks)
                if bar.disable and done * 10 // total > (done - 1) * 10 // total:
                    print(f"grade: {done} of {total}", file=sys.stderr)
    except KeyboardInterrupt:
        after = "the same command resumes" if rows else "nothing is kept; with --out FILE it resumes"
        raise KeyboardInterrupt(f"stopped: {len(marks)} of {total} are graded; {after}") from None
    return [marks[entry] for entry in entries]


def graded(entries: Sequence[Path], jobs: int, limit: float, level: str) -> Iterator[tuple[Path, Mark]]:
    """Yield each entry with its mark as it is finished, ``jobs`` at a time.

    The threads only wait for child processes. They are daemons: Ctrl-C ends this process, and a child ends
    when its parent does.
    """
    todo: queue.SimpleQueue[Path] = queue.SimpleQueue()
    done: queue.SimpleQueue[tuple[Path, Mark | BaseException]] = queue.SimpleQueue()
    for entry in entries:
        todo.put(entry)

    def work() -> None:
        while True:
            try:
                entry = todo.get_nowait()
            except queue.Empty:
                return
            try:
                done.put((entry, grade(entry, limit, level)))
            except BaseException as error:
                done.put((entry, error))

    for _ in range(min(jobs, len(entries))):
        threading.Thread(target=work, daemon=True).start()
    for _ in entries:
        entry, mark = done.get()
        if isinstance(mark, BaseException):
            raise mark
        yield entry, mark
