"""The child's part of a check: try each piece, and send what came out."""

from pathlib import Path
from typing import Any

import numpy as np
import torch

from compare.bugs.diagnosis import Diagnosis, diagnose
from compare.bugs.hint import hint
from compare.bugs.lab import Lab
from compare.exercise.check import WHOLE
from compare.exercise.pieces import PIECES, Piece
from compare.exercise.transplant import MissingPieceError
from compare.exercise.trial import Outcome, Trial
from compare.exercise.whole import DIAGNOSIS_LIMIT, Whole
from compare.learner.child import Channel

ARITHMETIC = (ValueError, TypeError)  # what shapes and dtypes that don't fit raise; a known bug may do so


def work(job: dict[str, Any], channel: Channel) -> None:
    """Try the pieces that the job names, in the package in its folder, each within its time limit."""
    torch.set_num_threads(1)
    trial, lab = Trial(Path(job["folder"])), Lab()
    trial.prepare()  # the reference half is computed before the clock of a piece runs
    for piece in PIECES:
        if piece.name in job["pieces"]:
            # a wrong piece may overflow: its NaN is a difference, not a warning
            with np.errstate(all="ignore"):
                attempt(trial, lab, piece, job["limit"], job["hint"], channel)
    if WHOLE in job["pieces"]:
        channel.watch(job["limit"], piece=WHOLE)
        channel.send(**Whole(trial.place, trial.trials, lab, channel, job["limit"]).verdict(job["hint"]))


def attempt(trial: Trial, lab: Lab, piece: Piece, limit: float, level: str, channel: Channel) -> None:
    """Try a piece, and explain it if it is wrong.

    Each verdict is sent at once, so that it stands even if what follows takes the process down.
    """
    channel.watch(limit, piece=piece.name)
    alone = trial.alone(piece)
    absent = isinstance(alone.error, MissingPieceError)
    channel.send(verdict=alone.verdict, text=alone.text, absent=absent)
    if alone.verdict != "wrong" or alone.package is None:
        return
    judged = alone
    if len(piece.path) == 2:
        channel.watch(limit)
        judged = trial.among_siblings(piece, alone)
        channel.send(verdict=judged.verdict, text=judged.text)
    if judged.verdict != "wrong" or not (judged.wrong or isinstance(judged.error, ARITHMETIC)):
        return
    channel.watch(DIAGNOSIS_LIMIT)
    found = explanation(judged, lab, piece)
    # an error says more than "unknown"
    if judged.wrong or found.bugs:
        text = hint(found, level, trial.stand_in)
        channel.send(verdict="wrong", text=f"{judged.text}\n{text}")


def explanation(judged: Outcome, lab: Lab, piece: Piece) -> Diagnosis:
    """Return the diagnosis of a wrong piece, or of its class where both methods have the mistake."""
    assert judged.package
    found = diagnose(judged.package, lab, training=piece.target == "training.train")
    if not found.bugs and judged.whole:
        together = diagnose(judged.whole, lab)
        found = together if together.bugs else found
    return found
