"""Ctrl-C while a command is still being imported: one line and exit code 130, as later."""

import os
import sys

INTERRUPTED = 130
CONSOLE_SCRIPTS = ("numpy-mlp", "torch-mlp", "mlp-compare")


def stop(*_: object) -> None:
    """End the process with one line; an exception would print a traceback, or pass for a failed import."""
    os.write(2, b"\nstopped\n")
    os._exit(INTERRUPTED)


def stop_quietly_until_run() -> None:
    """Let Ctrl-C stop a command without a traceback, until ``shared.cli.run`` takes over.

    A program that imports these packages keeps its own way, and so does a thread of it.
    """
    # so Python calls its program while it looks for the module of ``python -m numpy_mlp``
    program = sys.argv[0] if sys.argv else ""
    if program == "-m" or os.path.splitext(os.path.basename(program))[0] in CONSOLE_SCRIPTS:
        import signal

        if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
            signal.signal(signal.SIGINT, stop)
