"""A child process for code that may do anything: it has a time limit, and its results come back as JSON.

The child's standard output carries one JSON object on each line. Before any of the learner's code runs, file
descriptor 1 becomes stderr and 0 becomes nothing: what that code prints can't get in between, and ``input()``
finds an end of file.

This isolates accidents, not malice: the code runs with the rights of whoever started it.
"""

import argparse
import contextlib
import faulthandler
import json
import os
import pkgutil
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from compare.learner.package import within
from numpy_mlp.shared.cli.flags import finite

START_LIMIT = 120.0  # to import PyTorch on a slow disk
GRACE = 0.5  # for the traceback of what runs too long to arrive
MEMORY = 4 * 2**30
Message = dict[str, Any]


def seconds(text: str) -> float:
    """Parse a time limit, for a command line."""
    limit = finite(text)
    if limit <= 0:
        raise argparse.ArgumentTypeError(f"expected more than 0 seconds, got {text!r}")
    return limit


class StoppedError(Exception):
    """The child was stopped, or ended too early; the text says why, for the learner."""


class Child(contextlib.AbstractContextManager["Child"]):
    """A running child: ``work``, for example "compare.exercise.work:work", gets the job and a ``Channel``."""

    def __init__(self, work: str, job: Message, folder: Path, *, show: bool) -> None:
        """Start it; ``show`` lets pass to stderr what the code in ``folder`` prints."""
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "compare.learner.child", work, json.dumps(job)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None if show else subprocess.DEVNULL,
            # Ctrl-C is for the parent, which then ends the child and whatever the child has started
            start_new_session=True,
        )  # fmt: skip
        self.lines: queue.Queue[bytes] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.traceback = ""

    def _read(self) -> None:
        assert self.process.stdout
        for line in chain(self.process.stdout, [b""]):
            self.lines.put(line)

    def messages(self, limit: float) -> Iterator[Message]:
        """Yield each message until the work is done.

        Raises:
            StoppedError: ``limit`` seconds without a message, or the process has ended too early.
        """
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                how = f"it did not come to an end within {limit:g} s: a loop without an end?"
                raise StoppedError(how + self._where()) from None
            if not line:
                raise StoppedError(self._how_it_ended())
            try:
                message = json.loads(line)
            except ValueError:
                self.traceback += line.decode(errors="replace")
                continue
            if "end" in message:
                return
            limit = message.get("limit", limit)
            deadline = time.monotonic() + limit + GRACE
            yield message

    def _where(self) -> str:
        """Return the learner's line that ran last, by the traceback that faulthandler writes."""
        for file, line, name in re.findall(r'File "(.+)", line (\d+) in (\S+)', self.traceback):
            if known := within(file, self.folder):
                return f"\n  in {known}, line {line}, in {name}"
        return ""

    def _how_it_ended(self) -> str:
        code = self.process.wait()
        if code >= 0:
            return f"its process ended with exit code {code}, without a word: does it call os._exit()?"
        name = signal.Signals(-code).name
        reasons = {"SIGSEGV": "a recursion that is too deep?", "SIGKILL": "out of memory?"}
        return f"its process was ended by {name}: {reasons.get(name, 'why?')}{self._where()}"

    def __exit__(self, *_: object) -> None:
        """End it and whatever it has started."""
        with self.process:
            with contextlib.suppress(OSError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.kill()


@dataclass
class Channel:
    """The child's end: where its messages go."""

    file: TextIO

    def send(self, **message: Any) -> None:
        """Send one message."""
        self.file.write(json.dumps(message) + "\n")
        self.file.flush()

    def watch(self, limit: float, **message: Any) -> None:
        """Send a message that gives what follows ``limit`` seconds, and after them a traceback."""
        faulthandler.dump_traceback_later(limit, file=self.file)
        self.send(limit=limit, **message)


def main(argv: list[str]) -> None:
    """Do the work that ``argv`` names: ``module:function``, and a job in JSON."""
    sys.dont_write_bytecode = True  # an edit within the same second must not meet an old cache
    channel = Channel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    parent = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=leave_with, args=(parent,), daemon=True).start()
    faulthandler.enable(file=channel.file)
    work = pkgutil.resolve_name(argv[0])
    limit_memory()
    work(json.loads(argv[1]), channel)
    channel.send(end=True)
    # threads and exit handlers of the learner's code are not waited for
    os._exit(0)


def leave_with(parent: int) -> None:
    """End this process when the parent's end of the pipe closes."""
    os.read(parent, 1)
    os._exit(1)


def limit_memory() -> None:
    """Allow 4 GiB more than now, where the system can do that: an array too large is then an error."""
    with contextlib.suppress(ImportError, OSError):
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
        limit, (_, hard) = pages * resource.getpagesize() + MEMORY, resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    main(sys.argv[1:])
