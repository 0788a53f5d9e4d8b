"""What the commands of all packages share: one-line errors, exit codes, flags and reports.

Results go to stdout, messages and bars to stderr. Exit codes: 0 done, 2 wrong usage, 3 the requested
device is not there, 130 stopped with Ctrl-C.
"""

import argparse
import os
import re
import signal
import sys
from collections.abc import Callable
from typing import Any, NoReturn

from numpy_mlp.shared import interrupt
from numpy_mlp.shared.interrupt import INTERRUPTED as INTERRUPTED
from numpy_mlp.shared.shadows import hiding

WRONG_USAGE, NO_SUCH_DEVICE = 2, 3


class DeviceNotFoundError(Exception):
    """The requested device is not on this machine."""


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in one line, and with -1e3 as a number."""

    def __init__(self, *args: Any, **more: Any) -> None:
        """Make a parser as argparse does."""
        super().__init__(*args, **more)
        # argparse takes -1 and -1.5 for numbers, and -1e3 for a flag
        self._negative_number_matcher = re.compile(r"-(\d+\.?\d*|\.\d+)([eE][-+]?\d+)?")

    def error(self, message: str) -> NoReturn:
        """Print the message in one line on stderr, and exit with 2."""
        self.exit(WRONG_USAGE, f"{self.prog}: {message} (--help shows how)\n")


def run(command: Callable[[], int], unread: int = 0) -> int:
    """Run a command and return its exit code; print an error that its user can correct as one line.

    ``unread`` is the exit code where the reader of stdout, such as ``head``, closes it before the end.
    """
    if signal.getsignal(signal.SIGINT) is interrupt.stop:  # from now on an exception says what was done
        signal.signal(signal.SIGINT, signal.default_int_handler)
    nowhere = sys.stdout is None  # closed with >&-, or a Windows program without a console
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a console that can't show a character shows a question mark instead of a traceback
            stream.reconfigure(errors="replace")
    try:
        code = command()
        sys.stdout.flush()
        return unread if nowhere and unread else code
    except DeviceNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return NO_SUCH_DEVICE
    except BrokenPipeError:
        # the rest of the output is dropped
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return unread
    except (ValueError, TypeError, OSError, MemoryError, RuntimeError) as error:
        print(f"error: {hiding(error) or in_one_line(error)}", file=sys.stderr)
        return WRONG_USAGE
    except (ImportError, AttributeError, NameError, SyntaxError) as error:
        if not (text := hiding(error) or not_installed(error)):
            raise
        print(f"error: {text}", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt as error:
        print(f"\n{str(error) or 'stopped'}", file=sys.stderr)
        return INTERRUPTED


def not_installed(error: BaseException) -> str:
    """Return which package is missing, and how to get it; the empty text for any other error."""
    top = (error.name or "").partition(".")[0] if isinstance(error, ModuleNotFoundError) else ""
    if top in ("", "numpy_mlp", "torch_mlp", "compare"):
        return ""
    package = {"sklearn": "scikit-learn"}.get(top, top)
    return f"this needs {package}, which is not installed: python -m pip install {package}"


def in_one_line(error: Exception) -> str:
    """Return an error in the words of this project, without numbers of errors and C++ stack traces."""
    if isinstance(error, MemoryError):
        return f"this machine has too little memory for that ({error})" if str(error) else "out of memory"
    if isinstance(error, OSError) and error.strerror:
        where = f"{os.fsdecode(error.filename)}: " if isinstance(error.filename, str | bytes) else ""
        return f"{where}{error.strerror}"
    # PyTorch puts a stack trace behind the first line of some errors
    return str(error).partition("\n")[0]
