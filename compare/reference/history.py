"""A history of weights, and the samples of each step, as people keep them."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.reference import intake, names
from compare.reference.placing import layout_of, placed

if TYPE_CHECKING:
    from compare.reference.reference import Reference

Weights = dict[str, np.ndarray]


def weights_of(ref: "Reference", history: list[Any]) -> tuple[list[Weights], np.dtype[Any], list[str]]:
    """Return the weights of each entry, W as (in, out), and their dtype."""
    if not history:
        raise ValueError("history: expected the weights after each step or epoch, got an empty list")
    entries, kinds = [], set()
    for number, entry in enumerate(history):
        if not isinstance(entry, dict | list | tuple):
            entry = dict(vars(entry))
        found: Weights = {}
        given = {"params": entry} if not isinstance(entry, dict) else entry
        counted = names.Counting.of(list(given), ref.layers)
        arrays = intake.flattened(given, ref.layers)
        for name, array in arrays.items():
            meanings = names.candidates(name, ref.layers, counted)
            if meanings and meanings[0][0] in "Wb":
                found[meanings[0]] = array
        layout = layout_of(ref, found)
        missing = [n for n in ref.weights if n not in found]
        if missing:
            raise ValueError(
                f"history: entry {number} lacks {', '.join(missing)}; it has {', '.join(arrays) or 'nothing'}"
            )
        kinds |= {array.dtype.name for array in found.values()}
        for name, array in found.items():
            array = placed(ref, name, array, layout, len(ref.y)).astype(np.float64)
            upright = array.ravel() if name[0] == "b" else array if layout.inputs_first else array.T
            if upright.shape != ref.start[name].shape:
                raise ValueError(
                    f"history: entry {number}: expected {name} of shape {ref.weights[name].shape}, "
                    f"got {array.shape}"
                )
            if not np.isfinite(upright).all():
                raise ValueError(
                    f"history: entry {number}: {name} holds NaN or infinity; look at the step before it"
                )
            found[name] = upright
        entries.append({name: found.get(name, np.zeros(shape.shape)) for name, shape in ref.start.items()})
    notes = ["mixed dtypes in the history; judged as float32"] if len(kinds) > 1 else []
    return entries, np.dtype("float32" if "float32" in kinds else "float64"), notes


def same(one: Weights, other: Weights) -> bool:
    """Return whether two entries are equal in every number."""
    return all(np.array_equal(one[name], other[name]) for name in one)


def alias(entries: list[Weights]) -> str:
    """Return what is said of a history whose entries are all equal."""
    later = entries[1:]
    if len(later) > 1 and all(same(later[0], entry) for entry in later):
        if same(entries[0], later[0]):
            return "The weights never leave their start: is the update made in place, and on these arrays?"
        return "All entries of the history are one array, which every step changes: append a copy, W1.copy()."
    return ""


def steps_of(batches: Any, samples: int, entries: int) -> Iterator[tuple[int, list[np.ndarray] | None]]:
    """Yield how many steps an entry may be, and which samples each step sees; ``ValueError`` if none fits."""
    if batches is None:
        yield 1, None
        return
    if isinstance(batches, int | np.integer):
        if batches < 1:
            raise ValueError(f"batches: expected a batch size of 1 or more, got {batches}")
        slices = [np.arange(samples)[i : i + batches] for i in range(0, samples, int(batches))]
        yield len(slices), slices * entries
        yield 1, (slices * entries)[:entries]
        return
    flat = [np.asarray(step) for step in flattened(batches)]
    if any(step.dtype.kind not in "iu" or step.min() < 0 or step.max() >= samples for step in flat):
        raise ValueError(f"batches: expected arrays of indices from 0 to {samples - 1}, one for each step")
    if len(flat) % entries:
        raise ValueError(
            f"batches: got {len(flat)} steps for {entries} entries: expected one or several for each"
        )
    yield len(flat) // entries, flat


def flattened(batches: Any) -> Iterator[Any]:
    """Yield the steps of nested lists: epochs of steps of indices."""
    for step in batches:
        if isinstance(step, list | tuple) and step and np.ndim(step[0]):
            yield from flattened(step)
        else:
            yield step
