"""What a wrong array is, where no name and no edit is known: an exact combination of what it is made of.

The first array that differs is fitted, by least squares in float64, with the arrays that it should be made
of, and with those that are taken for them. A combination is reported only if it gives every entry.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import combinations

import numpy as np

from compare.bugs.lab import Lab, Name, Observation
from compare.trace import step_suffix

CLOSE = {"float32": 2.0**-14, "float64": 2.0**-38}  # of the largest entry: many roundings, no coincidence
FEW, DIGITS = 0.5, 6


def symptoms(found: Observation, names: Sequence[Name], lab: Lab) -> list[str]:
    """Return what the first array that differs is, as far as that is certain."""
    right = lab.healthy.arrays
    came = [n for n in names if n in found.arrays and n in right and is_float(found.arrays[n], right[n])]
    if not came:
        return []
    name = max((n for n in came if n.gate == came[0].gate and n.run == came[0].run), key=lambda n: n.dtype)
    name = next(n for n in came if n[:3] == name[:3])
    array = found.arrays[name].astype(np.float64)
    if not np.isfinite(array).all():
        return []
    drawn = draws(found, came, lab) if name.gate == "same seed" else []
    return [*shape_of_numbers(array, right[name]), *drawn, *made_of(found, name, array, lab)]


def draws(found: Observation, names: Sequence[Name], lab: Lab) -> list[str]:
    """Return how the fresh weights are spread, beside the correct ones."""
    pools = [
        np.concatenate([arrays[n].ravel() for n in names if n.gate == "same seed" and "weight" in n.tensor])
        for arrays in (found.arrays, lab.healthy.arrays)
        if any("weight" in n.tensor for n in names)
    ]
    texts = [
        f"mean {p.mean():.2g}, standard deviation {p.std():.2g}, at most {abs(p).max():.2g}" for p in pools
    ]
    return [f"fresh weights: {texts[0]}; the correct ones: {texts[1]}"] if texts else []


def is_float(wrong: object, right: object) -> bool:
    """Return whether both are arrays of floating-point numbers and of one shape."""
    if not (isinstance(wrong, np.ndarray) and isinstance(right, np.ndarray)):
        return False
    return wrong.dtype == right.dtype and wrong.dtype.kind == "f" and wrong.shape == right.shape


def shape_of_numbers(array: np.ndarray, right: np.ndarray) -> Iterator[str]:
    """Yield what is odd about an array's numbers, where the correct ones are not so."""
    if array.size > 1 and not np.ptp(array) and np.ptp(right):
        yield f"all entries are equal: {array.flat[0]:.6g}"
    elif array.any() and (array == np.round(array)).all() and not (right == np.round(right)).all():
        yield "only whole numbers"
    if array.ndim == 2 and len(array) > 1:
        rows, expected = (len(np.unique(a, axis=0)) for a in (array, right))
        if rows < expected:
            yield f"{expected - rows} of {expected} different rows are missing; others come more often"
            yield "so it is where rows are drawn with replacement, and after random.shuffle on an array"


def made_of(found: Observation, name: Name, array: np.ndarray, lab: Lab) -> Iterator[str]:
    """Yield the array as an exact combination of others."""
    scenarios = {scenario.name: scenario for scenario in lab.scenarios.get(name.dtype, [])}
    if name.run not in scenarios:
        return
    scenario = scenarios[name.run]
    step = step_of(name.tensor)
    theirs = {
        n.tensor: a for n, a in found.arrays.items() if n[1:3] == name[1:3] and isinstance(a, np.ndarray)
    }
    kind, _, step_text = name.tensor.partition(" after step ")
    last = f"fc{len(scenario.sizes) - 1}"
    if step_text:
        earlier = [f"{kind} after step {i}" for i in range(1, int(step_text))]
        before = [scenario.weights[kind], *(theirs[tensor] for tensor in earlier if tensor in theirs)]
        parts = {"g": theirs.get(f"dL/d{kind}{step_suffix(int(step_text))}"), "W": before[-1]}
        if len(before) > 1:
            parts["(the step before)"] = np.subtract(before[-1], before[-2], dtype=np.float64)
        yield from combination("its update", array - before[-1], parts, name.dtype)
    elif name.tensor.startswith(f"dL/d{last}") and "." not in name.tensor and last + step in theirs:
        logits, labels = theirs[last + step].astype(np.float64), scenario.y[scenario.steps[0]]
        if len(labels) == len(logits):
            e = np.exp(logits - logits.max(axis=1, keepdims=True))
            p, onehot = e / e.sum(axis=1, keepdims=True), np.eye(logits.shape[1])[labels]
            slope = p * (1 - p)
            parts = {"p": p, "onehot": onehot, "p * p": p * p, "p * onehot": p * onehot,
                     "(p - onehot) * p * (1 - p)": (p - onehot) * slope}  # fmt: skip
            yield from combination("it", array, parts, name.dtype)
    elif name.tensor.startswith("dL/d") and ".bias" in name.tensor:
        layer = name.tensor.partition(".")[0] + name.tensor.partition(".bias")[2]
        if (dy := theirs.get(layer)) is not None and dy.ndim == 2:
            n, total = len(dy), np.full(dy.shape[1], dy.sum(dtype=np.float64))
            parts = {"the sum over the samples": dy.sum(axis=0, dtype=np.float64),
                     "the total of dL/dy": total,
                     "dL/dy of the first sample": dy[0], "dL/dy of the last sample": dy[n - 1],
                     "the largest of each column": dy.max(axis=0)}  # fmt: skip
            yield from combination("it", array, parts, name.dtype)


def step_of(tensor: str) -> str:
    """Return what stands behind the name of an array."""
    return f" ({tensor.partition(' (')[2]}" if " (" in tensor else ""


def combination(
    what: str, array: np.ndarray, parts: Mapping[str, np.ndarray | None], dtype: str
) -> Iterator[str]:
    """Yield the array as a combination of as few parts as give every entry of it."""
    known = {
        k: np.asarray(a, np.float64) for k, a in parts.items() if a is not None and a.shape == array.shape
    }
    for names in subsets(list(known)):
        columns = np.stack([known[name].ravel() for name in names], axis=1)
        # a fit with as many numbers as entries would always succeed
        if len(names) > FEW * array.size or np.linalg.matrix_rank(columns) < len(names):
            continue
        factors = np.linalg.lstsq(columns, array.ravel(), rcond=None)[0]
        if np.abs(columns @ factors - array.ravel()).max() <= CLOSE[dtype] * np.abs(array).max():
            terms = [f"{factor:+.{DIGITS}g} {name}" for factor, name in zip(factors, names, strict=True)]
            yield f"{what} is exactly {' '.join(terms)}"
            return


def subsets(names: list[str]) -> Iterator[tuple[str, ...]]:
    """Yield one, two and three of the names."""
    for count in (1, 2, 3):
        yield from combinations(names, count)
