"""How a command behaves under ``torchrun``: one output for all workers of a machine, one line at a failure.

When a worker ends too early, ``torchrun`` ends the others with SIGTERM. PyTorch isn't imported here.

Source: https://docs.pytorch.org/docs/stable/elastic/run.html
"""

import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout

from numpy_mlp.shared.cli import DeviceNotFoundError
from torch_mlp.faster.workers import Workers

LOST = "another process of this training ended; nothing was saved"
FAILURE_DELAY = 5.0  # seconds

# held by the thread that writes this process's final message, so that there is only one
final_message = threading.Lock()


class WorkerLostError(ConnectionError):
    """Another worker has ended too early."""


def with_one_output(workers: Workers | None, command: Callable[[], int]) -> int:
    """Run a command and return its exit code; on each machine only the first worker's output is shown.

    ``torchrun`` ends all workers as soon as one has failed. So the others exit ``FAILURE_DELAY`` later than
    the first, which has written its error by then.
    """
    if workers is None or workers.local_rank == 0:
        return command()
    with (
        open(os.devnull, "w", encoding="utf-8") as nowhere,
        redirect_stdout(nowhere),
        redirect_stderr(nowhere),
    ):
        try:
            code = command()
        except SystemExit as stop:
            code = int(stop.code or 0)
    if code:
        time.sleep(FAILURE_DELAY)
    return code


@contextmanager
def under_torchrun(workers: Workers | None) -> Iterator[None]:
    """Exit at once on SIGTERM, with one line, and write one line for an error of this worker alone.

    A signal handler in Python runs only when PyTorch returns to Python, and PyTorch may be waiting for the
    very worker that has ended. So a thread reads the signal from a socket.
    """
    if workers is None:
        yield
        return
    # two sockets, since Windows can't wait for a signal at a pipe
    read_end, write_end = socket.socketpair()
    write_end.setblocking(False)

    def exit_on_sigterm() -> None:
        """End this process when SIGTERM comes; end this thread when the other end is closed."""
        while byte := read_end.recv(1):
            if byte[0] == signal.SIGTERM:
                final_message.acquire()
                print(f"error: torchrun ended this process: {LOST}", file=sys.stderr, flush=True)
                os._exit(1)
        read_end.close()

    threading.Thread(target=exit_on_sigterm, daemon=True).start()
    handler, wakeup = signal.signal(signal.SIGTERM, lambda *_: None), signal.set_wakeup_fd(write_end.fileno())
    try:
        yield
    except (DeviceNotFoundError, ValueError, WorkerLostError):
        raise  # all workers raise these, and the first of each machine reports them
    except Exception as error:
        if workers.local_rank:
            text = str(error).partition("\n")[0]
            print(f"error: worker {workers.rank}: {text}", file=sys.__stderr__, flush=True)
        raise
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGTERM, handler)
        write_end.close()
