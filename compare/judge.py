"""``python -m compare.run --numpy PATH_OR_MODULE``: any package with numpy_mlp's names, through all gates.

The package runs in a child process. What it prints goes to stderr; the report is written by the parent.
"""

import argparse
import io
import sys
from pathlib import Path
from typing import Any, TextIO, cast

from compare.child import Channel, Child, StoppedError
from compare.learner import find, load, missing, paragraph

DISAGREE, WRONG_USAGE = 1, 2
SECONDS, FIRST_SECONDS = 600.0, 30.0


def supervise(args: argparse.Namespace) -> int:
    """Run the comparison in a child, pass on what it reports, and return its exit code.

    Raises:
        ValueError: there is no such package.
    """
    folder = find(args.numpy)
    terminals = {"out": sys.stdout.isatty(), "err": sys.stderr.isatty()}
    job = {"folder": str(folder), "args": vars(args), "terminals": terminals}
    code, failed = DISAGREE, ""
    with Child("compare.judge:work", job, folder, show=True) as child:
        try:
            for message in child.messages(args.timeout):
                if "out" in message and not (args.quiet and args.json != "-"):
                    print(message["out"], end="", flush=True)
                if "err" in message and not args.quiet:
                    print(message["err"], end="", file=sys.stderr, flush=True)
                failed = message.get("failed", failed)
                code = message.get("code", code)
        except StoppedError as stop:
            failed = str(stop)
    if failed:
        print(f"{folder.name}: {failed}", file=sys.stderr)
    return code


class Stream(io.TextIOBase):
    """A stream to the parent; every text, an empty one too, starts the clock anew."""

    def __init__(self, channel: Channel, kind: str, limit: float, *, terminal: bool) -> None:
        """Send texts as messages called ``kind``."""
        self.channel, self.kind, self.limit, self.terminal = channel, kind, limit, terminal

    def write(self, text: str) -> int:
        """Send a text."""
        self.channel.watch(self.limit, **{self.kind: text})
        return len(text)

    def isatty(self) -> bool:
        """Tell whether the parent writes to a terminal."""
        return self.terminal


def work(job: dict[str, Any], channel: Channel) -> None:
    """Import the package, try it in small, and put it through the gates that the arguments ask for."""
    from compare.run import compare
    from numpy_mlp.cli import run

    folder, args = Path(job["folder"]), argparse.Namespace(**job["args"])
    args.quiet = False  # the parent drops what isn't wanted; the clock needs it
    channel.watch(min(args.timeout, FIRST_SECONDS), stage="import")
    try:
        package = load(folder)
        if lacking := missing(package):
            channel.send(failed=f"the package lacks {', '.join(lacking)}", code=WRONG_USAGE)
            return
        if error := small_trial(package):
            raise error
        out, err = (
            cast(TextIO, Stream(channel, kind, args.timeout, terminal=job["terminals"][kind]))
            for kind in ("out", "err")
        )
        channel.send(code=run(lambda: compare(args, package, out, err)))
    except BaseException as error:
        text = paragraph(error, folder)
        if isinstance(error, NotImplementedError):
            text += f"\n  all pieces at once: python -m compare.exercise check {args.numpy}"
        channel.send(failed=text, code=DISAGREE)


def small_trial(package: Any) -> BaseException | None:
    """Return the first error in a forward pass, a backward pass, a step, a training or a summary, if any.

    What is only wrong is left to the gates: they name the first array.
    """
    import numpy as np

    from compare.exercise.trial import Trial

    trial = Trial()
    with np.errstate(all="ignore"):
        for test in (trial.trace, trial.train, trial.count):
            outcome = trial.outcome(test, package)
            if outcome.divergence:
                return None
            if outcome.error:
                return outcome.error
    return None
