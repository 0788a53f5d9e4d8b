"""Whether both libraries agree on a run of a sweep, under the proof's own derived budgets.

Over a long training no worst-case bound stays tight, and the yardstick that ``compare.run`` uses instead,
NumPy's self-noise, is a sample of three: where a pre-activation comes so close to 0 that its ReLU flips in
one library and in none of the three twins, the libraries part by more than 8 times that noise, and yet both
are right. In one run that is rare; a grid of 120 runs (2,000 epochs each) showed it 3 times. So a run is
compared in bursts: from the same weights, which NumPy's training has passed, both go on for three epochs,

- step by step: every array on the way, within its budget (``compare.budget``, Higham's analysis), and
- with each package's own ``train``: its losses, and the weights at its end, within the same budgets.

The budgets are worst cases, and where a ReLU may flip they allow its whole gradient: correct libraries never
leave them. Three epochs see what a single one can't: a gradient that is kept from the step before.
"""

from dataclasses import replace

import numpy as np
import torch

from compare import budget, numpy_side, torch_side, trajectory
from compare.checks import Check, Place, first_divergence
from compare.preparation import same_seed_gate
from compare.scenario import EVERYTHING, Scenario
from compare.trace import moment
from compare.trajectory import Course
from numpy_mlp.history import History

BURST = 3


def disagreement(scenario: Scenario, history: History, lr: float, seed: int) -> Check | None:
    """Return the first check that fails: of the draw from ``seed``, then of the burst at each snapshot.

    Args:
        scenario: The network with its initial weights, and the training data.
        history: NumPy's training; its snapshots are where the bursts start.
        lr: The learning rate.
        seed: From which both libraries draw the initial weights.
    """
    drawn = same_seed_gate(Place("the draw", "same seed", scenario.dtype.name), scenario.sizes, seed)
    found = first_divergence(drawn)
    for epoch, weights in zip(history.snapshot_epochs, history.snapshots, strict=True):
        if found is not None:
            break
        burst = replace(scenario, weights=weights, sgd={"lr": lr}, steps=(EVERYTHING,) * BURST)
        found = first_divergence(burst_checks(burst, Place(f"epoch {epoch}", "sweep", scenario.dtype.name)))
    return found


def burst_checks(burst: Scenario, place: Place) -> list[Check]:
    """Compare one burst step by step; if that agrees, compare what each package's ``train`` makes of it."""
    cpu, allowed = torch.device("cpu"), budget.run(burst)
    checks = place.traces(numpy_side.run(burst), torch_side.run(burst, cpu), allowed)
    if first_divergence(checks) is not None:
        return checks
    course = Course(len(burst.steps), burst.sgd["lr"], snapshot_every=len(burst.steps))
    ours, theirs = trajectory.train(burst, course), torch_side.train(burst, cpu, course)
    errors = [allowed["loss" + moment(step)].error for step in range(1, len(burst.steps) + 1)]
    checks = [place.arrays("losses of train", ours.losses, theirs.losses, 2 * np.array(errors))]
    for name, weight in ours.snapshots[-1].items():
        error = allowed[f"{name} after step {len(burst.steps)}"].error
        checks.append(place.arrays(f"{name} of train", weight, theirs.snapshots[-1][name], 2 * error))
    return checks


def in_words(check: Check) -> str:
    """Return a failed check in one line."""
    from compare.report import share_of

    values = f"{check.tensor}, from {check.scenario}: NumPy {check.numpy}, PyTorch {check.torch}"
    return values if check.max_abs is None else f"{values}, {share_of(check)} its budget"
