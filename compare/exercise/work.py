"""The child's part of a check: try each piece, and send what came out."""

from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import torch

from compare import report
from compare.bugs.bug import Bug
from compare.bugs.catalogue import BUGS
from compare.bugs.diagnosis import Diagnosis, diagnose
from compare.bugs.observe import Observation, observe
from compare.bugs.replay import allowances, healthy, matches, observed, outside
from compare.child import Channel
from compare.exercise.pieces import PIECES, Piece
from compare.exercise.transplant import MissingPieceError, transplanted
from compare.exercise.trial import Outcome, Trial
from compare.learner import paragraph

ARITHMETIC = (ValueError, TypeError)  # what shapes and dtypes that don't fit raise; a known bug may do so
DIAGNOSIS_LIMIT = 120.0  # every known bug is replayed, once


def work(job: dict[str, Any], channel: Channel) -> None:
    """Try the pieces that the job names, in the package in its folder, each within its time limit."""
    torch.set_num_threads(1)
    folder, limit = Path(job["folder"]), job["limit"]
    trial = Trial()
    trial.prepare()
    for piece in PIECES:
        if piece.name in job["pieces"]:
            # a wrong piece may overflow: its NaN is a difference, not a warning
            with np.errstate(all="ignore"):
                attempt(trial, folder, piece, limit, channel)


def attempt(trial: Trial, folder: Path, piece: Piece, limit: float, channel: Channel) -> None:
    """Try a piece among correct ones; if that fails, together with the other methods of its class.

    Each verdict is sent at once, so that it stands even if what follows takes the process down.
    """
    channel.watch(limit, piece=piece.name)
    package, outcome = alone(trial, folder, piece, whole_class=False)
    verdict, text = judged(outcome, folder)
    channel.send(verdict=verdict, text=text)
    if verdict != "wrong" or package is None:
        return
    whole = None
    if len(piece.path) == 2:
        channel.watch(limit)
        whole, together = alone(trial, folder, piece, whole_class=True)
        if together.good:
            channel.send(verdict="done", text="")
            return
    if not (outcome.divergence or isinstance(outcome.error, ARITHMETIC)):
        return
    channel.watch(DIAGNOSIS_LIMIT)
    found = diagnosis(package, piece)
    if whole and not found.bugs:
        # a mistake that was made in forward and again in backward
        found = max(found, diagnosis(whole, piece), key=lambda one: bool(one.bugs))
    # an error says more than "unknown"
    if outcome.divergence or found.bugs:
        told = found.text().replace("numpy_mlp/", f"{folder.name}/")
        channel.send(verdict="wrong", text=f"{text}\n{told}")


def alone(
    trial: Trial, folder: Path, piece: Piece, *, whole_class: bool
) -> tuple[ModuleType | None, Outcome]:
    """Try a piece; whatever its file raises when it is run is an outcome too."""
    try:
        package = transplanted(folder, piece, whole_class=whole_class)
    except BaseException as error:
        return None, Outcome(error=error)
    return package, trial.of(piece, package)


def unwritten(error: BaseException | None) -> bool:
    """Tell whether an error is the one that the exercise left in the place of a piece."""
    return isinstance(error, NotImplementedError) and str(error).startswith("write ")


def judged(outcome: Outcome, folder: Path) -> tuple[str, str]:
    """Return the verdict on a piece in a word, and the reason."""
    error = outcome.error
    if unwritten(error):
        return "unwritten", ""
    if isinstance(error, MissingPieceError):
        return "wrong", str(error)
    # an array that is there and wrong comes before the error to which it led
    if outcome.divergence:
        return "wrong", report.divergence(outcome.divergence)
    return ("wrong", paragraph(error, folder)) if error else ("done", "")


def diagnosis(package: ModuleType, piece: Piece) -> Diagnosis:
    """Return which known bug the package has.

    A training step may leave out what a known bug takes from another function: ``zero_grad`` not called, or
    ``zero_grad`` that does nothing. Then only the trainings are alike, and they are enough.
    """
    found = diagnose(package)
    if found.bugs or piece.target != "training.train":
        return found
    seen = observe(package)
    alike = tuple(bug for bug in BUGS if not bug.equivalent and trains_like(seen, observed(bug), bug))
    return (
        Diagnosis(alike, ("the trainings, and they alone, are the same in every array",)) if alike else found
    )


def trains_like(seen: Observation, known: Observation, bug: Bug) -> bool:
    """Tell whether a package trains as a bug does, and not as numpy_mlp does."""
    names = [name for name in known if name.gate == "trajectory"]
    if any(name not in seen for name in names):
        return False
    if not any(
        name not in healthy() or outside(known[name], healthy()[name], allowances()[name]) for name in names
    ):
        return False
    both = Observation()
    both.update({name: seen[name] if name.gate == "trajectory" else array for name, array in known.items()})
    return matches(both, bug)
