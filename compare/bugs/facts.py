"""What is certain about a difference, read off the numbers: a factor, a transposition, only where x < 0."""

import re
from collections.abc import Sequence

import numpy as np

from compare.bugs.lab import Lab, Name, Observation, largest
from compare.bugs.matching import outside
from compare.bugs.symptoms import symptoms
from compare.gate import STEP_GATES

SHOWN = 6


def certain_facts(found: Observation, names: Sequence[Name], lab: Lab) -> list[str]:
    """Return what is certain of a package that differs: where it starts, how, and where it never shows."""
    if not names:
        return ["every array stays within its budget"]
    there = (*array_facts(found, names[0], lab), *symptoms(found, names, lab))
    facts = [where(names[0]), *(f"there: {fact}" for fact in dict.fromkeys(there))]
    runs, dtypes = {name.run for name in names}, {name.dtype for name in names}
    if len(runs) == 1 and names[0].gate in STEP_GATES:
        facts.append(f"only in the run {names[0].run!r}: all others agree")
    if len(dtypes) == 1:
        facts.append(f"only in {names[0].dtype}")
    return facts + fingerprint(found, names, lab)


def where(name: Name) -> str:
    """Return an array's name and place in words."""
    return f"first to leave its budget: {name.tensor} (gate {name.gate}, run {name.run!r}, {name.dtype})"


def fingerprint(found: Observation, names: Sequence[Name], lab: Lab) -> list[str]:
    """Return what happened to each array of the run in which a difference starts, like ones together.

    float64 is measured where it differs too: its ratios have more digits.
    """
    if not names:
        return ["nothing moves"]
    run = max(name[1:3] for name in names if name.run == names[0].run)
    lines = run_facts(found, names, run, lab)
    quiet = [name[1:3] for name in names if name.gate == names[0].gate and name[1:3] not in found.errors]
    if run in found.errors and quiet:
        lines += [f"in the run {quiet[0][0]!r} without an error:", *run_facts(found, names, quiet[0], lab)]
    return lines


def run_facts(found: Observation, names: Sequence[Name], run: tuple[str, str], lab: Lab) -> list[str]:
    """Return what happened to each array of one run, like ones together."""
    gate = next(name.gate for name in names if name[1:3] == run)
    groups: dict[str, list[str]] = {}
    for name in lab.healthy.arrays | found.arrays:
        if name[1:3] == run and (gate in STEP_GATES or name.gate == gate):
            text = "; ".join(array_facts(found, name, lab)) if name in names else "unchanged"
            groups.setdefault(text, []).append(name.tensor)
    unchanged = groups.pop("unchanged", [])
    lines = [f"{listed(tensors)}: {fact}" for fact, tensors in list(groups.items())[:SHOWN]]
    if len(groups) > SHOWN:
        lines.append(f"and {sum(map(len, list(groups.values())[SHOWN:]))} arrays more, in other ways")
    return [*lines, f"unchanged: {listed(unchanged)}"] if unchanged else lines


def listed(tensors: list[str]) -> str:
    """Return names in a row; the parameters' gradients, if all are there, as such."""
    every = [f"dL/dfc{i}.{kind}" for i in (2, 1) for kind in ("weight", "bias")]
    if set(every) < set(tensors):
        tensors = ["all parameter gradients", *(tensor for tensor in tensors if tensor not in every)]
    more = f" and {len(tensors) - SHOWN} more" if len(tensors) > SHOWN else ""
    return ", ".join(tensors[:SHOWN]) + more


def array_facts(found: Observation, name: Name, lab: Lab) -> list[str]:
    """Return what is certain of one array beside the correct one."""
    if name not in found.arrays:
        error = found.errors.get(name[1:3], "")
        return [f"missing ({error})" if error else "missing"]
    if name not in lab.healthy.arrays:
        return ["not expected"]
    wrong, right = found.arrays[name], lab.healthy.arrays[name]
    if not (isinstance(wrong, np.ndarray) and isinstance(right, np.ndarray)):
        return [f"{wrong!r} where {right!r} belongs"]
    if wrong.shape != right.shape:
        turned = wrong.ndim == 2 and wrong.shape == right.shape[::-1]
        return [f"shape {wrong.shape} where {right.shape} belongs" + (", the transpose's" if turned else "")]
    if wrong.dtype != right.dtype:
        return [f"{wrong.dtype} where {right.dtype} belongs"]
    if wrong.dtype.kind == "f" and not np.isfinite(wrong).all():
        return [f"NaN or infinity in {int((~np.isfinite(wrong)).sum())} of {wrong.size} entries"]
    if name.gate == "update" and (step := updates(found, name, lab)):
        if not outside(step[0], step[1] * 0, 2 * lab.allowed[name]):
            return ["never moves"]
        return [f"its update: {'; '.join(number_facts(name, *step, lab))}"]
    return number_facts(name, wrong.astype(np.float64), right.astype(np.float64), lab)


