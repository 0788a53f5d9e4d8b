"""The same .npz file: tensors to arrays and back, always by copy.

``torch.from_numpy`` and ``tensor.numpy()`` share memory: a step of one library would move both models.
"""

from collections.abc import Mapping

import numpy as np
import torch

from numpy_mlp.weights import Checkpoint, load_weights, save_weights
from torch_mlp.mlp import MLP

__all__ = ["load_weights", "restore", "save_weights", "to_numpy", "to_torch"]


def to_numpy(state_dict: Mapping[str, torch.Tensor]) -> dict[str, np.ndarray]:
    """Copy tensors, from whichever device, to arrays of the same dtype."""
    return {name: np.array(tensor.detach().cpu().numpy()) for name, tensor in state_dict.items()}


def to_torch(weights: Mapping[str, np.ndarray]) -> dict[str, torch.Tensor]:
    """Copy arrays to CPU tensors of the same dtype, for ``load_state_dict``."""
    return {name: torch.tensor(data) for name, data in weights.items()}


def restore(trained: Checkpoint) -> MLP:
    """Return the trained network of a checkpoint, whichever library trained it."""
    model = MLP(*trained.sizes)
    weights = to_torch(trained.final)
    model.to(weights["fc1.weight"].dtype).load_state_dict(weights)
    return model
