"""A file that Python can't read for one function's sake: the others are read without it."""

import re
from itertools import chain
from pathlib import Path

from compare.exercise.pieces import PIECES

BROKEN = "_syntax_error_"  # the name under which a file holds the error of the function that can't be read
HEAD = re.compile(r"^([ \t]*)(?:async +)?def +(\w+)")


NAMES = {piece.path[-1] for piece in PIECES}


def readable(path: Path) -> tuple[bytes, SyntaxError | None]:
    """Return a file's source and no error, or the source without the one piece that has an error.

    Raises:
        SyntaxError: the error stands in no piece of the exercise.
    """
    source = path.read_bytes()
    try:
        compile(source, str(path), "exec", dont_inherit=True)
    except SyntaxError as error:
        return without_broken_function(source, error), error
    return source, None


def without_broken_function(source: bytes, error: SyntaxError) -> bytes:
    """Return a file's text in which the function with the error does nothing but raise it.

    Raises:
        SyntaxError: the error, if it stands in no function that is a piece of the exercise.
    """
    try:
        lines = source.decode().splitlines()
    except UnicodeDecodeError:
        raise error from None
    heads = [i for i, line in enumerate(lines) if (head := HEAD.match(line)) and head[2] in NAMES]
    before = [i for i in heads if i < (error.lineno or 0)]
    for start in chain(reversed(before), (i for i in heads if i not in before)):
        end = end_of(lines, start)
        # as many lines as before, so that the numbers of the others stay
        blank = [""] * (end - start - 1)
        text = "\n".join([*lines[:start], stub(lines[start]), *blank, *lines[end:]]) + "\n"
        try:
            compile(text, "", "exec", dont_inherit=True)
        except SyntaxError:
            continue
        return text.encode()
    raise error


def stub(line: str) -> str:
    """Return a function of the same name, in one line, that raises the error.

    >>> stub("    def step(self -> None:")
    '    def step(*_, **__): raise _syntax_error_'
    """
    head = HEAD.match(line)
    assert head
    return f"{head[1]}def {head[2]}(*_, **__): raise {BROKEN}"


def end_of(lines: list[str], start: int) -> int:
    """Return the line behind a function: the next one that begins a definition and is not further right."""
    head = HEAD.match(lines[start])
    assert head
    further = re.compile(rf"^[ \t]{{0,{len(head[1])}}}(?:async |def |class |@|if __name__)")
    return next((i for i in range(start + 1, len(lines)) if further.match(lines[i])), len(lines))
