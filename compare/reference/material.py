"""Labels and weights as people hand them over, made into what a reference starts from."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from compare.reference.formulas import Layout
from compare.reference.shapes import laid_out


def labels_of(y: Any, samples: int) -> np.ndarray:
    """Return labels (N,) from integers of any shape, or one-hot rows or columns."""
    array = np.asarray(y)
    if array.size == samples:
        labels = array.ravel()
    elif array.ndim == 2 and samples in array.shape:
        labels = array.argmax(axis=1 if array.shape[0] == samples else 0)
    else:
        raise ValueError(f"y: expected {samples} labels or their one-hot rows, got shape {array.shape}")
    whole = labels.astype(np.int64)
    if not (whole == labels).all() or whole.min() < 0:
        raise ValueError(f"y: expected labels 0, 1, 2, ..., got {labels[:5]}")
    return whole


def named_weights(weights: Any) -> dict[str, np.ndarray]:
    """Return weights by name, from a dictionary or from W1, b1, W2, ... in order."""
    if isinstance(weights, Mapping):
        found = {str(name): np.asarray(array) for name, array in weights.items()}
    else:
        items = list(weights)
        found = {f"{'Wb'[i % 2]}{i // 2 + 1}": np.asarray(array) for i, array in enumerate(items)}
    return {name.replace("w", "W"): array for name, array in found.items()}


def sizes_of(weights: dict[str, np.ndarray] | None, layout: Layout) -> tuple[int, ...] | None:
    """Return the sizes of a network with these weights."""
    if weights is None:
        return None
    matrices = [weights[f"W{i}"] for i in range(1, len(weights) + 1) if f"W{i}" in weights]
    if not matrices or any(w.ndim != 2 for w in matrices):
        raise ValueError(f"weights: expected W1, b1, W2, ..., W of two axes; got {', '.join(weights)}")
    into = 0 if layout.inputs_first else 1
    return (*(w.shape[into] for w in matrices), matrices[-1].shape[1 - into])


def given_weights(
    weights: dict[str, np.ndarray], sizes: tuple[int, ...], layout: Layout, dtype: np.dtype[Any]
) -> dict[str, np.ndarray]:
    """Return weights, W as (in, out) and b as (out,); a missing bias is 0."""
    found: dict[str, np.ndarray] = {}
    for i in range(1, len(sizes)):
        shape = sizes[i - 1], sizes[i]
        w = weights[f"W{i}"]
        w = w if layout.inputs_first else w.T
        bias = weights.get(f"b{i}", np.zeros(sizes[i]))
        if w.shape != shape or bias.size != sizes[i]:
            raise ValueError(
                f"W{i}, b{i}: expected {laid_out(np.zeros(shape), '', layout).shape} and {sizes[i]} numbers "
                f"in layout {layout}, got {weights[f'W{i}'].shape} and {bias.shape}"
            )
        found |= {f"W{i}": np.array(w, dtype), f"b{i}": np.array(bias, dtype).ravel()}
    return found
