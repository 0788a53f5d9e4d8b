"""Which worker of a data-parallel training this process is, and how it ends with the others.

    torchrun --nproc-per-node 2 -m torch_mlp train

starts the same command twice. The two know themselves by their environment. When a worker ends before its
time, ``torchrun`` ends the others with SIGTERM. Nothing in this file needs PyTorch.

Source: https://docs.pytorch.org/docs/stable/elastic/run.html
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass

from numpy_mlp.cli import DeviceNotFoundError

NAMES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")
LOST = "another process of this training ended; nothing was saved"
PATIENCE = 5.0  # seconds

# whoever holds it says the last word of this process
last_word = threading.Lock()


class WorkerLostError(ConnectionError):
    """Another worker has ended before its time."""


@dataclass(frozen=True)
class Workers:
    """This process among the workers of a training.

    Attributes:
        rank: Its number among all workers, from 0; the one with 0 reports and saves.
        world_size: How many workers there are, on all machines.
        local_rank: Its number among those on its own machine.
        local_world_size: How many there are on its own machine.
    """

    rank: int
    world_size: int
    local_rank: int
    local_world_size: int

    @classmethod
    def from_environment(cls) -> "Workers | None":
        """Return what ``torchrun`` has said, or None for a process that somebody else has started."""
        values = [os.environ.get(name, "") for name in NAMES]
        return cls(*map(int, values)) if all(value.isdecimal() for value in values) else None


def one_voice(workers: Workers | None, command: Callable[[], int]) -> int:
    """Run a command and return its exit code; of the workers on a machine only the first is heard.

    ``torchrun`` ends all of them as soon as one has failed. So the others wait until that one has said why.
    """
    if workers is None or workers.local_rank == 0:
        return command()
    with open(os.devnull, "w") as nowhere, redirect_stdout(nowhere), redirect_stderr(nowhere):
        try:
            code = command()
        except SystemExit as stop:
            code = int(stop.code or 0)
    if code:
        time.sleep(PATIENCE)
    return code


@contextmanager
def under_torchrun(workers: Workers | None) -> Iterator[None]:
    """Say what ends this worker alone, and answer SIGTERM at once, with one line.

    A signal handler in Python waits until PyTorch returns to Python, and PyTorch may be waiting for the very
    worker that is gone. So a thread is told of the signal, through a pipe.
    """
    if workers is None:
        yield
        return
    told, tell = os.pipe()
    os.set_blocking(tell, False)

    def listen() -> None:
        """End this process when the signal comes; end when nobody can tell any more."""
        while byte := os.read(told, 1):
            if byte[0] == signal.SIGTERM:
                last_word.acquire()
                print(f"error: torchrun ended this process: {LOST}", file=sys.stderr, flush=True)
                os._exit(1)
        os.close(told)

    threading.Thread(target=listen, daemon=True).start()
    handler, wakeup = signal.signal(signal.SIGTERM, lambda *_: None), signal.set_wakeup_fd(tell)
    try:
        yield
    except (DeviceNotFoundError, ValueError, WorkerLostError):
        raise  # what all workers find out, one on each machine says
    except Exception as error:
        if workers.local_rank:
            text = str(error).partition("\n")[0]
            print(f"error: worker {workers.rank}: {text}", file=sys.__stderr__, flush=True)
        raise
    finally:
        signal.set_wakeup_fd(wakeup)
        signal.signal(signal.SIGTERM, handler)
        os.close(tell)
