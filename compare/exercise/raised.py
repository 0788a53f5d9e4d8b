"""What is said of a package that raises an error: the piece at fault, as the check of pieces finds it."""

import textwrap
from pathlib import Path

from compare.exercise.check import tried
from compare.exercise.pieces import PIECES


def faulty_piece(place: Path, limit: float, level: str, said: str) -> str:
    """Return the first wrong piece of a package, and what is said of it beyond ``said``, in lines.

    Nothing if there is no more to say, or no piece is wrong: the error lies elsewhere, or the package has
    other functions.
    """
    try:
        found = tried([piece.name for piece in PIECES], place, limit, level=level)
    except RuntimeError:  # no process could be started: what was said without it stands
        return ""
    for name, message in found.items():
        if message["verdict"] == "wrong" and not message.get("absent"):
            text = message["text"].removeprefix(said).lstrip("\n")
            return f"wrong     {name}\n{textwrap.indent(text, '  ')}" if text else ""
    return ""
