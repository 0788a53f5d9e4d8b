"""Which of the correct conventions a learner's arrays follow: the one under which most of them agree.

Conventions are few: the scale and sign of dz, where 1/N stands, the slope of ReLU at 0, the form of the loss,
weight decay, the form of the update. Each is tried in full, so that no mixture of two passes for a third.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

import numpy as np

from compare.reference.formulas import DELTAS, EPSILONS, PICKED, REDUCTIONS, Convention, Network
from compare.reference.judging import Judgement, Task

ANEW = 0.4
DIGITS = 3  # of a learning rate or a decay, as people choose them
USUAL_RATES = (0.1, 0.01, 1.0, 0.5, 0.05, 0.001, 0.2, 0.3)


Judge = Callable[[Convention], Judgement]


def recognised(task: Task, activation: str, layers: int) -> Judgement:
    """Return the judgement under the convention that fits best; the constants that it needs are filled in."""
    convention = Convention()

    def judged(convention: Convention) -> Judgement:
        return Judgement(task, Network(layers, activation, task.layout, convention))

    for better in (gradients, decays, losses, updates):
        convention = better(task, convention, judged)
    return judged(convention)


def passing(judgement: Judgement, *kinds: str) -> float:
    """Return how many arrays of some kinds agree; those that need another one computed anew count for less.

    A convention under which one array is wrong, and two contradict it, is no better than one under which
    those two are wrong.
    """
    found = [v for v in judgement.verdicts.values() if v.passed and v.name.startswith(kinds)]
    return sum(ANEW if v.anew else 1.0 for v in found)


def gradients(task: Task, convention: Convention, judged: Judge) -> Convention:
    """Return the scale and sign of the gradients, and the slope of ReLU at 0."""
    wanted = sum(name.startswith("d") for name in task.given)
    best, most = convention, -1.0
    for slope, (dz, scale, sign) in product((">", ">="), DELTAS):
        candidate = replace(convention, dz=dz, scale=scale, sign=sign, slope=slope)
        count = passing(judged(candidate), "d")
        if count > most:
            best, most = candidate, count
        if most == wanted:
            break
    return best


def decays(task: Task, convention: Convention, judged: Judge) -> Convention:
    """Return the convention with weight decay in the gradients, where that is what they lack."""
    failed = [v for v in judged(convention).failed if v.name.startswith("dW")]
    if not failed:
        return convention
    best, most = convention, passing(judged(convention), "d")
    for dz, scale, sign in DELTAS:
        plain = replace(convention, dz=dz, scale=scale, sign=sign)
        verdict = judged(plain).verdicts[failed[0].name]
        weight = task.inputs[verdict.name[1:]]
        given = task.given[verdict.name]
        if (
            verdict.expected is None
            or verdict.expected.value.shape != given.shape
            or given.shape != weight.shape
        ):
            continue
        amount = float(np.vdot(given - verdict.expected.value, weight) / np.vdot(weight, weight))
        amount = -amount if plain.negative else amount
        if amount <= 1e-9 * np.abs(given).max():
            continue  # no decay, or one with the wrong sign
        for l2, biases in product(rounded(amount, len(task.y)), (False, True)):
            task.constants["l2"] = l2
            operator = " - " if plain.negative else " + "
            candidate = replace(plain, decay=operator + "l2 * {W}", decay_of_biases=biases)
            count = passing(judged(candidate), "d")
            if count > most:
                best, most, found = candidate, count, l2
    if best.decay:
        task.constants["l2"] = found
    else:
        task.constants.pop("l2", None)
    return best


def losses(task: Task, convention: Convention, judged: Judge) -> Convention:
    """Return the form of the loss."""
    if "loss" not in task.given:
        return convention
    reductions = (
        REDUCTIONS
        if convention.scale or "N" in convention.dz
        else [REDUCTIONS[1], REDUCTIONS[0], *REDUCTIONS[2:]]
    )
    penalties = [""]
    if convention.decay:
        names = [
            n for n in task.inputs if n.startswith("W") or (convention.decay_of_biases and n.startswith("b"))
        ]
        squares = " + ".join(f"({n} ** 2).sum()" for n in names)
        penalties = [
            "",
            f" + l2 / 2 * ({squares})",
            f" + l2 * N / 2 * ({squares})",
            f" + l2 / N / 2 * ({squares})",
        ]
    for penalty, picked, reduction in product(penalties, PICKED, reductions):
        for eps in EPSILONS if "eps" in picked else [0.0]:
            task.constants["eps"] = eps
            candidate = replace(convention, picked=picked, reduction=reduction, penalty=penalty)
            if judged(candidate).verdicts["loss"].passed:
                return candidate
    task.constants.pop("eps", None)
    return replace(convention, penalty=penalties[min(1, len(penalties) - 1)], reduction=reductions[0])


def updates(task: Task, convention: Convention, judged: Judge) -> Convention:
    """Return the form of the update; where lr is not known, with the lr that the arrays follow."""
    after = [name for name in task.given if name.endswith("_new")]
    if not after:
        return convention
    sign = "+" if convention.negative else "-"
    forms = [f"{{W}} {sign} lr * {{g}}"]
    if not convention.scale and "N" not in convention.dz:
        forms.append(f"{{W}} {sign} lr / N * {{g}}")
    best, most, known = replace(convention, step=forms[0]), -1.0, "lr" in task.constants
    chosen: dict[str, float] = {}
    for form in forms:
        candidate = replace(convention, step=form)
        for constants in [{}] if known else guesses(task, judged(candidate), after):
            task.constants |= constants
            count = passing(judged(candidate), *after)
            if count > most:
                best, most, chosen = candidate, count, constants
            if most == len(after):
                return best
    task.constants |= chosen
    if most < len(after) and (decayed := with_decay(task, best, judged, after, most, known)):
        return decayed
    return best


def with_decay(
    task: Task, convention: Convention, judged: Judge, after: list[str], most: float, known: bool
) -> Convention | None:
    """Return the convention whose update also shrinks the weights, where that fits better."""
    if "l2" in task.constants:
        return None
    rates = [task.constants["lr"]]
    judgement = judged(convention)
    for name in after:
        weight, gradient = task.inputs[name[:-4]], judgement.numbers.get(f"d{name[:-4]}")
        if gradient is None or not weight.any() or task.given[name].shape != weight.shape:
            continue
        columns = np.stack([gradient.value.ravel(), weight.ravel()], axis=1)
        rate, amount = np.linalg.lstsq(columns, (weight - task.given[name]).ravel(), rcond=None)[0]
        if amount <= 1e-9 * abs(rate):
            continue  # the rounding of a fit, and no decay
        for lr in rates if known else dict.fromkeys([*rates, *rounded(abs(float(rate)), len(task.y))]):
            for l2 in rounded(float(amount) / lr, len(task.y)):
                for weights_only in (True, False):
                    before = dict(task.constants)
                    task.constants |= {"lr": lr, "l2": l2}
                    candidate = replace(convention, decay_in_step=True, decay_of_biases=not weights_only)
                    if passing(judged(candidate), *after) > most:
                        return candidate
                    task.constants.clear()
                    task.constants.update(before)
    return None


def guesses(task: Task, judgement: Judgement, after: list[str]) -> Iterator[dict[str, float]]:
    """Yield learning rates that the updates may have been made with, the most likely first."""
    seen: dict[float, None] = {}
    for name in after:
        weight, gradient = task.inputs[name[:-4]], judgement.numbers.get(f"d{name[:-4]}")
        if gradient is None or task.given[name].shape != gradient.value.shape or not gradient.value.any():
            continue
        moved = weight - task.given[name]
        rate = abs(float(np.vdot(moved, gradient.value) / np.vdot(gradient.value, gradient.value)))
        if rate:
            seen |= dict.fromkeys(rounded(rate, len(task.y)))
    yield from ({"lr": rate} for rate in [*seen, *USUAL_RATES])


def rounded(amount: float, samples: int) -> list[float]:
    """Return the numbers near an amount that people choose: of few digits, or such a one over N; or itself.

    >>> rounded(0.0100000002, 120), rounded(0.1 / 120 + 1e-12, 120)
    ([0.01], [0.0008333333333333334])
    """
    if not amount or not np.isfinite(amount):
        return []
    for factor in (1, 1 / samples, samples, 2 / samples, 1 / (2 * samples)):
        nice = float(f"{amount / factor:.{DIGITS}g}") * factor
        if abs(nice - amount) <= 1e-5 * abs(amount):
            return [nice]
    return [amount]
