"""Gate 0: what ``numpy_mlp.data`` prepares, with scikit-learn's preparation, done afresh."""

from types import ModuleType
from typing import Any

import numpy as np
import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

from compare import torch_side
from compare.checks import EXACT, Allowed, CheckContext
from compare.gate import Gate, gate
from compare.trace import Trace
from numpy_mlp.shared import own_data
from torch_mlp import data as torch_data

BATCH_SIZE = 50


def data_gate(dtype: str, dataset: str, seed: int) -> Gate:
    """Return the gate of the prepared samples and labels, and of the batches of one epoch."""
    raw_train, raw_test, y_train, y_test = raw_split(dataset)
    scaler = MinMaxScaler().fit(raw_train)
    x, y = scaler.transform(raw_train).astype(dtype), y_train.astype(np.int64)
    reference = Trace(
        x_train=x, x_test=scaler.transform(raw_test).astype(dtype), y_train=y, y_test=y_test.astype(np.int64),
        data_min=scaler.data_min_, data_max=scaler.data_max_,
    )  # fmt: skip
    budget = dict.fromkeys(reference, EXACT)
    budget |= {"x_train": scaled(raw_train, scaler, dtype), "x_test": scaled(raw_test, scaler, dtype)}

    # both are given the same arrays, so that batches agree bit for bit
    tensors = torch.tensor(x), torch.tensor(y)
    batches = list(torch_data.batches(*tensors, BATCH_SIZE, np.random.default_rng(seed)))
    order = np.random.default_rng(seed).permutation(len(x))
    more: dict[str, Any] = {"batch sizes": [len(labels) for _, labels in batches]}
    for name, array, parts in zip("xy", (x, y), zip(*batches, strict=True), strict=True):
        more[f"batches of {name} as PyTorch's"] = torch_side.to_array(torch.cat(parts))
        more[f"batches of {name} as drawn afresh"] = array[order]
    reference |= more

    def record(trace: Trace, package: ModuleType) -> None:
        prepared = package.load_dataset(dataset, dtype=np.dtype(dtype).type)
        for name in ("x_train", "x_test", "y_train", "y_test"):
            trace[name] = getattr(prepared, name)
        trace["data_min"], trace["data_max"] = prepared.scaler.data_min, prepared.scaler.data_max
        dealt = package.data.batches(x.copy(), y.copy(), BATCH_SIZE, np.random.default_rng(seed))
        found = [(np.array(samples), np.array(labels)) for samples, labels in dealt]
        trace["batch sizes"] = [len(samples) for samples, _ in found]
        for name, parts in zip("xy", zip(*found, strict=True), strict=True):
            joined = np.concatenate(parts)
            trace[f"batches of {name} as PyTorch's"] = trace[f"batches of {name} as drawn afresh"] = joined

    context = CheckContext("preparation", "data", dtype)
    return gate(context, record, reference, budget | dict.fromkeys(more, EXACT))


def raw_split(dataset: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return training and test samples before scaling, and the labels of both: scikit-learn's split."""
    bunch = (
        own_data.read_table(dataset) if own_data.is_file(dataset) else getattr(datasets, f"load_{dataset}")()
    )
    return tuple(train_test_split(bunch.data, bunch.target, test_size=0.2, random_state=42))


def scaled(raw: np.ndarray, scaler: MinMaxScaler, dtype: str) -> Allowed:
    """Return how far two scaled arrays may be apart: (x - min) / span here, x · scale + shift there.

    That is at most 5 roundings in float64 of numbers up to (|x| + |min|) / span, on either side; then each
    result is rounded to the dtype.
    """
    value = scaler.transform(raw)
    error = 5 * 2.0**-53 * (np.abs(raw) + np.abs(scaler.data_min_)) * np.abs(scaler.scale_)
    if dtype == "float32":
        error = error + np.finfo(np.float32).eps / 2 * np.abs(value)
    return Allowed(2 * error, value)
