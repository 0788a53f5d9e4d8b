"""What is handed over, made into arrays: dictionaries, tuples and lists are unpacked; bad ones are refused.

Each error is one line: what was expected, what came, what to do.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

GRADIENTS = ("grads", "grad", "gradients", "g", "nabla", "derivatives", "dparams")
AFTER = (
    "params_new",
    "new_params",
    "updated",
    "new",
    "weights_new",
    "parameters_new",
    "new_weights",
    "after",
)
WEIGHTS = ("params", "parameters", "weights", "model", "state")
LISTS = {  # what the entries of a list are called, which may begin with the input
    "zs": "z{n}", "z": "z{n}", "activations": "a{n0}", "acts": "a{n0}", "a": "a{n0}",
    "weights": "W{n}", "biases": "b{n}",
    "nabla_w": "dW{n}", "nabla_b": "db{n}", "dw": "dW{n}", "db": "db{n}", "dws": "dW{n}", "dbs": "db{n}",
    "grads_w": "dW{n}", "grads_b": "db{n}", "deltas": "dz{n}", "dzs": "dz{n}", "w": "W{n}", "b": "b{n}",
}  # fmt: skip


def flattened(arrays: Mapping[str, Any], layers: int) -> dict[str, np.ndarray]:
    """Return each array by the name that it was handed over with.

    Raises:
        ValueError: an entry is no array of numbers, holds NaN, or a list has another length than expected.
        TypeError: an object array.
    """
    found: dict[str, np.ndarray] = {}
    for name, value in arrays.items():
        for inner, array in unpacked(name, value, layers):
            if inner in found:
                raise ValueError(f"{inner} was handed over twice: leave one out")
            found[inner] = as_array(inner, array)
    return found


def unpacked(name: str, value: Any, layers: int) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of one argument."""
    kind = name.lower()
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if isinstance(key, int):
                key = f"{name}[{key}]"
            yield from unpacked(renamed(kind, str(key)), inner, layers)
    elif isinstance(value, list | tuple) and any(np.ndim(v) or isinstance(v, np.generic) for v in value):
        yield from ((inner, array) for inner, array in of_sequence(kind, name, value, layers))
    elif value is not None:
        yield name, value


def renamed(kind: str, key: str) -> str:
    """Return what an entry of a dictionary is called: W1 in ``grads`` is dW1, in ``new_params`` W1_new."""
    parameter = key.lstrip("_").lower().startswith(("w", "b", "theta"))
    if kind in GRADIENTS and parameter:
        return f"d{key}"
    return f"{key}_new" if kind in AFTER and parameter else key


def of_sequence(kind: str, name: str, value: Sequence[Any], layers: int) -> Iterator[tuple[str, Any]]:
    """Yield the arrays of a list by the names that their places mean."""
    if (kind in (*GRADIENTS, *AFTER, *WEIGHTS) and kind not in LISTS) or len(value) == 2 * layers:
        if len(value) != 2 * layers:
            raise ValueError(
                f"{name}: expected {2 * layers} arrays in the order W1, b1, ..., got {len(value)}; "
                "or hand them over by name"
            )
        order = [f"{letter}{i}" for i in range(1, layers + 1) for letter in "Wb"]
        for key, array in zip(order, value, strict=True):
            yield renamed(kind, key), array
        return
    pattern = LISTS.get(kind)
    if pattern is None:
        # a plain list of numbers, such as labels or one array as nested lists
        yield name, value
        return
    first = 0 if "{n0}" in pattern and len(value) == layers + 1 else 1
    for n, array in enumerate(value, start=first):
        yield pattern.format(n=n, n0=n), array


def as_array(name: str, value: Any) -> np.ndarray:
    """Return a copy of an array of real numbers, in its own dtype; a tensor's is taken.

    Raises:
        TypeError: it holds objects, texts or complex numbers.
        ValueError: it holds NaN or infinity, or nothing.
    """
    if hasattr(value, "detach"):
        value = value.detach().cpu().numpy()
    try:
        array = np.array(value)
    except ValueError:
        raise ValueError(f"{name}: expected an array, got rows of different lengths") from None
    if array.dtype == object:
        raise TypeError(
            f"{name}: expected an array of numbers, got dtype object (rows of different lengths, or None?)"
        )
    if array.dtype.kind not in "fiub":
        raise TypeError(f"{name}: expected real numbers, got dtype {array.dtype}")
    if array.size == 0:
        raise ValueError(f"{name}: expected numbers, got an empty array of shape {array.shape}")
    return array
