"""What the arrays are: each by its canonical name, decided by value where a name may mean several things."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.reference import names
from compare.reference.placing import inputs_of
from compare.reference.recognition import recognised

if TYPE_CHECKING:
    from compare.reference.reference import Reference


@dataclass
class Resolved:
    """The arrays by canonical name, what they were called, and what was assumed."""

    arrays: dict[str, np.ndarray]
    called: dict[str, str]
    notes: list[str]


def resolve(ref: "Reference", arrays: dict[str, np.ndarray], override: Mapping[str, str]) -> Resolved:
    """Return the arrays by canonical name; where a name may mean several things, by value.

    Raises:
        ValueError: a name that means nothing, or two that mean the same.
    """
    counted = names.Counting.of(list(arrays), ref.layers)
    found: dict[str, np.ndarray] = {}
    called: dict[str, str] = {}
    notes: list[str] = []
    open_: dict[str, list[str]] = {}
    every = canonical_names(ref)
    for alias in override:
        if alias not in arrays:
            raise ValueError(f"names: {alias!r} was not handed over; got {', '.join(arrays)}")
    for name, array in arrays.items():
        meanings = names.candidates(override.get(name, name), ref.layers, counted)
        if name not in override and meanings == ["y"] and looks_like_probabilities(array, ref):
            meanings = ["probs"]
        if name in override and override[name] in every:
            meanings = [override[name]]
        if not meanings:
            unknown = override.get(name, name)
            near = names.nearest(unknown, [*every, *names.PLAIN])
            raise ValueError(
                f"{unknown!r} is no name of this network{f'; did you mean {near!r}?' if near else ''} "
                f"(ref.names() lists them; names={{{unknown!r}: 'z1'}} lets you decide)"
            )
        if len(meanings) == 1:
            taken(found, called, meanings[0], name, array)
        else:
            open_[name] = meanings
    if open_:
        by_value(ref, arrays, open_, found, called, notes)
    if counted.from_zero:
        notes.append("layers counted from 0: W0 is read as W1")
    if counted.from_input:
        notes.append("layers counted from the input: a2 is read as the first hidden layer")
    order = {name: i for i, name in enumerate(every)}
    return Resolved(dict(sorted(found.items(), key=lambda item: order[item[0]])), called, notes)


def canonical_names(ref: "Reference") -> list[str]:
    """Return every canonical name, in the order of computation."""
    last = ref.layers
    parameters = [f"{letter}{i}" for i in range(1, last + 1) for letter in "Wb"]
    forward = [
        n
        for i in range(1, last + 1)
        for n in ((f"z{i}", f"a{i}") if i < last else (f"z{i}", "probs", "loss"))
    ]
    backward = [n for i in range(last, 0, -1) for n in
                ([f"da{i}"] if i < last else []) + [f"dz{i}", f"dW{i}", f"db{i}"]]  # fmt: skip
    return ["x", "y", *parameters, *forward, *backward, *(f"{n}_new" for n in parameters)]


def taken(found: dict[str, Any], called: dict[str, str], meaning: str, name: str, array: np.ndarray) -> None:
    """Add an array; ``ValueError`` if another one with the same meaning came, unless both are equal."""
    if meaning in found and not np.array_equal(found[meaning], array):
        raise ValueError(
            f"{called[meaning]!r} and {name!r} both mean {meaning}, and differ: "
            f"leave one out, or say what they are: names={{{name!r}: ...}}"
        )
    found[meaning], called[meaning] = array, name


def looks_like_probabilities(array: np.ndarray, ref: "Reference") -> bool:
    """Return whether what is called y is the output: of a row for each sample, and not whole numbers."""
    return array.ndim == 2 and ref.sizes[-1] in array.shape and not (array == np.round(array)).all()


def by_value(
    ref: "Reference", arrays: dict[str, np.ndarray], open_: dict[str, list[str]], found: dict[str, Any],
    called: dict[str, str], notes: list[str],
) -> None:  # fmt: skip
    """Decide what names with several meanings mean: whichever reference array lies nearest."""
    base = inputs_of(
        ref, {n: a for n, a in found.items() if n in ("x", "y") or (n[0] in "Wb" and "_" not in n)}
    )
    plain = recognised(base, ref.activation, ref.layers).numbers
    distances = []
    for name, meanings in open_.items():
        for rank, meaning in enumerate(meanings):
            value = plain["x"].value if meaning == "x" else plain[meaning].value if meaning in plain else None
            distances.append((min(apart(arrays[name], value, meaning), 1.0), rank, name, meaning))
    for distance, rank, name, meaning in sorted(distances):
        if name not in open_ or (meaning in found and distance > 1e-3):
            continue
        if rank and meaning in found and open_[name][0] not in found:
            # two names for one array: the name counts, or a mask in place would never be seen
            meaning, rank = open_[name][0], 0
        elif (
            distance > 1e-3
            and rank
            and fitting(arrays[name], open_[name][0], plain)
            and open_[name][0] not in found
        ):
            meaning, rank = open_[name][0], 0
        taken(found, called, meaning, name, arrays[name])
        del open_[name]
        if rank:
            notes.append(f"{name} is read as {meaning}, by its value")
    for name, meanings in open_.items():
        taken(found, called, meanings[0], name, arrays[name])


def fitting(array: np.ndarray, meaning: str, plain: Mapping[str, Any]) -> bool:
    """Return whether an array has as many entries as what it may mean."""
    return meaning in plain and plain[meaning].value.size == array.size


def apart(array: np.ndarray, value: np.ndarray | None, meaning: str) -> float:
    """Return how far an array is from a value, either way round and for gradients at any scale; 1 is far."""
    if value is None or array.size != value.size or array.ndim != value.ndim:
        return 2.0
    if not value.any():  # at the scale 0 everything would be near
        return 2.0 if array.any() else 0.0
    best = 2.0
    for one in (array, array.T):
        if one.shape == value.shape:
            one = one.astype(np.float64)
            square = float(np.vdot(one, one))
            factor = float(np.vdot(one, value)) / square if meaning.startswith("d") and square else 1.0
            best = min(best, float(np.abs(factor * one - value).max() / (np.abs(value).max() or 1.0)))
    return best


def unfolded(ref: "Reference", resolved: Resolved, notes: list[str]) -> Iterator[tuple[str, np.ndarray]]:
    """Yield the arrays; a bias that is a further row or column of its weights is taken out of them."""
    for name, array in resolved.arrays.items():
        core = name.removesuffix("_new").removeprefix("d")
        if core[0] == "W" and name.replace("W", "b") not in resolved.arrays and array.ndim == 2:
            into, out = ref.sizes[int(core[1:]) - 1], ref.sizes[int(core[1:])]
            axis = {(into + 1, out): 0, (out, into + 1): 1}.get(array.shape)
            if axis is not None:
                last = folded_last(ref, name, array, axis)
                parts = np.split(array, [into] if last else [1], axis=axis)
                weight, bias = parts if last else reversed(parts)
                place = f"{'last' if last else 'first'} {'row' if axis == 0 else 'column'}"
                notes.append(f"{resolved.called[name]} holds the bias, too, as its {place}")
                resolved.called[name.replace("W", "b")] = resolved.called[name]
                yield name, weight
                yield name.replace("W", "b"), bias.ravel()
                continue
        yield name, array


def folded_last(ref: "Reference", name: str, array: np.ndarray, axis: int) -> bool:
    """Return whether a folded-in bias is the last row or column, and not the first: whichever lies nearer."""
    core = name.removesuffix("_new").removeprefix("d")
    if name.startswith("d"):
        value = (
            recognised(inputs_of(ref, {}), ref.activation, ref.layers).numbers[name.replace("W", "b")].value
        )
    else:
        value = ref.start[core.replace("W", "b")]
    ends = [array.take(i, axis=axis) for i in (0, -1)]
    first, last = (apart(end, value.ravel(), name) for end in ends)
    return last <= first
