"""Gate 4, too: the average of the gradients of a batch's shards is the gradient of the whole batch.

A batch is dealt in even shards, in uneven ones, and with a shard that is empty. NumPy's average, weighted by
hand, is compared with PyTorch's gradient of the whole batch; with ``--workers N`` the average on which N
processes of PyTorch agree with NumPy's gradient, too.
"""

from collections.abc import Iterator
from dataclasses import replace
from types import ModuleType

import numpy as np
import torch

from compare import budget, numpy_side, torch_side
from compare.checks import Allowed, Budget, CheckContext
from compare.gate import Gate, gate
from compare.gates.torch_team import TorchTeam
from compare.scenario import Scenario
from compare.trace import Trace
from numpy_mlp.parallel import average_gradients, shards

BY_HAND = 3  # how many shards, without --workers


def batches(scenario: Scenario, workers: int) -> Iterator[tuple[Scenario, Budget]]:
    """Yield each batch with its budget: the E of the whole batch's gradient and that of an average, added."""
    samples = len(scenario.x)
    even = samples - samples % workers
    sizes = {"even shards": even, "uneven shards": workers + 1, "empty shard": workers - 1}
    for name, size in sizes.items():
        batch = replace(scenario, name=name, x=scenario.x[:size], y=scenario.y[:size])
        whole, average = budget.run(batch), budget.average(batch, shards(size, workers))
        allowed = {
            f"average of {tensor}": Allowed(whole[tensor].error + mean.error, whole[tensor].value)
            for tensor, mean in average.items()
        }
        yield batch, allowed


def average_gates(scenario: Scenario, workers: int, device: torch.device) -> Iterator[Gate]:
    """Yield the gates of a package's weighted average, held against PyTorch's whole batch."""
    for batch, allowed in batches(scenario, workers):
        context = CheckContext(batch.name, "backward", batch.dtype.name, str(device))
        whole = parameter_gradients(torch_side.run(batch, device), batch)

        def record(trace: Trace, package: ModuleType, batch: Scenario = batch) -> None:
            average = getattr(package, "average_gradients", average_gradients)  # ours, where it has none
            found, sizes = [], []
            for shard in shards(len(batch.x), workers):
                part = replace(batch, x=batch.x[shard], y=batch.y[shard])
                one = Trace()
                if len(part.x):
                    numpy_side.fill(one, part, package)
                found.append(parameter_gradients(one, batch))
                sizes.append(len(part.x))
            trace.update({name: np.array(data) for name, data in average(found, sizes).items()})

        yield gate(context, record, whole, allowed)


def team_gates(scenario: Scenario, team: TorchTeam) -> Iterator[Gate]:
    """Yield the gates of the average on which PyTorch's workers agree, beside a package's whole batch."""
    for batch, allowed in batches(scenario, team.count):
        kind = batch.name.partition(" ")[0]
        context = CheckContext(f"{team.count} workers, {kind}", "backward", batch.dtype.name)

        def record(trace: Trace, package: ModuleType, batch: Scenario = batch) -> None:
            whole = numpy_side.run(batch, package)
            trace.update(parameter_gradients(whole, batch))
            if whole.error:
                raise whole.error

        yield gate(context, record, parameter_gradients(team.gradients(batch), batch), allowed)


def parameter_gradients(trace: Trace, batch: Scenario) -> Trace:
    """Return the parameters' gradients out of a trace, under the name of what they are compared with."""
    found = {name: array for name, array in trace.items() if name.removeprefix("dL/d") in batch.weights}
    return Trace({f"average of {name}": array for name, array in found.items()})
