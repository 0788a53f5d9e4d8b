"""The steps of a training, many at once: from the weights of each entry to those of the next, with E.

The formulas of the network are computed on stacked matrices, with the steps as a further axis in front.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from compare.reference.arithmetic import Number, lift
from compare.reference.formulas import Convention, Layout, Network
from compare.reference.functions import evaluate
from compare.reference.history import Weights
from compare.reference.judging import used_part
from compare.rounding import Rounding

BLOCK = 2**18  # numbers in the largest array of a block of steps
ROWS = Layout(columns=False, inputs_first=True)


@dataclass(frozen=True)
class Form:
    """A correct form of the update.

    Attributes:
        text: In words; empty for PyTorch's.
        scale: How many times the mean gradient the step takes.
        slope: Of a ReLU at 0.
        decay_of_biases: Whether the biases decay, too.
    """

    text: str
    scale: float = 1.0
    slope: str = ">"
    decay_of_biases: bool = True


@dataclass(frozen=True)
class Course:
    """How a training goes: data, hyperparameters, which samples each step sees."""

    x: np.ndarray
    y: np.ndarray
    sizes: tuple[int, ...]
    activation: str
    rules: Rounding
    lr: float
    momentum: float
    l2: float
    batches: list[np.ndarray] | None  # of each step; None: all samples
    per_entry: int  # steps from one entry to the next


def forms(course: Course) -> Iterator[Form]:
    """Yield the correct forms of the update, PyTorch's first."""
    samples = float(len(course.y))
    average = [(1.0, "")]
    if course.momentum:
        average.append(
            (
                1 - course.momentum,
                "Momentum as a moving average, v = mu v + (1 - mu) g: lr counts 1 - mu times.",
            )
        )
    sums = [
        (1.0, ""),
        (samples, "The gradients are sums over the samples, N times PyTorch's means: lr counts N times."),
    ]
    decays = [True, False] if course.l2 else [True]
    for slope, (times, text), (share, said), biases in product((">", ">="), sums, average, decays):
        words = [
            text,
            said,
            "" if slope == ">" else "Your ReLU has slope 1 at exactly 0.",
            "" if biases else "Biases don't decay.",
        ]
        yield Form(" ".join(word for word in words if word), times * share, slope, biases)


@dataclass(frozen=True)
class Wrong:
    """The first entry that is not a step of the network, and where that is worst."""

    entry: int
    name: str
    index: tuple[int, ...]
    mine: float
    right: float
    used: float


def follow(course: Course, form: Form, entries: list[Weights]) -> tuple[Wrong | None, float]:
    """Return the first wrong entry, and the largest part of a budget used by those before it."""
    widest = len(course.x) * max(course.sizes)
    size, most = max(1, BLOCK // widest), 0.0
    for begin in range(0, len(entries) - 1, size):
        end = min(begin + size, len(entries) - 1)
        after = stepped(course, form, entries, begin, end)
        parts = {}
        for name, number in after.items():
            mine = np.stack([entry[name] for entry in entries[begin + 1 : end + 1]])
            parts[name] = used_part(mine, number.reshape(mine.shape))
        each = np.stack([part.reshape(len(part), -1).max(axis=1) for part in parts.values()])
        bad = np.flatnonzero((each > 1).any(axis=0))
        if len(bad):
            step = int(bad[0])
            name = list(parts)[int(np.argmax(each[:, step] > 1))]
            index = np.unravel_index(int(parts[name][step].argmax()), parts[name][step].shape)
            right = after[name].value.reshape(parts[name].shape)[step][index]
            entry = begin + step + 1
            mine_there = float(entries[entry][name][index])
            place = tuple(int(i) for i in index)
            wrong = Wrong(entry, name, place, mine_there, float(right), float(parts[name][step][index]))
            return wrong, max([most, *each[:, :step].ravel()])
        most = max(most, float(each.max()))
    return None, most


def stepped(course: Course, form: Form, entries: list[Weights], begin: int, end: int) -> dict[str, Number]:
    """Return the weights after one entry's steps from each of the entries ``begin`` to ``end`` - 1."""
    rules = course.rules

    def stacked(entries_: list[Weights]) -> dict[str, Number]:
        arrays = {name: np.stack([entry[name] for entry in entries_]) for name in entries_[0]}
        return {name: lift(a if name[0] == "W" else a[:, None, :], rules) for name, a in arrays.items()}

    weights = stacked(entries[begin:end])
    before = stacked([entries[max(i - 1, 0)] for i in range(begin, end)]) if course.momentum else {}
    # steps of other sizes, such as an uneven last batch, are computed by themselves
    for step in range(course.per_entry):
        weights = one_step(
            course, form, weights, before, [i * course.per_entry + step for i in range(begin, end)]
        )
    return weights


def one_step(
    course: Course, form: Form, weights: dict[str, Number], before: dict[str, Number], numbers: list[int]
) -> dict[str, Number]:
    """Return the weights after one step of each of several entries."""
    rules, batches = course.rules, course.batches
    if batches is None:
        x, y = course.x, course.y
    elif len({len(batches[i]) for i in numbers}) > 1:
        alone = [
            one_step(course, form, only(weights, entry), only(before, entry), [number])
            for entry, number in enumerate(numbers)
        ]
        return {name: joined([one[name] for one in alone]) for name in weights}
    else:
        index = np.stack([batches[i] for i in numbers])
        x, y = course.x[index], course.y[index]
    found: dict[str, Any] = dict(weights) | {
        "x": lift(x, rules), "onehot": lift(np.eye(course.sizes[-1])[y], rules), "N": y.shape[-1],
    }  # fmt: skip
    network = Network(len(course.sizes) - 1, course.activation, ROWS, Convention(slope=form.slope))
    for name, formula in network.formulas.items():
        if name != "loss" and not name.endswith("_new"):
            source = formula.source.replace("axis=1", "axis=-1").replace(
                "sum(axis=0)", "sum(axis=-2, keepdims=True)"
            )
            found[name] = evaluate(source, found)
    after = {}
    for name, weight in weights.items():
        gradient = found[f"d{name}"]
        if course.l2 and (name[0] == "W" or form.decay_of_biases):
            # with sums the decay is no sum
            gradient = gradient + lift(course.l2 / (form.scale if form.scale > 1 else 1.0), rules) * weight
        # the factor of a sum or of a moving average, and the addition to the velocity
        gradient = lift(form.scale, rules) * gradient
        change = lift(course.lr, rules) * gradient
        if course.momentum:
            change = change - lift(course.momentum, rules) * velocity(weight, before[name], rules)
        after[name] = weight - change
    return after


def only(weights: dict[str, Number], entry: int) -> dict[str, Number]:
    """Return the weights of one entry, the axis kept."""
    return {name: number[entry : entry + 1] for name, number in weights.items()}


def velocity(weight: Number, before: Number, rules: Rounding) -> Number:
    """Return what the last step has added: known from the weights, but for the rounding of that step.

    The weight was rounded once when the step was added to it, and the step as a product of lr and velocity.
    """
    value = weight.value - before.value
    error = rules.unit_roundoff * np.abs(weight.value) + rules.gamma(3) * np.abs(value)
    return Number(value, np.where(value == 0, 0, error), np.abs(value), rules)


def joined(numbers: list[Number]) -> Number:
    """Return numbers as one, along the first axis."""
    value, error, terms = (
        np.concatenate(parts) for parts in zip(*((n.value, n.error, n.terms) for n in numbers), strict=True)
    )
    return Number(value, error, terms, numbers[0].rules)
