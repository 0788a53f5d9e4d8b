"""What is said of a recognised convention: in the terms of whoever wrote it, with nothing to change."""

from collections.abc import Iterator
from math import log

import numpy as np

from compare.reference.formulas import PICKED, REDUCTIONS, Convention
from compare.reference.judging import Judgement


def dz_factor(convention: Convention, samples: int, classes: int) -> float:
    """Return how many times PyTorch's dL/dz the convention's dz is."""
    factor = 1.0 if "/ N" in convention.dz or "(N" in convention.dz else float(samples)
    factor /= classes if "C" in convention.dz else 1
    factor /= log(2) if "log(2)" in convention.dz else 1
    return -factor if convention.dz.lstrip("(").startswith("onehot") else factor


def gradient_factor(convention: Convention, samples: int, classes: int) -> float:
    """Return how many times PyTorch's gradients of the parameters the convention's are."""
    factor = dz_factor(convention, samples, classes)
    factor /= samples if "N" in convention.scale else 1
    factor /= classes if "C" in convention.scale else 1
    return -factor if convention.sign else factor


def factor_of(name: str, judgement: Judgement) -> float | None:
    """Return how many times PyTorch's an array of the convention is; None if it is no multiple."""
    c, task = judgement.network.convention, judgement.task
    samples = len(task.y)
    if name == "loss":
        plain = c.picked == PICKED[0] and not c.penalty
        return (
            {REDUCTIONS[0]: 1.0, REDUCTIONS[1]: float(samples), REDUCTIONS[2]: 1 / task.classes}.get(
                c.reduction
            )
            if plain
            else None
        )
    if name.endswith("_new"):
        usual = gradient_factor(c, samples, task.classes) == 1 and not c.decay and not c.decay_in_step
        return 1.0 if usual else None
    if name.startswith(("dW", "db")):
        return None if c.decay else gradient_factor(c, samples, task.classes)
    return dz_factor(c, samples, task.classes) if name.startswith("d") else 1.0


def notes(judgement: Judgement, called: dict[str, str]) -> Iterator[str]:
    """Yield a sentence for each convention that is not PyTorch's, and that an array shows."""
    c, task, network = judgement.network.convention, judgement.task, judgement.network
    given, last = task.given, network.layers
    dz = f"dz{last}"
    shown = [n for n in given if n.startswith("d")]
    inner = [n for n in shown if n.startswith(("dz", "da"))]
    outer = [n for n in shown if n.startswith(("dW", "db"))]
    samples = len(task.y)
    whole = dz_factor(c, samples, task.classes)
    after = gradient_factor(c, samples, task.classes)
    if inner and whole != 1:
        first = called.get(inner[0], inner[0])
        kind = f"it is {c.dz}" if inner[0] == dz else f"your dz is {c.dz}"
        said = f"{first} is {whole:g} x PyTorch's: {kind}."
        if outer and after == 1 and c.scale:
            of = called.get(outer[0], outer[0])
            agrees = judgement.verdicts[outer[0]].passed
            said += f" You divide by N in {of}" + (f", and {of} agrees." if agrees else ".")
        if outer and c.sign:
            said += " Your gradients of the weights have the sign back."
        yield said + (
            "" if judgement.failed or not outer or after not in (1.0, -1.0) else " Nothing to change."
        )
    if outer and after != 1:
        yield from gradient_notes(c, after, samples, any(n.endswith("_new") for n in given))
    elif inner and not outer and whole != 1 and not any(n.endswith("_new") for n in given):
        if abs(whole) == samples:
            yield "So 1/N must come later: in dW and db, or in lr; not at all where the loss is a sum."
        if whole < 0:
            yield "With this sign the update must add the gradients: W += lr * dW."
    if c.slope == ">=" and shown:
        yield "Your ReLU has slope 1 at exactly 0, PyTorch's has 0: both are right."
    if c.decay:
        which = "weights and biases" if c.decay_of_biases else "weights, not of biases"
        yield f"Weight decay: l2 * W with l2 = {task.constants['l2']:.6g} is in the gradients of the {which}."
    if c.decay_in_step:
        yield f"Weight decay: l2 = {task.constants['l2']:.6g} in the update."
    if "loss" in given and judgement.verdicts["loss"].passed:
        yield from loss_notes(c, task.constants, task.classes)
    if any(n.endswith("_new") for n in given) and "lr" in task.constants:
        per = " / N" if "/ N" in c.step else ""
        yield f"Learning rate: lr = {task.constants['lr']:.6g}{per} in the update."


def gradient_notes(c: Convention, factor: float, samples: int, updated: bool) -> Iterator[str]:
    """Yield what the scale of the gradients is."""
    if abs(factor) == samples:
        yield (
            "Your gradients are sums over the samples, N times PyTorch's: right for a loss that is a sum; "
            + ("the update divides by N." if "/ N" in c.step else "with a mean, lr must be N times smaller.")
        )
    elif abs(factor) != 1:
        yield f"Your gradients are {factor:.6g} x PyTorch's, all of them: those of a loss on another scale."
    if factor < 0:
        yield "Your gradients have the other sign: right" + (
            ", since your update adds them." if updated else " where the update adds them, W += lr * dW."
        )


def loss_notes(c: Convention, constants: dict[str, float], classes: int) -> Iterator[str]:
    """Yield which form the loss has."""
    if c.reduction == REDUCTIONS[1]:
        yield "The loss is summed over the samples; PyTorch's is the mean."
    if c.reduction == REDUCTIONS[2]:
        yield f"The loss is 1/{classes} of PyTorch's: averaged over the classes, too."
    if c.reduction == REDUCTIONS[3]:
        yield "The loss is kept for each sample; PyTorch's is their mean."
    if c.picked == PICKED[1]:
        yield f"The loss is log(p + {constants['eps']:g}): far above rounding, and harmless."
    if c.picked == PICKED[2]:
        yield f"The probabilities are clipped at {constants['eps']:g} in the loss."
    if c.picked == PICKED[3]:
        yield "The loss is in bits, log2; PyTorch's is the natural logarithm."
    if c.penalty:
        yield "The loss has the penalty of the weight decay in it."


def turned_names(judgement: Judgement) -> list[str]:
    """Return the square arrays that agree the other way round only."""
    found = []
    for name, verdict in judgement.verdicts.items():
        array, number = judgement.task.given[name], verdict.expected
        if verdict.passed and number is not None and judgement.task.turned(name, number):
            off, other = (np.abs(one - number.value).max() for one in (array, array.T))
            if other < off:
                found.append(name)
    return found


def turned(judgement: Judgement, called: dict[str, str]) -> list[str]:
    """Return a note on each square array that agrees the other way round only."""
    return [
        f"{called.get(name, name)} is square and agrees as its transpose: right if your weights lie so, "
        f"a missing .T if they don't (layout= decides)"
        for name in turned_names(judgement)
    ]