def updates(found: Observation, name: Name, lab: Lab) -> tuple[np.ndarray, np.ndarray] | None:
    """Return by how much a step moved a weight, here and in the correct network; None if that is unknown."""
    tensor, _, step = name.tensor.partition(" after step ")
    if not step:
        return None
    before = name._replace(tensor=f"{tensor} after step {int(step) - 1}")
    starts = {scenario.name: scenario.weights for scenario in lab.scenarios[name.dtype]}
    moves = []
    for seen in (found.arrays, lab.healthy.arrays):
        origin = starts[name.run.partition(",")[0]][tensor] if step == "1" else seen.get(before)
        if origin is None or origin.shape != seen[name].shape:
            return None
        moves.append(seen[name].astype(np.float64) - origin)
    return moves[0], moves[1]


def number_facts(name: Name, wrong: np.ndarray, right: np.ndarray, lab: Lab) -> list[str]:
    """Return what is certain of finite numbers of the right shape."""
    if not wrong.any():
        return ["all 0"]
    allowed = np.broadcast_to(lab.allowed.get(name, np.array(0.0)), right.shape)
    square = right.ndim == 2 and right.shape[0] == right.shape[1]
    if square and not outside(wrong, right.T, np.maximum(allowed, allowed.T)):
        return ["transposed"]
    norm, most = float((right * right).sum()), largest(np.asarray(lab.rounded.get(name, 0.0)))
    ratio = float((wrong * right).sum()) / norm if norm else np.nan
    slack = (allowed + most) * (1 + abs(ratio))
    if norm and right.size > 1 and not outside(wrong, ratio * right, slack):
        flipped = not outside(wrong, -right, 2 * slack)
        return ["sign flipped" if flipped else f"x {ratio:#.6g} in every entry"]
    if right.size == 1:
        factor = f", x {ratio:#.6g}" if norm else ""
        return [f"{wrong.item():.6g} where {right.item():.6g} belongs{factor}"]
    offset = float((wrong - right).mean())
    if not outside(wrong, right + offset, 2 * allowed + most):
        return [f"{offset:+.6g} in every entry"]
    facts = place_facts(name, np.abs(wrong - right) > allowed, lab)
    if norm:
        length = float(np.sqrt((wrong * wrong).sum() / norm))
        facts.append(f"cosine {ratio / length:.3f}, length x {length:.3g}")
    return facts


def place_facts(name: Name, differs: np.ndarray, lab: Lab) -> list[str]:
    """Return where an array differs: one row, one column, or only where the pre-activation is negative."""
    facts = []
    if differs.ndim == 2:
        for axis, kind in ((1, "row"), (0, "column")):
            places = np.flatnonzero(differs.any(axis=axis))
            facts += [f"only {kind} {places[0]}"] if len(places) == 1 else []
    # ReLU's output stands beside its input in number: relu and fc1, relu2 and fc2, as do dL/dfc1 and fc1
    if layer := re.fullmatch(r"(?:dL/dfc|relu)(\d*)( \(.*\))?", name.tensor):
        before = name._replace(gate="forward", tensor=f"fc{layer[1] or '1'}{layer[2] or ''}")
        x = lab.healthy.arrays.get(before)
        if x is not None and x.shape == differs.shape and differs.any():
            facts += ["only where x < 0"] if (x[differs] < 0).all() else []
            facts += ["only where x is exactly 0"] if (x[differs] == 0).all() else []
    if not facts and 0 < differs.sum() < differs.size:
        facts.append(f"in {int(differs.sum())} of {differs.size} entries")
    return facts
