"""Checking a learner's package, piece by piece, from outside."""

import textwrap
from dataclasses import dataclass
from pathlib import Path

from compare.exercise.pieces import PIECES, Piece
from compare.learner.child import Child, StoppedError


@dataclass
class Result:
    """The verdict on one piece: ``"done"``, ``"not written yet"`` or ``"wrong"``, and why."""

    piece: Piece
    verdict: str
    text: str = ""


def check(folder: Path, limit: float, *, show: bool = False) -> list[Result]:
    """Try every piece of the package in a folder, each within ``limit`` seconds.

    A piece that ends its process, or doesn't end at all, is wrong; the ones after it get a new process. It is
    a RuntimeError if the child could not even start its work.
    """
    results: dict[str, Result] = {}
    while waiting := {piece.name: piece for piece in PIECES if piece.name not in results}:
        job = {"folder": str(folder), "pieces": list(waiting), "limit": limit}
        current: Result | None = None
        with Child("compare.exercise.work:work", job, folder, show=show) as child:
            try:
                for message in child.messages(limit):
                    if "piece" in message:
                        current = Result(waiting[message["piece"]], "wrong")
                    elif current and "verdict" in message:
                        # a later verdict on the same piece knows more
                        current.verdict, current.text = message["verdict"], message["text"]
                        results[current.piece.name] = current
            except StoppedError as stop:
                if current is None:
                    raise RuntimeError(f"the check could not start: {stop}") from None
                if current.piece.name not in results:
                    results[current.piece.name] = Result(current.piece, "wrong", str(stop))
    return [results[piece.name] for piece in PIECES]


def table(results: list[Result]) -> str:
    """Return a line for each piece, the reasons below it, and how far the learner has come."""
    lines = []
    for result in results:
        lines.append(f"{result.verdict:<16} {result.piece.name}")
        lines += [textwrap.indent(result.text, "    ")] if result.text else []
    todo = [result.piece.name for result in results if result.verdict != "done"]
    end = f"{len(results) - len(todo)} of {len(results)} done"
    return "\n".join([*lines, "", f"{end} · next: {todo[0]}" if todo else end])
