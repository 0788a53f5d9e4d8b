"""Whether both libraries agree on a run of a sweep: the proof's own gates, for this network.

The draw of the initial weights must be the same, bit for bit; and every epoch of both trainings must be the
exact one, from the weights before it, within its derived budget (gate 7 of the proof).
"""

from compare.checks import CheckContext, first_divergence
from compare.gates.structure import same_seed_gate
from compare.gates.trajectory import Training
from compare.report.verdict import budget_part
from numpy_mlp.shared.history import History


def disagreement(training: Training, histories: list[History], seed: int) -> str:
    """Return in words which check fails first: of the draw, of NumPy's training, of PyTorch's; or nothing."""
    dtype = training.scenario.dtype.name
    context = CheckContext("sweep", "trajectory", dtype)
    gates = [
        same_seed_gate(dtype, training.scenario.sizes, seed),
        *map(training.finished, histories, [context] * 2, ("NumPy", "PyTorch")),
    ]
    check = first_divergence(check for gate in gates for check in gate.checks())
    if check is None:
        return ""
    left, right = check.sides
    values = f"{left} {check.numpy}, {right or 'expected'} {check.torch}"
    if check.epoch is not None:
        part = budget_part(check.budget_used or 0)
        return f"{check.tensor}, epoch {check.epoch:,}: {values}, {part} of the budget"
    return f"{check.tensor}{', from the draw' if check.gate == 'same seed' else ''}: {values}"
