"""A child process for code that may do anything: it has a time limit, and its results come back as JSON.

The child's standard output carries one JSON object on each line. Before any of the learner's code runs, file
descriptor 1 becomes stderr and 0 becomes nothing: what that code prints can't get in between, and ``input()``
finds an end of file.

This isolates accidents, not malice: the code runs with the rights of whoever started it. What only some
systems have stands in ``machine.py``.
"""

import argparse
import contextlib
import faulthandler
import io
import json
import os
import pkgutil
import queue
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, TextIO

from compare.learner import machine
from compare.learner.errors import within
from numpy_mlp.shared.cli.flags import finite

START_LIMIT = 120.0  # to import PyTorch on a slow disk
GRACE = 0.5  # for the traceback of what runs too long to arrive
EXPIRED = "Timeout ("  # how faulthandler's traceback begins when a time limit is over
Message = dict[str, Any]


def seconds(text: str) -> float:
    """Parse a time limit, for a command line."""
    limit = finite(text)
    if limit <= 0:
        raise argparse.ArgumentTypeError(f"expected more than 0 seconds, got {text!r}")
    return limit


class StoppedError(Exception):
    """The child was stopped, or ended too early; the text says why, for the learner.

    ``accident``: it is the machine's doing, and no verdict on the learner's code.
    """

    def __init__(self, text: str, *, accident: bool = False) -> None:
        """Take the text."""
        super().__init__(text)
        self.accident = accident


class Child(contextlib.AbstractContextManager["Child"]):
    """A running child: ``work``, for example "compare.exercise.work:work", gets the job and a ``Channel``."""

    def __init__(self, work: str, job: Message, folder: Path, *, show: bool) -> None:
        """Start it; ``show`` lets pass to stderr what the code in ``folder`` prints."""
        self.folder = folder
        self.process = subprocess.Popen(
            [sys.executable, "-m", "compare.learner.child", work, json.dumps(job)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=None if show else subprocess.DEVNULL,
            # Ctrl-C is for the parent, which then ends the child and whatever the child has started
            start_new_session=True, creationflags=machine.NEW_GROUP,
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
        deadline, started = time.monotonic() + START_LIMIT, False
        while True:
            try:
                line = self.lines.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                if not started:
                    text = f"its process did not start within {START_LIMIT:g} s: is the machine busy?"
                    raise StoppedError(text, accident=True) from None
                raise self._endless(limit) from None
            if not line:
                # the traceback that tells of the limit can itself end the process: it reads what is running
                raise self._endless(limit) if EXPIRED in self.traceback else self._how_it_ended()
            try:
                message = json.loads(line)
            except ValueError:
                self.traceback += line.decode(errors="replace")
                continue
            if "end" in message:
                return
            started, self.traceback = True, ""
            limit = message.get("limit", limit)
            deadline = time.monotonic() + limit + GRACE
            yield message

    def _endless(self, limit: float) -> StoppedError:
        how = f"it did not come to an end within {limit:g} s: a loop without an end?"
        return StoppedError(how + self._where())

    def _where(self) -> str:
        """Return the learner's line that ran last, by the traceback that faulthandler writes."""
        for file, line, name in re.findall(r'File "(.+)", line (\d+) in (\S+)', self.traceback):
            if known := within(file, self.folder):
                return f"\n  in {known}, line {line}, in {name}"
        return ""

    def _how_it_ended(self) -> StoppedError:
        code = self.process.wait()
        if crash := machine.crash(code):
            text = f"its process was ended by {crash.name}: {crash.reason}{self._where()}"
            return StoppedError(text, accident=crash.name == "SIGKILL")
        return StoppedError(
            f"its process ended with exit code {code}, without a word: does it call os._exit()?"
        )

    def __exit__(self, *_: object) -> None:
        """End it and whatever it has started."""
        with self.process:
            with contextlib.suppress(OSError):
                machine.end_group(self.process.pid)
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
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(
                errors="backslashreplace"
            )  # what a console can't show is no error of its printer
    sys.dont_write_bytecode = True  # an edit within the same second must not meet an old cache
    channel = Channel(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    parent = os.dup(0)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    threading.Thread(target=leave_with, args=(parent,), daemon=True).start()
    if hasattr(os, "register_at_fork"):
        # a fork in a learner's step would go on with the work, and fork again at the next step
        os.register_at_fork(after_in_child=partial(os._exit, 0))
    faulthandler.enable(file=channel.file)
    work = pkgutil.resolve_name(argv[0])
    machine.limit_memory()
    work(json.loads(argv[1]), channel)
    channel.send(end=True)
    # threads and exit handlers of the learner's code are not waited for
    os._exit(0)


def leave_with(parent: int) -> None:
    """End this process, and what it has started, when the parent's end of the pipe closes."""
    os.read(parent, 1)
    with contextlib.suppress(OSError):
        machine.end_group(os.getpid())
    os._exit(1)


if __name__ == "__main__":
    main(sys.argv[1:])
