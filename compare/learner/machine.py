"""What only some systems have: process groups, signals, a limit of memory; and what stands for it elsewhere.

Without a limit of memory (Windows, macOS) the time limit alone ends what asks for too much.
"""

import contextlib
import os
import signal
import subprocess
from pathlib import Path
from typing import NamedTuple

MEMORY = 4 * 2**30
NEW_GROUP: int = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)  # Windows' start_new_session
# exit codes with which Windows ends a process that crashed
WINDOWS = {0xC0000005: "an access violation", 0xC00000FD: "a stack overflow"}
TOO_DEEP = ("SIGSEGV", *WINDOWS.values())


class Crash(NamedTuple):
    """What ended a process, and the most likely reason."""

    name: str
    reason: str


def crash(code: int) -> Crash | None:
    """Return what ended a process with an exit code; None if it ended by itself.

    >>> crash(9), crash(-99)
    (None, Crash(name='signal 99', reason='why?'))
    """
    if code >= 0 and code not in WINDOWS:
        return None
    try:
        name = WINDOWS.get(code) or signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    reason = "out of memory?" if name == "SIGKILL" else "why?"
    return Crash(name, "a recursion that is too deep?" if name in TOO_DEEP else reason)


def end_group(pid: int) -> None:
    """End a child that leads a process group, and the group with it; on Windows, with the tree below it."""
    if hasattr(os, "killpg"):
        os.killpg(pid, signal.SIGKILL)
    else:
        command = ["taskkill", "/T", "/F", "/PID", str(pid)]
        subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)


def limit_memory() -> None:
    """Allow 4 GiB more than now, where the system can do that: an array too large is then an error."""
    with contextlib.suppress(ImportError, OSError, ValueError):
        import resource

        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[0])
        limit, (_, hard) = pages * resource.getpagesize() + MEMORY, resource.getrlimit(resource.RLIMIT_AS)
        if hard == resource.RLIM_INFINITY or limit < hard:
            resource.setrlimit(resource.RLIMIT_AS, (limit, hard))
