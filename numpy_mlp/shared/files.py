"""Files that are written whole or not at all."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from os import PathLike
from typing import BinaryIO


def check_writable(path: str | PathLike[str]) -> None:
    """Return if a file can be written at ``path``: for a check before long work, not after it.

    Raises:
        OSError: ``path`` is a folder or too long a name, or its folder is missing or write-protected.
    """
    folder = os.path.dirname(path) or "."
    if os.path.isdir(path):
        raise IsADirectoryError(f"{os.fspath(path)} is a folder; name a file in it")
    if is_device(path):
        if not os.access(path, os.W_OK):
            raise PermissionError(f"{os.fspath(path)} can't be written; choose another file")
        return
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"the folder {folder!s} does not exist; create it first")
    with suppress(FileNotFoundError):
        os.lstat(path)  # raises an error for a name that no file can have
    if not os.access(folder, os.W_OK):
        raise PermissionError(f"the folder {folder!s} can't be written; choose another one")


def is_device(path: str | PathLike[str]) -> bool:
    """Return whether a path leads to something like /dev/null or a pipe, which no file may replace."""
    return os.path.exists(path) and not os.path.isfile(path) and not os.path.isdir(path)


@contextmanager
def replacing(path: str | PathLike[str]) -> Iterator[BinaryIO]:
    """Open a file beside ``path`` for writing bytes, and give it that name once all is written.

    If anything interrupts the writing, the new file is removed and an old one at ``path`` stays as it was.

    Raises:
        OSError: the folder is missing or can't be written.
    """
    import tempfile

    check_writable(path)
    if is_device(path):
        try:
            with open(path, "wb", buffering=0) as device:
                yield device
        except OSError as error:
            raise of_the_file(error, path) from None
        return
    try:
        descriptor, beside = tempfile.mkstemp(prefix=".writing-", dir=os.path.dirname(path) or ".")
    except OSError as error:
        raise of_the_file(error, path) from None
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        # mkstemp lets only the owner read the file; give it the permissions that open() gives
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(beside, 0o666 & ~umask)
        os.replace(beside, path)
    except BaseException as error:
        os.unlink(beside)
        if isinstance(error, OSError) and error.filename in (None, beside):
            raise of_the_file(error, path) from None
        raise


def of_the_file(error: OSError, path: str | PathLike[str]) -> OSError:
    """Return the error with the name that its reader knows, in place of the one that is written beside it."""
    return type(error)(error.errno, error.strerror, os.fspath(path)) if error.errno else error
