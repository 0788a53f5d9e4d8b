"""What can be said of an array for which no line was found: strong facts, each checked in every entry."""

from collections.abc import Iterator

import numpy as np

from compare.reference.judging import Judgement, Verdict, within

CLOSE = 1e-6  # a coefficient of a least-squares fit that explains all but this part is one


def of(judgement: Judgement, verdict: Verdict) -> str:
    """Return the first fact that holds, or nothing."""
    return next(facts(judgement, verdict), "")


def facts(judgement: Judgement, verdict: Verdict) -> Iterator[str]:
    """Yield facts, the strongest first."""
    array = judgement.task.given[verdict.name]
    name, expected = verdict.name, verdict.expected
    yield from plain(array)
    if expected is None:
        return
    right = expected.value
    for other, number in judgement.task.own.items():
        if (
            other != name
            and array.shape == number.value.shape
            and array.size > 1
            and np.array_equal(array, number.value)
        ):
            yield f"it equals your {other} in every entry: is it the same array, or a copy of it?"
    if array.shape != right.shape:
        if array.size == 1:
            yield f"it is one number, where {right.shape} is expected"
        elif array.ndim == 2 and array.T.shape == right.shape and within(array.T, expected):
            yield "it is the transpose of what the layout promises"
        else:
            yield f"its shape is {array.shape}, where {right.shape} is expected"
        return
    if array.ndim == 2 and array.shape[0] == array.shape[1] and within(array.T, expected):
        yield "it is the transpose of the right one"
    if (factor := ratio(array, right)) is not None:
        yield (
            "it is minus the right one" if abs(factor + 1) < CLOSE else f"it is {factor:.6g} x the right one"
        )
    offset = array - right
    if array.size > 1 and np.ptp(offset) <= CLOSE * np.abs(offset).max():
        yield f"it is the right one {offset.flat[0]:+.6g} in every entry"
    if name.startswith("dW"):
        yield from combined(
            array, {"the right one": right, name[1:]: judgement.task.inputs[name[1:]]}, "it is"
        )
    if name.endswith("_new"):
        yield from update(judgement, name, array)
    if name == "z1":
        yield from other_weights(judgement, array)
    wrong = np.abs(array - right) > expected.rules.reach * expected.error
    if wrong.ndim == 2:
        rows, columns = wrong.any(axis=1), wrong.any(axis=0)
        if rows.sum() < len(rows):
            yield f"{rows.sum()} of its {len(rows)} rows are wrong, the first is row {int(rows.argmax())}"
        if columns.sum() < len(columns):
            first = int(columns.argmax())
            yield f"{columns.sum()} of its {len(columns)} columns are wrong, the first is column {first}"


def ratio(array: np.ndarray, right: np.ndarray) -> float | None:
    """Return the factor between two arrays, if it is the same in every entry."""
    square = float(np.vdot(right, right))
    if array.size < 2 or not square:
        return None
    factor = float(np.vdot(array, right)) / square
    near = np.abs(array - factor * right).max() <= CLOSE * np.abs(factor * right).max()
    return factor if near and factor else None


def update(judgement: Judgement, name: str, array: np.ndarray) -> Iterator[str]:
    """Yield the update as a combination of gradient and weight."""
    weight, gradient = judgement.task.inputs[name[:-4]], judgement.numbers.get(f"d{name[:-4]}")
    if gradient is None or gradient.value.shape != array.shape or array.size < 3:
        return
    yield from combined(array - weight, {f"d{name[:-4]}": gradient.value, name[:-4]: weight}, "the update is")


def combined(array: np.ndarray, parts: dict[str, np.ndarray], said: str) -> Iterator[str]:
    """Yield an array as a sum of multiples of others, by least squares, if that explains every entry."""
    columns = np.stack([part.ravel() for part in parts.values()], axis=1)
    amounts, *_ = np.linalg.lstsq(columns, array.ravel(), rcond=None)
    if (
        array.size > len(parts)
        and np.abs(columns @ amounts - array.ravel()).max() <= CLOSE * np.abs(array).max()
    ):
        terms = " ".join(
            f"{amount:+.6g} * {name}"
            for amount, (name, part) in zip(amounts, parts.items(), strict=True)
            if np.abs(amount * part).max() > CLOSE * np.abs(array).max()
        )
        yield f"{said} {terms}"


def plain(array: np.ndarray) -> Iterator[str]:
    """Yield what no formula is needed for, and what any formula would only obscure."""
    if array.size > 1 and (array == array.flat[0]).all():
        yield f"all its entries are {array.flat[0]:g}"
    elif array.size > 1 and (array == np.round(array)).all():
        yield "it holds only whole numbers"


def other_weights(judgement: Judgement, array: np.ndarray) -> Iterator[str]:
    """Yield whether z1 is made of x by other weights, or of other samples."""
    task = judgement.task
    x = task.inputs["x"].T if task.layout.columns else task.inputs["x"]
    z = array.T if task.layout.columns else array
    columns = np.hstack([x, np.ones((len(x), 1))])
    found, *_ = np.linalg.lstsq(columns, z, rcond=None)
    if len(x) > columns.shape[1] + 1 and np.abs(columns @ found - z).max() <= CLOSE * np.abs(z).max():
        yield (
            "it is made of the right x, but with other weights: start from ref.weights, "
            "or hand yours over with W1=, b1=, ..."
        )
    else:
        yield (
            "x or the weights may not be the reference's: start from ref.x and ref.weights, "
            "or hand yours over with x=, W1=, b1=, ..."
        )
