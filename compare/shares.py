"""Data parallelism (gate 4): the average of the shares' gradients is the gradient of the whole batch.

A batch is dealt to workers in three ways: in even shares, in uneven ones, and with a share that is empty.
NumPy's average, weighted by hand, is compared with PyTorch's gradient of the whole batch. With
``--workers N`` the average on which N processes of PyTorch agree is compared with NumPy's gradient, too.
"""

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import torch

import numpy_mlp
from compare import budget, numpy_side, torch_side
from compare.budget import Approx
from compare.checks import Check, Place
from compare.scenario import Scenario
from compare.trace import Trace
from compare.workers import Team
from numpy_mlp.parallel import shares

BY_HAND = 3  # how many shares, where nobody asks for workers


def batches(scenario: Scenario, workers: int) -> Iterator[tuple[Scenario, dict[str, Approx]]]:
    """Yield each batch with its budget.

    One side computes the whole batch's gradient, the other an average, and each has an E of its own: half of
    both is the E by whose double the two may differ.
    """
    samples = len(scenario.x)
    even = samples - samples % workers
    sizes = {"even shares": even, "uneven shares": workers + 1, "empty share": workers - 1}
    for name, size in sizes.items():
        batch = replace(scenario, name=name, x=scenario.x[:size], y=scenario.y[:size])
        allowed, whole = {}, budget.run(batch)
        for tensor, average in budget.average(batch, shares(size, workers)).items():
            error = (whole[tensor].error + average.error) / 2
            allowed[f"average of {tensor}"] = Approx(whole[tensor].value, error)
        yield batch, allowed


def by_hand(
    scenario: Scenario, workers: int, device: torch.device, place: Place, package: ModuleType = numpy_mlp
) -> list[Check]:
    """Compare a package's weighted average with PyTorch's gradients of the whole batch.

    A package that has no ``average_gradients`` and ``shares`` is not asked for them.
    """
    if not (hasattr(package, "average_gradients") and hasattr(package, "shares")):
        return []
    checks = []
    for batch, allowed in batches(scenario, workers):
        theirs = gradients(torch_side.run(batch, device), batch)
        here = replace(place, scenario=batch.name)
        checks += here.traces(averaged(batch, workers, package), theirs, allowed)
    return checks


def by_team(scenario: Scenario, team: Team, place: Place, package: ModuleType = numpy_mlp) -> list[Check]:
    """Compare the average that PyTorch's workers agree on with a package's gradients of the whole batch."""
    checks = []
    for batch, allowed in batches(scenario, team.count):
        ours = gradients(numpy_side.run(batch, package), batch)
        here = replace(place, scenario=f"{team.count} workers, {batch.name.partition(' ')[0]}")
        checks += here.traces(ours, gradients(team.gradients(batch), batch), allowed)
    return checks


def gradients(trace: Trace, batch: Scenario) -> Trace:
    """Return the parameters' gradients out of a trace, under the name of what they are compared with."""
    found = Trace({f"average of {name}": a for name, a in trace.items() if name[4:] in batch.weights})
    found.failure = trace.failure
    return found


def averaged(batch: Scenario, workers: int, package: ModuleType) -> Trace:
    """Return the average of the shares' gradients, both as a package computes them."""
    trace = Trace()
    try:
        found, sizes = [], []
        for share in package.shares(len(batch.x), workers):
            part = replace(batch, x=batch.x[share], y=batch.y[share])
            found.append(gradients(numpy_side.run(part, package), batch) if len(part.x) else Trace())
            sizes.append(len(part.x))
            trace.failure = trace.failure or found[-1].failure
        trace.update(package.average_gradients(found, sizes))
    except Exception as error:
        trace.failure = trace.failure or f"{type(error).__name__}: {error}"
    return trace
