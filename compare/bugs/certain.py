"""What is certain about a difference, read off the numbers: a factor, a transposition, only where x < 0."""

import re
from collections.abc import Sequence

import numpy as np

from compare.bugs.observe import Name, Observation, material
from compare.bugs.replay import allowances, healthy, largest, outside, parted

SHOWN = 6


def what_is_certain(found: Observation, names: Sequence[Name] | None = None) -> list[str]:
    """Return what is certain of a package that differs: where it starts, how, and where it never shows.

    ``names`` are the arrays that differ, if they are known already.
    """
    names = parted(found, healthy()) if names is None else names
    if not names:
        return ["every array stays within its budget"]
    facts = [where(names[0]), *(f"there: {fact}" for fact in array_facts(found, names[0]))]
    runs = list(dict.fromkeys(name.run for name in names))
    traced = {name.run for name in healthy() if name.gate in ("forward", "backward", "update")}
    if len(runs) == 1 and runs[0] in traced:
        facts.append(f"only in the run {runs[0]!r}: all others agree")
    dtypes = {name.dtype for name in names}
    if len(dtypes) == 1:
        facts.append(f"only in {dtypes.pop()}")
    return facts + fingerprint(found, names)


def where(name: Name) -> str:
    """Return an array's name and place in words."""
    return f"first to leave its budget: {name.tensor} (gate {name.gate}, run {name.run!r}, {name.dtype})"


def fingerprint(found: Observation, names: Sequence[Name] | None = None) -> list[str]:
    """Return what happened to each array of the run in which a difference starts, like ones together.

    float64 is measured where it differs too: its ratios have more digits.
    """
    names = parted(found, healthy()) if names is None else names
    if not names:
        return ["nothing moves"]
    first = names[0]
    runs = [(first.run, "float64"), (first.run, first.dtype)]
    run = next(run for run in runs if any((name.run, name.dtype) == run for name in names))
    lines = run_facts(found, names, run)
    broken = {(name.run, name.dtype) for name in found.errors}
    silent = [name for name in names if (name.run, name.dtype) not in broken and name.gate == first.gate]
    if run in broken and silent:
        other = (silent[0].run, silent[0].dtype)
        lines += [f"in the run {other[0]!r} without an error:", *run_facts(found, names, other)]
    return lines


def run_facts(found: Observation, names: Sequence[Name], run: tuple[str, str]) -> list[str]:
    """Return what happened to each array of one run, like ones together."""
    first = next(name for name in names if (name.run, name.dtype) == run)
    arrays = [name for name in {**healthy(), **found} if (name.run, name.dtype) == run]
    if first.gate not in ("forward", "backward", "update"):
        arrays = [name for name in arrays if name.gate == first.gate]
    groups: dict[str, list[str]] = {}
    differs = set(names)
    for name in arrays:
        if name in found.errors and len(arrays) > 1:
            continue  # it stands beside the first array that is missing
        text = "; ".join(array_facts(found, name)) if name in differs else "unchanged"
        groups.setdefault(text, []).append(name.tensor)
    unchanged = groups.pop("unchanged", [])
    lines = [f"{listed(tensors)}: {fact}" for fact, tensors in list(groups.items())[:SHOWN]]
    if len(groups) > SHOWN:
        lines.append(f"and {sum(map(len, list(groups.values())[SHOWN:]))} arrays more, in other ways")
    return [*lines, f"unchanged: {listed(unchanged)}"] if unchanged else lines


def listed(tensors: list[str]) -> str:
    """Return names in a row; the parameters' gradients, if all are there, as such."""
    every = [f"dL/dfc{i}.{kind}" for i in (2, 1) for kind in ("weight", "bias")]
    if set(every) <= set(tensors) and len(tensors) > len(every):
        tensors = ["all parameter gradients", *(tensor for tensor in tensors if tensor not in every)]
    more = f" and {len(tensors) - SHOWN} more" if len(tensors) > SHOWN else ""
    return ", ".join(tensors[:SHOWN]) + more


