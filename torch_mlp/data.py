"""The data on the device: the arrays that ``numpy_mlp.data`` prepared, as tensors, in the same batches."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from numpy_mlp.data import Dataset, batch_indices, load_dataset

__all__ = ["Dataset", "TensorData", "batches", "load_dataset", "to_device"]


@dataclass(frozen=True)
class TensorData:
    """Samples (N, features) and labels (N,) on one device."""

    x_train: torch.Tensor
    y_train: torch.Tensor
    x_test: torch.Tensor
    y_test: torch.Tensor


def to_device(dataset: Dataset, device: torch.device) -> TensorData:
    """Copy a data set's arrays to a device."""
    return TensorData(
        x_train=torch.tensor(dataset.x_train, device=device),
        y_train=torch.tensor(dataset.y_train, device=device),
        x_test=torch.tensor(dataset.x_test, device=device),
        y_test=torch.tensor(dataset.y_test, device=device),
    )


def batches(
    x: torch.Tensor, y: torch.Tensor, batch_size: int | None, rng: np.random.Generator
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield (x, y) for each batch of one epoch, in the order that ``numpy_mlp`` takes them."""
    if batch_size is None:
        yield x, y
        return
    for index in batch_indices(len(x), batch_size, rng):
        on_device = torch.from_numpy(index).to(x.device)
        yield x[on_device], y[on_device]
