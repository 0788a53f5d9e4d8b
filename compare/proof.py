"""The proof: a NumPy package goes through nine gates, each in every dtype and on every requested device."""

import sys
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

import numpy as np
import torch
from tqdm import tqdm

import numpy_mlp
from compare.checks import Check, CheckContext
from compare.gate import Gate
from compare.gates.background import trained_beside
from compare.gates.material import Material
from compare.gates.predictions import HeldOutSet, each_sample
from compare.gates.stages import STAGES, Stage
from compare.gates.torch_team import WorkerError, torch_team
from compare.torch_side import matmul_precision
from compare.trace import Trace

# of the machine: the comparison ends without a verdict
ACCIDENTS = (WorkerError, MemoryError, torch.OutOfMemoryError, torch.AcceleratorError)


@dataclass
class Proof:
    """A package on its way through the gates, and what came out.

    ``checks`` come causes before symptoms; ``answers`` are both libraries' to the test samples, by dtype
    and device; ``gates`` are built once, by stage and dtype: another package's proof can use them too.
    """

    material: Material
    package: ModuleType = numpy_mlp
    checks: list[Check] = field(default_factory=list)
    answers: dict[tuple[str, str], list[Trace]] = field(default_factory=dict)
    gates: dict[tuple[tuple[str, ...], str], list[Gate]] = field(default_factory=dict)

    def of(self, package: ModuleType) -> "Proof":
        """Return the proof of another package, with the same reference half."""
        return Proof(self.material, package, gates=self.gates)

    @property
    def parameters(self) -> dict[str, Any]:
        """How many parameters each library's model has, as the structure gate has counted them."""
        counts = [check for check in self.checks if check.tensor == "sum over named_parameters"]
        return {"numpy": counts[0].numpy, "torch": counts[0].torch} if counts else {}

    @property
    def predictions(self) -> list[dict[str, Any]]:
        """An entry for each test sample, dtype and device; none where a package had no answers."""
        return [
            {"dtype": dtype, "device": device, **sample}
            for (dtype, device), pair in self.finished().items()
            for sample in each_sample(HeldOutSet(self.material.datasets[dtype], self.material.sizes), *pair)
        ]

    def finished(self) -> dict[tuple[str, str], tuple[Trace, Trace]]:
        """Return both answers, with the histories behind them, where both libraries came to the end."""
        return {
            where: (found[0], found[1])
            for where, found in self.answers.items()
            if len(found) == 2 and not any(trace.error for trace in found)
        }


def prove(proof: Proof, *, verbose: bool = False) -> Iterator[str]:
    """Run the gates, and yield each one's name when its checks stand in ``proof.checks``.

    ``verbose`` writes the traceback of an error in a gate to stderr.
    """
    settings = proof.material.settings
    # a faulty network may overflow: its NaN is a failed check, not a warning
    with (
        np.errstate(all="ignore"),
        matmul_precision(settings.precision),
        torch_team(settings.workers, settings.devices[0].type, settings.precision) as proof.material.team,
        trained_beside(proof.material.trainings_beside) as proof.material.beside,
    ):
        for stage in STAGES:
            for dtype in settings.dtypes:
                run(proof, stage, dtype, verbose=verbose)
            yield from stage.names


def run(proof: Proof, stage: Stage, dtype: str, *, verbose: bool = False) -> None:
    """Run the gates of one stage; an error in one is a failed check, and keeps no other from running."""
    name, first = f"{' '.join(stage.names)} {dtype}", stage.names[0]
    with (
        caught(proof, CheckContext(first, first, dtype), verbose=verbose),
        tqdm(gates_of(proof, stage, dtype), desc=name, unit="gate", disable=None, leave=False) as bar,
    ):
        for gate in bar:
            context = replace(gate.context, gate=gate.context.gate or first)
            with caught(proof, context, verbose=verbose):
                for trace, checks in gate.check(proof.package):
                    proof.checks += checks
                    if context.gate == "predictions" and trace.history:
                        proof.answers.setdefault((dtype, context.device), []).append(trace)


@contextmanager
def caught(proof: Proof, context: CheckContext, *, verbose: bool) -> Iterator[None]:
    """Turn an error into a failed check: correct networks raise none. An accident of the machine passes."""
    try:
        yield
    except ACCIDENTS:
        raise  # no verdict on either library
    except Exception as error:
        if verbose:
            traceback.print_exc(file=sys.stderr)
        proof.checks.append(context.fact("runs to its end", f"{type(error).__name__}: {error}", "no error"))


def gates_of(proof: Proof, stage: Stage, dtype: str) -> Iterator[Gate]:
    """Yield the gates of a stage, built when they are first needed."""
    built = []
    for gate in proof.gates.get((stage.names, dtype)) or stage.gates(proof.material, dtype):
        built.append(gate)
        yield gate
    proof.gates[stage.names, dtype] = built
