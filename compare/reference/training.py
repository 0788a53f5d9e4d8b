"""A whole training of a learner, step by step: each step is computed from the weights that it started from.

Over many steps a worst-case bound grows without limit; from the weights of one step to those of the next it
stays tight. So a training agrees if and only if each of its steps is a correct one.
"""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.reference.arithmetic import lift
from compare.reference.explanation import Explanation, explained
from compare.reference.history import Weights, alias, same, steps_of, weights_of
from compare.reference.judging import Task, used_part
from compare.reference.recognition import recognised
from compare.reference.steps import ROWS, Course, Form, Wrong, follow, forms, one_step
from compare.reference.training_report import TrainingReport
from compare.rounding import Rounding

if TYPE_CHECKING:
    from compare.reference.reference import Reference

FIRST = 3  # entries by which a form of the update is recognised
MOST_STEPS = 200  # between two entries, where the learner has not kept every step


def check(
    ref: "Reference", history: list[Any], lr: float, momentum: float, batches: Any, l2: float
) -> TrainingReport:
    """Judge a training; see ``Reference.check_training``."""
    entries, dtype, notes = weights_of(ref, history)
    start = {name: array.astype(np.float64) for name, array in ref.start.items()}
    if same(entries[0], start):
        notes.append("Entry 0 equals the start weights.")
    else:
        entries.insert(0, start)
    if len(entries) < 2:
        raise ValueError("history: expected the weights after at least one step, got only the start")
    told = alias(entries)
    steps = list(steps_of(batches, len(ref.y), len(entries) - 1))
    best: tuple[int, Form, Course] | None = None
    for per_entry, order in steps:
        if momentum and per_entry > 1:
            continue
        x, rules = np.asarray(ref.rows, np.float64), Rounding.of(dtype)
        course = Course(x, ref.y, ref.sizes, ref.activation, rules, lr, momentum, l2, order, per_entry)
        for form in forms(course):
            good = first_wrong(course, form, entries[: FIRST + 1])
            good = len(entries) if good is None else good
            if best is None or good > best[0]:
                best = good, form, course
    if best is None:
        raise ValueError(
            "history: with momentum and batches, hand over the weights after each step, not each epoch"
        )
    _, form, course = best
    worst, used = follow(course, form, entries)
    explanations: list[Explanation] = []
    if worst is not None and not told:
        explanations, more = instead(ref, course, form, entries, worst)
        told = more
    if form.text:
        notes.append(form.text)
    return TrainingReport(
        ref, len(entries) - 1, dtype, notes, worst, used, told, explanations, course.per_entry
    )


def first_wrong(course: Course, form: Form, entries: list[Weights]) -> int | None:
    """Return the first entry that is no correct step, if there is one."""
    worst, _ = follow(course, form, entries)
    return None if worst is None else worst.entry


def instead(
    ref: "Reference", course: Course, form: Form, entries: list[Weights], wrong: Wrong
) -> tuple[list[Explanation], str]:
    """Return what the first wrong entry is: a step of another line, several steps, or no such step."""
    before, after = entries[wrong.entry - 1], entries[wrong.entry]
    if same(before, after):
        return (
            [],
            f"Entry {wrong.entry} equals the one before it: no step was made, or one array was kept twice.",
        )
    if (
        course.batches is None
        and not course.momentum
        and (count := steps_between(course, form, before, after))
    ):
        return [], (f"Entry {wrong.entry} is {count} steps from the one before it: hand over every step.")
    if course.per_entry > 1 or course.momentum:
        return (
            [],
            f"No such step leads to entry {wrong.entry}: are lr, momentum and batches= those used?",
        )
    numbers = course.batches[wrong.entry - 1] if course.batches else np.arange(len(course.y))
    inputs = {"x": course.x[numbers], **before}
    given = {f"{name}_new": array for name, array in after.items()}
    constants = {"lr": course.lr} | ({"l2": course.l2} if course.l2 else {})
    task = Task(
        inputs, course.y[numbers], course.sizes[-1], ROWS, course.rules, given, constants, explicit=True
    )
    judgement = recognised(task, course.activation, len(course.sizes) - 1)
    if (rate := rate_of(task, judgement.numbers)) is not None and rate > 0:
        twice = (
            " It is lr / N: the gradient is divided by N already."
            if np.isclose(rate, course.lr / len(numbers))
            else ""
        )
        return [], f"Entry {wrong.entry} is a step with lr = {rate:.6g}, not {course.lr:g}.{twice}"
    found = explained(judgement)
    if any(e.lines for e in found):
        return found, ""
    if course.batches is None:
        return (
            found,
            f"No single full-batch step leads to entry {wrong.entry}: "
            "if you train in batches, pass batches= in the order used.",
        )
    return found, ""


def steps_between(course: Course, form: Form, before: Weights, after: Weights) -> int | None:
    """Return how many steps lie between two entries, if more than one does."""
    weights = {n: lift(a[None] if n[0] == "W" else a[None, None], course.rules) for n, a in before.items()}
    one = replace(course, per_entry=1)
    for count in range(1, MOST_STEPS + 1):
        weights = one_step(one, form, weights, {}, [0])
        if all((used_part(after[n].reshape(w.value.shape), w) <= 1).all() for n, w in weights.items()):
            return count if count > 1 else None
        if any((w.error > np.abs(w.value).max()).any() for w in weights.values()):
            return None
    return None


def rate_of(task: Task, numbers: dict[str, Any]) -> float | None:
    """Return the learning rate by which every parameter moved, if it is one and the same."""
    rates = []
    for name, array in task.given.items():
        moved, gradient = task.inputs[name[:-4]] - array, numbers[f"d{name[:-4]}"].value
        rate = float(np.vdot(moved, gradient) / (np.vdot(gradient, gradient) or 1.0))
        if np.abs(moved - rate * gradient).max() > 1e-6 * np.abs(moved).max():
            return None
        rates.append(rate)
    return rates[0] if np.ptp(rates) <= 1e-6 * abs(rates[0]) else None
