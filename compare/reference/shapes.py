"""What shape each array has in a layout, what a trace calls it, and how weights are laid out."""

import numpy as np

from compare.reference.formulas import Layout


def shape_of(name: str, sizes: tuple[int, ...], samples: int, layout: Layout) -> tuple[int, ...]:
    """Return the shape of an array in a layout."""
    layers = len(sizes) - 1
    if name == "loss":
        return ()
    if name in ("probs", "e", "onehot"):
        name = f"z{layers}"
    if name == "x":
        name = "a0"
    core = name.removesuffix("_new").removeprefix("d")
    units = sizes[int(core[1:])]
    if core[0] == "W":
        before = sizes[int(core[1:]) - 1]
        return (before, units) if layout.inputs_first else (units, before)
    if core[0] == "b":
        return (units, 1) if layout.columns else (units,)
    return (units, samples) if layout.columns else (samples, units)


def trace_name(name: str, layers: int) -> str:
    """Return what an array is called in a trace (``compare.trace``)."""
    if name in ("loss", "probs"):
        return "loss" if name == "loss" else "-"
    gradient = "dL/d" if name.startswith("d") else ""
    core = name.removesuffix("_new").removeprefix("d")
    after = " after step 1" if name.endswith("_new") else ""
    n = core[1:]
    relu = "relu" if layers == 2 else f"relu{n}"
    layer = {"z": f"fc{n}", "a": relu, "W": f"fc{n}.weight", "b": f"fc{n}.bias"}[core[0]]
    return f"{gradient}{layer}{after}"


def is_sample_like(name: str) -> bool:
    """Return whether an array has a row for each sample."""
    return name in ("x", "probs") or name.removeprefix("d")[0] in "za"


def is_bias(name: str) -> bool:
    """Return whether an array is a bias or the gradient of one."""
    return name.removesuffix("_new").removeprefix("d")[0] == "b"


def laid_out(array: np.ndarray, name: str, layout: Layout) -> np.ndarray:
    """Return a copy of a weight (in, out), or of a bias (out,), as it lies in a layout."""
    if array.ndim == 1:
        return np.array(array[:, None] if layout.columns else array)
    return np.array(array if layout.inputs_first else array.T, order="C")
