"""The child's part of a check: try each piece, and send what came out."""

from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import torch

from compare.bugs.diagnosis import diagnose
from compare.bugs.lab import Lab
from compare.checks import Check, first_divergence
from compare.exercise.pieces import PIECES, Piece
from compare.exercise.transplant import MissingPieceError, transplanted
from compare.gates.trials import Trials
from compare.learner.child import Channel
from compare.learner.package import paragraph
from compare.report.text import divergence

ARITHMETIC = (ValueError, TypeError)  # what shapes and dtypes that don't fit raise; a known bug may do so
DIAGNOSIS_LIMIT = 120.0  # every known bug is observed, once
GATES = {"training.train": "trainings", "summary.count": "summaries"}  # of the trials; for the others, steps


class Outcome(NamedTuple):
    """The package with a piece in it, the first array that is there and wrong, the error that ended it."""

    package: ModuleType | None
    wrong: Check | None = None
    error: BaseException | None = None


def work(job: dict[str, Any], channel: Channel) -> None:
    """Try the pieces that the job names, in the package in its folder, each within its time limit."""
    torch.set_num_threads(1)
    trials, lab = Trials(), Lab()
    _ = trials.steps, trials.trainings  # the reference half is computed before the clock of a piece runs
    for piece in PIECES:
        if piece.name in job["pieces"]:
            # a wrong piece may overflow: its NaN is a difference, not a warning
            with np.errstate(all="ignore"):
                attempt(trials, lab, Path(job["folder"]), piece, job["limit"], channel)


def attempt(trials: Trials, lab: Lab, folder: Path, piece: Piece, limit: float, channel: Channel) -> None:
    """Try a piece among correct ones; if that fails, together with the other methods of its class.

    Each verdict is sent at once, so that it stands even if what follows takes the process down.
    """
    channel.watch(limit, piece=piece.name)
    alone, whole = outcome(trials, folder, piece), None
    verdict, text = verdict_on(alone, folder)
    channel.send(verdict=verdict, text=text)
    if verdict != "wrong" or alone.package is None:
        return
    if len(piece.path) == 2:
        channel.watch(limit)
        whole = outcome(trials, folder, piece, whole_class=True)
        if not (whole.wrong or whole.error):
            channel.send(verdict="done", text="")
            return
    if not (alone.wrong or isinstance(alone.error, ARITHMETIC)):
        return
    channel.watch(DIAGNOSIS_LIMIT)
    found = diagnose(alone.package, lab, training=piece.target == "training.train")
    if not found.bugs and whole and whole.package:
        # a mistake that was made in forward and again in backward
        together = diagnose(whole.package, lab)
        found = together if together.bugs else found
    # an error says more than "unknown"
    if alone.wrong or found.bugs:
        explained = found.text().replace("numpy_mlp/", f"{folder.name}/")
        channel.send(verdict="wrong", text=f"{text}\n{explained}")


def outcome(trials: Trials, folder: Path, piece: Piece, *, whole_class: bool = False) -> Outcome:
    """Put a piece in a correct network, and that through its gates, until something is wrong or raises."""
    package = None
    try:
        package = transplanted(folder, piece, whole_class=whole_class)
        for gate in getattr(trials, GATES.get(piece.target, "steps")):
            for trace, checks in gate.check(package):
                failed = first_divergence(checks)
                if failed and trace.error and str(failed.numpy).startswith("missing"):
                    failed = None  # because of the error
                if failed or trace.error:
                    return Outcome(package, failed, trace.error)
    except BaseException as error:
        return Outcome(package, error=error)
    return Outcome(package)


def verdict_on(found: Outcome, folder: Path) -> tuple[str, str]:
    """Return the verdict on a piece in a word, and the reason."""
    error = found.error
    if isinstance(error, NotImplementedError) and str(error).startswith("write "):
        return "not written yet", ""  # the error that the exercise left in its place
    if isinstance(error, MissingPieceError):
        return "wrong", str(error)
    # an array that is there and wrong comes before the error to which it led
    if found.wrong:
        return "wrong", divergence(found.wrong)
    return ("wrong", paragraph(error, folder)) if error else ("done", "")
