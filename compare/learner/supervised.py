"""``python -m compare.run --numpy PATH_OR_MODULE``: any package with numpy_mlp's names, through all gates.

What of it comes from numpy_mlp is said first. The package runs in a child process. What it prints goes to
stderr; the report is written by the parent.
"""

import io
import sys
import textwrap
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any, TextIO, cast

import numpy as np

from compare.bugs.translation import in_language
from compare.checks import first_divergence, first_wrong
from compare.exit_codes import DISAGREE
from compare.learner.borrowed import borrowed, nothing_own
from compare.learner.child import Channel, Child, StoppedError
from compare.learner.errors import paragraph
from compare.learner.loading import load
from compare.learner.package import NEEDED, find, lacking, missing
from compare.request import Request
from numpy_mlp.shared.cli import WRONG_USAGE, run

if TYPE_CHECKING:
    from compare.gates.trials import Trials

IMPORT_SECONDS = 30.0


def supervise(request: Request, limit: float, explained: Callable[[Path, str], str] | None = None) -> int:
    """Compare the package that ``request.numpy`` names, in a child, and return its exit code.

    Each gate may take ``limit`` seconds. Of a package that raises an error, ``explained`` returns more than
    the paragraph that it is given.

    Raises:
        ValueError: there is no such package.
    """
    folder = find(str(request.numpy))
    terminals = {"out": sys.stdout.isatty(), "err": sys.stderr.isatty()}
    job = {"folder": str(folder), "request": asdict(request), "limit": limit, "terminals": terminals}
    code, failed, raised = DISAGREE, "", False
    with Child("compare.learner.supervised:work", job, folder, show=True) as child:
        try:
            for message in child.messages(limit):
                for kind, stream in (("out", sys.stdout), ("err", sys.stderr)):
                    print(message.get(kind, ""), end="", file=stream, flush=True)
                failed, code = message.get("failed", failed), message.get("code", code)
                raised = message.get("raised", raised)
        except StoppedError as stop:
            failed, code = str(stop), WRONG_USAGE if stop.accident else DISAGREE
    if failed:
        more = explained(folder, failed) if explained and raised and not request.quiet else ""
        text = f"{folder.stem}: {failed}\n{textwrap.indent(more, '  ')}".rstrip()
        print(in_language(text, request.lang or "en"), file=sys.stderr)
    return code


class Stream(io.TextIOBase):
    """A stream to the parent; every text, an empty one too, restarts the time limit."""

    def __init__(self, channel: Channel, kind: str, limit: float, terminal: bool) -> None:
        """Send texts as messages called ``kind``."""
        self.channel, self.kind, self.limit, self.terminal = channel, kind, limit, terminal

    def write(self, text: str) -> int:
        """Send a text."""
        self.channel.watch(self.limit, **{self.kind: text})
        return len(text)

    def isatty(self) -> bool:
        """Return whether the parent writes to a terminal."""
        return self.terminal


def work(job: dict[str, Any], channel: Channel) -> None:
    """Import the package, run it in small, and put it through the gates; this is the child."""
    from compare.comparison import carry_out

    folder, request = Path(job["folder"]), Request(**job["request"])
    channel.watch(min(job["limit"], IMPORT_SECONDS), stage="import")
    try:
        package = load(folder)
        if names := missing(package):
            channel.send(failed=lacking(names), code=WRONG_USAGE)
            return
        if nothing_own(package, (name for name in NEEDED if "." not in name)):
            channel.send(failed="nothing in it is its own: all of it comes from numpy_mlp", code=WRONG_USAGE)
            return
        out, err = (Stream(channel, kind, job["limit"], job["terminals"][kind]) for kind in ("out", "err"))
        if (said := borrowed(folder)) and not request.quiet:
            said = in_language(said, request.lang or "en")
            print(said, end="\n\n", file=cast(TextIO, err if request.json == "-" else out))
        if error := first_error(package):
            raise error
        channel.send(code=run(lambda: carry_out(request, package, cast(TextIO, out), cast(TextIO, err))))
    except MemoryError as error:
        text = f"no verdict: the memory was not enough\n  {paragraph(error, folder)}"
        channel.send(failed=text, code=WRONG_USAGE)
    except BaseException as error:
        text = paragraph(error, folder)
        if isinstance(error, NotImplementedError):
            text += f"\n  all pieces at once: python -m compare.exercise check {request.numpy}"
        raised = not isinstance(error, NotImplementedError)
        channel.send(failed=text, code=DISAGREE, raised=raised)


def first_error(package: ModuleType, trials: "Trials | None" = None) -> BaseException | None:
    """Return the first error in a forward pass, a backward pass, a step, a training or a summary, if any.

    What is only wrong is left to the gates, and so is what is wrong before the error: they name the first
    array. ``trials`` are the gates of ``compare.gates.trials``, if they are built already.
    """
    from compare.gates.trials import Trials

    trials = trials or Trials()
    kinds = (getattr(trials, name) for name in ("steps", "trainings", "summaries"))
    with np.errstate(all="ignore"):
        for trace, checks in (found for gates in kinds for gate in gates for found in gate.check(package)):
            if trace.error or first_divergence(checks):
                return None if first_wrong(trace, checks) else trace.error
    return None
