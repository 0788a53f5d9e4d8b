"""How a learner's arrays lie, and what is judged: arrays and inputs in one layout."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from compare.reference.formulas import Layout
from compare.reference.judging import Task
from compare.reference.material import labels_of
from compare.reference.shapes import is_bias, is_sample_like, laid_out, shape_of
from compare.rounding import Rounding

if TYPE_CHECKING:
    from compare.reference.reference import Reference


def layout_of(ref: "Reference", arrays: Mapping[str, np.ndarray]) -> Layout:
    """Return the layout that most arrays have by their shapes; without any, the one handed out."""
    if ref.layout is not None:
        return ref.orientation
    samples = len(ref.y)
    rows = columns = inputs_first = outputs_first = 0
    for name, array in arrays.items():
        if name in ("y", "loss") or is_bias(name) or array.ndim != 2:
            continue
        if is_sample_like(name):
            wanted = shape_of(name, ref.sizes, samples, Layout())
            rows += wanted[1] == array.shape[1] and wanted[1] != array.shape[0]
            columns += wanted[1] == array.shape[0] and wanted[1] != array.shape[1]
        else:
            wanted = shape_of(name, ref.sizes, samples, Layout(inputs_first=True))
            inputs_first += array.shape == wanted != wanted[::-1]
            outputs_first += array.shape == wanted[::-1] != wanted
    return Layout(columns > rows, inputs_first > outputs_first)


def task_of(
    ref: "Reference", own: dict[str, np.ndarray], arrays: dict[str, np.ndarray], layout: Layout,
    rules: Rounding, constants: dict[str, float], called: Mapping[str, str],
) -> Task:  # fmt: skip
    """Return the task: inputs and arrays as they lie in the layout."""
    rows = ref.rows
    if "x" in own:
        x = own["x"]
        if x.ndim != 2 or ref.sizes[0] not in x.shape:
            raise ValueError(f"x: expected (N, {ref.sizes[0]}) or its transpose, got shape {x.shape}")
        rows = x if x.shape[1] == ref.sizes[0] else x.T
    labels = labels_of(own["y"], len(rows)) if "y" in own else ref.labels
    if len(labels) != len(rows):
        raise ValueError(
            f"got {len(rows)} samples and {len(labels)} labels: hand over x= and y= of the same batch"
        )
    inputs = {"x": np.asarray(rows.T if layout.columns else rows, np.float64)}
    for name, array in ref.start.items():
        inputs[name] = laid_out(array, name, layout).astype(np.float64)
    for name, array in own.items():
        if name not in ("x", "y"):
            placed_ = placed(ref, name, array, layout, len(rows))
            if placed_.shape != inputs[name].shape:
                raise ValueError(
                    f"{called.get(name, name)}: expected shape {inputs[name].shape}, got {array.shape}"
                )
            inputs[name] = placed_.astype(np.float64)
    given = {n: placed(ref, n, a, layout, len(rows)).astype(np.float64) for n, a in arrays.items()}
    return Task(inputs, labels, ref.sizes[-1], layout, rules, given, constants, ref.layout is not None)


def placed(ref: "Reference", name: str, array: np.ndarray, layout: Layout, samples: int) -> np.ndarray:
    """Return an array as it lies in a layout; as it came, where its shape fits none."""
    wanted = shape_of(name, ref.sizes, samples, layout)
    if array.shape == wanted:
        return array
    if name == "loss":
        return array.reshape(()) if array.size == 1 else array
    if is_bias(name):
        units = max(wanted)
        return array.reshape(wanted) if array.shape in ((units,), (1, units), (units, 1)) else array
    # an explicit layout is a promise
    if ref.layout is None and array.ndim == 2 and array.T.shape == wanted:
        return array.T
    return array


def inputs_of(ref: "Reference", given: dict[str, np.ndarray]) -> Task:
    """Return a task of PyTorch's layout without arrays, to see what there is."""
    return task_of(ref, given, {}, ref.orientation, Rounding.of(np.dtype(np.float64)), {}, {})
