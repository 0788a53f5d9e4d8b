"""Checking a learner's package, piece by piece, from outside."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from compare.exercise.pieces import PIECES, Piece
from compare.learner.child import Child, Message, StoppedError
from compare.request import HINTS

WHOLE = "the whole package"  # a task after the pieces


@dataclass
class Result:
    """The verdict on one piece, and why.

    It is ``"done"``, ``"not written yet"``, ``"wrong"``, or ``"not checked"`` if something else came first.
    """

    piece: Piece
    verdict: str
    text: str = ""


def check(place: Path, limit: float, *, level: str = HINTS[0], show: bool = False) -> list[Result]:
    """Try every piece of the package in a folder or a file, each within ``limit`` seconds.

    What is wrong is explained as far as the ``level`` of the hint goes.

    Raises:
        RuntimeError: the child could not even start its work.
    """
    found = tried([piece.name for piece in PIECES], place, limit, level=level, show=show)
    return [Result(piece, found[piece.name]["verdict"], found[piece.name]["text"]) for piece in PIECES]


def tried(
    tasks: Sequence[str], place: Path, limit: float, *, level: str, show: bool = False
) -> dict[str, Message]:
    """Let a child try pieces, or the ``WHOLE`` package, by name; return the verdict message of each.

    What ends its process, or doesn't end at all, is wrong; the tasks after it get a new process.

    Raises:
        RuntimeError: the child could not even start its work.
    """
    found: dict[str, Message] = {}
    while waiting := [name for name in tasks if name not in found]:
        job = {"folder": str(place), "pieces": waiting, "limit": limit, "hint": level}
        current = ""
        with Child("compare.exercise.work:work", job, place, show=show) as child:
            try:
                for message in child.messages(limit):
                    current = message.get("piece", current)
                    if "verdict" in message:
                        found[current] = message  # a later verdict on the same piece knows more
            except StoppedError as stop:
                if not current:
                    raise RuntimeError(f"the check could not start: {stop}") from None
                verdict = "not checked" if stop.accident else "wrong"
                found.setdefault(current, {"verdict": verdict, "text": str(stop), "stopped": True})
    return found


def table(results: list[Result]) -> str:
    """Return a line for each piece, the reasons below it, and how far the learner has come."""
    lines = []
    for result in results:
        lines.append(f"{result.verdict:<16} {result.piece.name}")
        lines += [textwrap.indent(result.text, "    ")] if result.text else []
    todo = [result.piece.name for result in results if result.verdict != "done"]
    end = f"{len(results) - len(todo)} of {len(results)} done"
    return "\n".join([*lines, "", f"{end} · next: {todo[0]}" if todo else end])
