"""What went wrong in a learner's package, in one paragraph: their own line, and nothing of this project's."""

import traceback
from pathlib import Path

LONGEST = 300


def paragraph(error: BaseException, place: Path) -> str:
    """Return what went wrong, and where in the learner's files.

    For an error that a check raises on purpose, the line is the one that called the check.

    >>> paragraph(SystemExit(3), Path("mine"))
    'it called exit(3), where a result was to be returned'
    """
    text = f"{type(error).__name__}: {str(error).strip() or '(without a message)'}"
    if isinstance(error, SystemExit):
        text = f"it called exit({error.code}), where a result was to be returned"
    if isinstance(error, EOFError):
        text += "; no one answers input() here, so leave it out"
    if "'Parameter'" in text:
        text += "; a parameter's numbers are its .data"
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    if isinstance(error, SyntaxError) and (file := within(error.filename or "", place)):
        line = (error.text or "").strip()
        return f"{type(error).__name__}: {error.msg}\n  in {file}, line {error.lineno}: {line}"
    # the newest frames of a recursion without an end are enough
    frames = traceback.extract_tb(error.__traceback__, limit=-2000)
    own = [frame for frame in frames if within(frame.filename, place)]
    if own:
        last, guard = own[-1], ""
        if len(own) > 1 and frames[-1] is last and (last.line or "").startswith("raise "):
            guard = f"\n  raised by the check in {within(last.filename, place)}, line {last.lineno}"
            last = own[-2]
        where = f"in {within(last.filename, place)}, line {last.lineno}, in {last.name}: {last.line}"
        return f"{text}\n  {where}{guard}"
    if isinstance(error, SystemExit):
        return text
    where = "raised after the learner's code had returned: has what it returns the right type and shape?"
    return f"{text}\n  {where}"


def within(filename: str, place: Path) -> str:
    """Return the name of a package's file, from the package's name on; empty for any other file."""
    file = Path(filename)
    return str(file.relative_to(place.parent)) if file.is_relative_to(place) else ""
