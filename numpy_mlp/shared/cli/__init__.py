"""What the commands of all packages share: one-line errors, exit codes, flags and reports.

Results go to stdout, messages and bars to stderr. Exit codes: 0 done, 2 wrong usage, 3 the requested
device is not there, 130 stopped with Ctrl-C.
"""

import argparse
import os
import sys
from collections.abc import Callable
from typing import NoReturn

WRONG_USAGE, NO_SUCH_DEVICE, INTERRUPTED = 2, 3, 130


class DeviceNotFoundError(Exception):
    """The requested device is not on this machine."""


class Parser(argparse.ArgumentParser):
    """argparse, with its errors in one line."""

    def error(self, message: str) -> NoReturn:
        """Print the message in one line on stderr, and exit with 2."""
        self.exit(WRONG_USAGE, f"{self.prog}: {message} (--help shows how)\n")


def run(command: Callable[[], int]) -> int:
    """Run a command and return its exit code; print an error that its user can correct as one line."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            # a console that can't show a character shows a question mark instead of a traceback
            stream.reconfigure(errors="replace")
    try:
        code = command()
        sys.stdout.flush()
        return code
    except DeviceNotFoundError as error:
        print(f"error: {error}", file=sys.stderr)
        return NO_SUCH_DEVICE
    except BrokenPipeError:
        # the reader (such as head) has closed the pipe: the rest of the output is dropped
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except (ValueError, TypeError, OSError, MemoryError, RuntimeError) as error:
        # PyTorch puts a C++ stack trace behind the first line of some errors
        print(f"error: {str(error).partition(chr(10))[0]}", file=sys.stderr)
        return WRONG_USAGE
    except KeyboardInterrupt as error:
        print(f"\n{str(error) or 'stopped'}", file=sys.stderr)
        return INTERRUPTED
