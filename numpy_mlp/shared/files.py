"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from os import PathLike
from typing import BinaryIO


def check_writable(path: str | PathLike[str]) -> None:
    """Return if a file can be written at ``path``: for a check before long work, not after it.

    Raises:
        OSError: ``path`` is a folder, or its folder is missing or write-protected.
    """
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise IsADirectoryError(f"{os.fspath(path)} is a folder; name a file in it")
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"the folder {folder!s} does not exist; create it first")
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"the folder {folder!s} can't be written; choose another one")


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` for writing bytes, and give it that name once all is written.

    If anything interrupts the writing, the new file is removed and an old one at ``path`` stays as it was.

    Raises:
        OSError: the folder is missing or can't be written.
    """
    import tempfile

    check_writable(path)
    descriptor, beside = tempfile.mkstemp(prefix=".writing-", dir=os.path.dirname(path) or ".")
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        # mkstemp lets only the owner read the file; give it the permissions that open() gives
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside, 0o666 & ~umask)
        os.replace(beside, path)
    except BaseException:
        os.unlink(beside)
        raise
