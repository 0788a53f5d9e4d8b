"""Inference: from logits to answers.

``model.eval()`` stops layers such as dropout from behaving as in training; this network has none, so no
number changes. ``torch.no_grad()`` keeps autograd from recording what a backward pass would need. Neither
of them freezes a weight: only an optimiser's ``step`` changes weights, and here it isn't called.
"""

import torch

from torch_mlp.mlp import MLP


def predict_logits(model: MLP, x: torch.Tensor) -> torch.Tensor:
    """Return the logits (N, classes) for samples (N, features); the model's mode is put back afterwards."""
    was_training = model.training
    model.eval()
    try:
        with torch.no_grad():
            logits: torch.Tensor = model(x)
            return logits
    finally:
        model.train(was_training)


def predict_proba(model: MLP, x: torch.Tensor) -> torch.Tensor:
    """Return the probabilities softmax(logits), (N, classes); each row sums to 1."""
    return predict_logits(model, x).softmax(dim=1)


def predict(model: MLP, x: torch.Tensor) -> torch.Tensor:
    """Return the label (N,) with the largest logit."""
    # the course writes torch.max(outputs, 1)[1], which is the same
    return predict_logits(model, x).argmax(dim=1)


def accuracy(model: MLP, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the fraction of samples whose predicted label is y, counted on the device.

    Raises:
        ValueError: there are not as many labels as samples, or none at all.
    """
    if len(x) == 0 or y.shape != (len(x),):
        raise ValueError(
            f"expected one label for each of {len(x)} samples (at least one), got {tuple(y.shape)}"
        )
    right = (predict(model, x) == y).sum()
    return right.item() / len(x)
