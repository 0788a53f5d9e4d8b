"""A child process for code that may do anything: it has a time limit, and what it says comes back as JSON.

The child's own standard output carries one JSON object for each line. Before any of the learner's code runs,
file descriptor 1 is turned over to stderr and 0 to nothing: what that code prints can't get in between, and
``input()`` finds an end of file.

This isolates accidents, not malice: the code runs with the rights of whoever started it.
"""

import argparse
import contextlib
import faulthandler
import importlib
import json
import os
import queue
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, TextIO

from compare.learner import inside, within
from numpy_mlp.cli.flags import finite

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
    """The child came to no end of its own; the text says why, for the learner."""


class Child:
    """A running child.

    ``work`` names a function, ``"compare.exercise.work:work"``: it is called with the job and a ``Channel``.
    """

    def __init__(self, work: str, job: Message, folder: Path, *, show: bool) -> None:
        """Start it; ``show`` lets pass to stderr what the code in ``folder`` prints."""
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "compare.child", work, json.dumps(job)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None if show else subprocess.DEVNULL,
            # Ctrl-C is for the parent, which then ends the child and whatever the child has started
            start_new_session=True,
        )
        self.lines: queue.Queue[bytes | None] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.last_words: list[str] = []

    def _read(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def messages(self, limit: float) -> Iterator[Message]:
        """Yield what it sends until it is done; each message starts the clock anew.

        Raises:
            StoppedError: ``limit`` seconds without a message, or the process has ended before its time.
        """
        deadline = time.monotonic() + START_LIMIT
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                raise StoppedError(
                    f"it did not come to an end within {limit:g} s: a loop without an end?{self._where()}"
                ) from None
            if line is None:
                raise StoppedError(self._how_it_ended())
            try:
                message = json.loads(line)
            except ValueError:
                self.last_words.append(line.decode(errors="replace"))
                continue
            if "end" in message:
                return
            limit = message.get("limit", limit)
            deadline = time.monotonic() + limit + GRACE
            yield message

    def _where(self) -> str:
        """Return the learner's line that ran last, out of the traceback that faulthandler leaves."""
        for line in self.last_words:
            found = re.match(r'\s*File "(.+)", line (\d+) in (\S+)', line)
            if found and inside(found[1], self.folder):
                return f"\n  in {within(found[1], self.folder)}, line {found[2]}, in {found[3]}"
        return ""

    def _how_it_ended(self) -> str:
        code = self.process.wait()
        if code >= 0:
            return f"its process ended with exit code {code}, without a word: does it call os._exit()?"
        name = signal.Signals(-code).name
        reasons = {"SIGSEGV": "a recursion that is too deep?", "SIGKILL": "out of memory?"}
        return f"its process was ended by {name}: {reasons.get(name, 'why?')}{self._where()}"

    def close(self) -> None:
        """End it and whatever it has started."""
        with contextlib.suppress(OSError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.kill()
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with contextlib.suppress(OSError):
                    pipe.close()

    def __enter__(self) -> "Child":
        """Nothing more to do."""
        return self

    def __exit__(self, *_: object) -> None:
        """End it in any case."""
        self.close()


class Channel:
    """The child's end: where its messages go."""

    def __init__(self, file: TextIO) -> None:
        """Write to ``file``."""
        self.file = file

    def send(self, **message: Any) -> None:
        """Send one message."""
        self.file.write(json.dumps(message) + "\n")
        self.file.flush()

    def watch(self, limit: float, **message: Any) -> None:
        """Send a message that gives what follows ``limit`` seconds; then the line where it is, is sent."""
        faulthandler.dump_traceback_later(limit, file=self.file)
        self.send(limit=limit, **message)


def main(argv: list[str]) -> None:
    """Do the work that the parent asks for: ``module:function`` and a job in JSON."""
    sys.dont_write_bytecode = True  # an edit within the same second must not meet an old cache
    channel = Channel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    parent = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=leave_with, args=(parent,), daemon=True).start()
    faulthandler.enable(file=channel.file)
    module, _, function = argv[0].partition(":")
    work: Callable[[Message, Channel], None] = getattr(importlib.import_module(module), function)
    limit_memory()
    work(json.loads(argv[1]), channel)
    channel.send(end=True)
    # threads and exit handlers of the learner's code are not waited for
    os._exit(0)


def leave_with(parent: int) -> None:
    """End this process when its parent's end of the pipe closes, however that came about."""
    os.read(parent, 1)
    os._exit(1)


def limit_memory() -> None:
    """Allow 4 GiB more than now, where the system can do that: an array too large is then an error."""
    try:
        import resource

        pages = int(Path("/proc/self/statm").read_text().split()[0])
    except (ImportError, OSError):
        return
    limit = pages * resource.getpagesize() + MEMORY
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_AS, (limit, hard))


if __name__ == "__main__":
    main(sys.argv[1:])
