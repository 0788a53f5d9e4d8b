"""A weights file as a PyTorch network: arrays to tensors and back, always by copy.

``torch.from_numpy`` and ``tensor.numpy()`` share memory: a step of one library would change both models.
"""

from collections.abc import Mapping

import numpy as np
import torch

from numpy_mlp.shared.cli.saved_run import ForwardPass
from numpy_mlp.shared.weights import Checkpoint, load_weights, save_weights
from torch_mlp.inference import predict_logits, predict_proba
from torch_mlp.mlp import MLP

__all__ = ["forward_pass", "load_weights", "restore", "save_weights", "to_numpy", "to_torch"]


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


def forward_pass(trained: Checkpoint, device: torch.device) -> ForwardPass:
    """Return this package's forward pass for the pictures: the network of a checkpoint, in float64."""
    model = restore(trained).double().to(device)
    criterion = torch.nn.CrossEntropyLoss()

    def outputs(weights: Mapping[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
        """Return each layer's output by name."""
        model.load_state_dict(to_torch(weights))
        found, output = {}, torch.tensor(x, device=device)
        with torch.no_grad():
            for name, layer in model.named_children():
                output = layer(output)
                found[name] = output.cpu().numpy()
        return found

    def proba(weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Return the probabilities."""
        model.load_state_dict(to_torch(weights))
        return predict_proba(model, torch.tensor(x, device=device)).cpu().numpy()

    def loss(weights: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
        """Return the mean cross-entropy."""
        model.load_state_dict(to_torch(weights))
        logits = predict_logits(model, torch.tensor(x, device=device))
        return criterion(logits, torch.tensor(y, device=device)).item()

    return ForwardPass(outputs, proba, loss)
