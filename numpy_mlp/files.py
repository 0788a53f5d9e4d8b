"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from pathlib import Path
from typing import BinaryIO


def check_writable(path: str | PathLike[str]) -> None:
    """Find out before long work, not after it, that a file can't be written.

    Raises:
        OSError: ``path`` is a folder, or its own folder is missing or write-protected.
    """
    target = Path(path)
    if target.is_dir():
        raise IsADirectoryError(f"{target} is a folder; name a file in it")
    if not target.parent.is_dir():
        raise FileNotFoundError(f"the folder {target.parent} does not exist; create it first")
    if not os.access(target.parent, os.W_OK):
        raise PermissionError(f"the folder {target.parent} can't be written; choose another one")


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` for writing bytes, and give it that name once all is written.

    If anything interrupts the writing, the new file is removed and an old one at ``path`` stays as it was.

    Raises:
        OSError: the folder is missing or can't be written.
    """
    import tempfile

    target = Path(path)
    check_writable(target)
    descriptor, beside = tempfile.mkstemp(prefix=".writing-", dir=target.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        # mkstemp lets only its owner read the file; give it what open() would have given
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside, 0o666 & ~umask)
        os.replace(beside, target)
    except BaseException:
        os.unlink(beside)
        raise