def array_facts(found: Observation, name: Name) -> list[str]:
    """Return what is certain of one array beside the correct one."""
    right = healthy().get(name)
    if name not in found:
        error = next((text for place, text in found.errors.items() if place[1:3] == name[1:3]), "")
        return [f"missing ({error})" if error else "missing"]
    wrong = found[name]
    if name in found.errors:
        return [f"an error: {found.errors[name]}"]
    if right is None:
        return ["not expected"]
    if wrong.dtype.kind == right.dtype.kind == "U":
        return ["another text"]
    if wrong.shape != right.shape:
        turned = wrong.ndim == 2 and wrong.shape == right.shape[::-1]
        return [f"shape {wrong.shape} where {right.shape} belongs" + (", the transpose's" if turned else "")]
    if wrong.dtype != right.dtype:
        return [f"{wrong.dtype} where {right.dtype} belongs"]
    if wrong.dtype.kind == "f" and not np.isfinite(wrong).all():
        return [f"NaN or infinity in {int((~np.isfinite(wrong)).sum())} of {wrong.size} entries"]
    if name.gate == "update" and (step := updates(found, name)):
        if not outside(step[0], step[1] * 0, 2 * allowances()[name]):
            return ["never moves"]
        return [f"its update: {'; '.join(number_facts(name, *step))}"]
    return number_facts(name, wrong.astype(np.float64), right.astype(np.float64))


def updates(found: Observation, name: Name) -> tuple[np.ndarray, np.ndarray] | None:
    """Return by how much a step moved a weight, here and in the correct network; None if that is unknown."""
    tensor, _, step = name.tensor.partition(" after step ")
    before = name._replace(tensor=f"{tensor} after step {int(step) - 1}")
    start = material().scenarios[name.run, name.dtype].weights[tensor]
    moves = []
    for seen in (found, healthy()):
        origin = start if step == "1" else seen.get(before)
        if origin is None or origin.shape != seen[name].shape:
            return None
        moves.append(seen[name].astype(np.float64) - origin)
    return moves[0], moves[1]


def number_facts(name: Name, wrong: np.ndarray, right: np.ndarray) -> list[str]:
    """Return what is certain of finite numbers of the right shape."""
    allowed = np.broadcast_to(allowances().get(name, np.array(0.0)), right.shape)
    if not wrong.any():
        return ["all 0"]
    square = right.ndim == 2 and right.shape[0] == right.shape[1]
    if square and not outside(wrong, right.T.copy(), np.maximum(allowed, allowed.T)):
        return ["transposed"]
    norm = float((right * right).sum())
    ratio = float((wrong * right).sum()) / norm if norm else np.nan
    slack = (allowed + (largest(allowed) if largest(allowed) < 0.01 * largest(right) else 0)) * (
        1 + abs(ratio)
    )
    if np.isfinite(ratio) and right.size > 1 and not outside(wrong, ratio * right, slack):
        return ["sign flipped" if abs(ratio + 1) < 1e-6 else f"x {ratio:#.6g} in every entry"]
    if right.size == 1:
        factor = f", x {ratio:#.6g}" if np.isfinite(ratio) else ""
        return [f"{float(wrong.ravel()[0]):.6g} where {float(right.ravel()[0]):.6g} belongs{factor}"]
    offset = float((wrong - right).mean())
    if not outside(wrong, right + offset, 2 * allowed + largest(allowed)):
        return [f"{offset:+.6g} in every entry"]
    facts = place_facts(name, np.abs(wrong - right) > allowed)
    length = float(np.sqrt((wrong * wrong).sum()))
    if norm and right.dtype.kind == "f":
        cosine = float((wrong * right).sum()) / (length * np.sqrt(norm))
        facts.append(f"cosine {cosine:.3f}, length x {length / np.sqrt(norm):.3g}")
    return facts


def place_facts(name: Name, differs: np.ndarray) -> list[str]:
    """Return where an array differs: one row, one column, or only where the pre-activation is negative."""
    facts = []
    if differs.ndim == 2:
        rows, columns = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
        if len(rows) == 1:
            facts.append(f"only row {rows[0]}")
        if len(columns) == 1:
            facts.append(f"only column {columns[0]}")
    # ReLU's output stands beside its input in number: relu and fc1, relu2 and fc2, as do dL/dfc1 and fc1
    if layer := re.fullmatch(r"(?:dL/dfc(\d+)|relu(\d*))( \(.*\))?", name.tensor):
        number, after = layer[1] or layer[2] or "1", layer[3] or ""
        before = healthy().get(name._replace(gate="forward", tensor=f"fc{number}{after}"))
        if before is not None and before.shape == differs.shape and differs.any():
            if (before[differs] < 0).all():
                facts.append("only where x < 0")
            elif (before[differs] == 0).all():
                facts.append("only where x is exactly 0")
    if not facts and 0 < differs.sum() < differs.size:
        facts.append(f"in {int(differs.sum())} of {differs.size} entries")
    return facts
