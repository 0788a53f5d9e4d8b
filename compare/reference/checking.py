"""From what was handed over to a report: names, layout, convention, verdicts, explanations."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.reference import intake, mistakes
from compare.reference.explanation import Explanation, explained
from compare.reference.judging import Judgement
from compare.reference.placing import layout_of, task_of
from compare.reference.recognition import recognised
from compare.reference.report import Report
from compare.reference.resolving import Resolved, resolve, unfolded
from compare.reference.torch_numbers import torch_numbers
from compare.rounding import Rounding

if TYPE_CHECKING:
    from compare.reference.reference import Reference


@dataclass
class Handed:
    """What a learner hands over."""

    arrays: dict[str, Any]
    names: dict[str, str]
    constants: dict[str, float]


def check(ref: "Reference", handed: Handed) -> Report:
    """Judge what was handed over; see ``Reference.check``."""
    arrays = intake.flattened(handed.arrays, ref.layers)
    if not arrays:
        raise ValueError(
            "expected arrays to judge, such as z1=z1 or dW1=dW1; got none (ref.names() lists them)"
        )
    resolved = resolve(ref, arrays, handed.names)
    notes = resolved.notes
    resolved.arrays = dict(unfolded(ref, resolved, notes))
    rules, dtype = rules_of(resolved, notes)
    refuse_nan(ref, resolved)
    layout = layout_of(ref, resolved.arrays)
    inputs = {
        n: resolved.arrays.pop(n)
        for n in list(resolved.arrays)
        if n in ("x", "y") or (n[0] in "Wb" and "_" not in n)
    }
    if not resolved.arrays:
        raise ValueError(
            "expected arrays that were computed, such as z1 or dW1; got only what the step starts from"
        )
    best: Judgement | None = None
    told: list[str] = []
    for own, after, note in readings(inputs, resolved.arrays):
        task = task_of(
            ref, own, resolved.arrays | after, layout, rules, dict(handed.constants), resolved.called
        )
        judgement = recognised(task, ref.activation, ref.layers)
        if best is None or len(judgement.failed) < len(best.failed):
            best, told = judgement, note
        if not judgement.failed:
            break
    assert best is not None
    notes += told
    explanations = explained(best)
    refuse_other_programs(explanations)
    return Report(
        ref,
        best,
        resolved.called,
        notes,
        dtype,
        torch_numbers(ref, best.task, best.network, dtype),
        explanations,
    )


def refuse_other_programs(explanations: list[Explanation]) -> None:
    """Raise ``ValueError`` where outputs, loss and gradients together are those of another program."""
    advice = {e.name: line.advice for e in explanations for line in e.lines[:1]}
    other_loss = advice.get("loss") == mistakes.OTHER_LOSS
    sigmoid = advice.get("probs") == mistakes.SIGMOID_OUTPUT
    if (other_loss and len(explanations) > 1) or (sigmoid and "loss" in advice):
        outputs = "sigmoid outputs" if sigmoid else "a loss that is not the cross-entropy"
        raise ValueError(
            f"this is a program with {outputs}, and may well be right, but can't be judged here: "
            "compare.Reference judges softmax with cross-entropy alone"
        )


def readings(
    inputs: dict[str, np.ndarray], arrays: dict[str, np.ndarray]
) -> Iterator[tuple[dict[str, np.ndarray], dict[str, np.ndarray], list[str]]]:
    """Yield what weights that were handed over may be: where the step starts, or where it has ended."""
    yield inputs, {}, []
    parameters = {n: a for n, a in inputs.items() if n[0] in "Wb"}
    after = {f"{n}_new": a for n, a in parameters.items() if f"{n}_new" not in arrays}
    if after:
        rest = {n: a for n, a in inputs.items() if n not in parameters}
        names_ = ", ".join(parameters)
        yield rest, after, [
            f"{names_}: read as the weights after the update, since the step fits ref.weights as its start "
            f"(an update in place, such as W1 -= ..., changes W1 itself)"
        ]  # fmt: skip


def rules_of(resolved: Resolved, notes: list[str]) -> tuple[Rounding, np.dtype[Any]]:
    """Return the rules of the arrays' own dtype; of several the coarsest, and a note."""
    kinds: dict[str, list[str]] = {}
    for name, array in resolved.arrays.items():
        if array.dtype.kind == "f" and (array.ndim or array.dtype != np.float64):
            kinds.setdefault(array.dtype.name, []).append(resolved.called[name])
        if array.dtype == np.float16:
            raise TypeError(
                f"{resolved.called[name]}: expected float32 or float64, got float16: too coarse to judge"
            )
        if array.dtype.kind in "iub" and name not in ("y", "loss") and name != "x":
            notes.append(f"{resolved.called[name]} holds only whole numbers ({array.dtype})")
    if len(kinds) > 1:
        told = "; ".join(f"{', '.join(v)} in {k}" for k, v in kinds.items())
        notes.append(f"mixed dtypes: {told}; judged as float32")
    dtype = np.dtype("float32" if "float32" in kinds else "float64")
    return Rounding.of(dtype), dtype


def refuse_nan(ref: "Reference", resolved: Resolved) -> None:
    """Raise ``ValueError`` for the first array with NaN or infinity, in the order of computation."""
    for name, array in resolved.arrays.items():
        if array.dtype.kind == "f" and not np.isfinite(array).all():
            at = [int(i) for i in np.argwhere(~np.isfinite(array))[0]]
            why = (
                "; exp overflows at large logits: subtract each row's largest logit first"
                if name in ("probs", "e")
                else ""
            )
            raise ValueError(
                f"{resolved.called[name]} holds NaN or infinity, first at {at}: expected finite numbers; "
                f"look at the line that computes it{why}"
            )
