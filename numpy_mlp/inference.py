"""Inference: from logits to answers.

The network's outputs are logits, numbers of any size and sign. softmax turns them into probabilities; it
keeps their order, so the answer is the class of the largest logit, with or without it.

Two switches, and neither needs the other. ``model.eval()`` stops layers such as dropout from behaving as in
training; this network has none, so no number changes. ``no_grad()`` keeps the forward pass from storing
what a backward pass would need. Neither of them freezes a weight: only an optimiser's ``step`` changes
weights, and here it isn't called.
"""

import numpy as np

from numpy_mlp.cross_entropy import softmax
from numpy_mlp.mlp import MLP
from numpy_mlp.no_grad import no_grad


def predict_logits(model: MLP, x: np.ndarray) -> np.ndarray:
    """Return the logits (N, classes) for samples (N, features); the model's mode is put back afterwards."""
    was_training = model.training
    model.eval()
    try:
        with no_grad():
            return model(x)
    finally:
        model.train(was_training)


def predict_proba(model: MLP, x: np.ndarray) -> np.ndarray:
    """Return the probabilities softmax(logits), (N, classes); each row sums to 1."""
    return softmax(predict_logits(model, x))


def predict(model: MLP, x: np.ndarray) -> np.ndarray:
    """Return the label (N,) with the largest logit, the first of them if there are several."""
    # argmax_c z                 (N, C) -> (N,)
    labels: np.ndarray = predict_logits(model, x).argmax(axis=1)
    return labels


def accuracy(model: MLP, x: np.ndarray, y: np.ndarray) -> float:
    """Return the fraction of samples whose predicted label is y, from 0 to 1.

    Raises:
        ValueError: there are not as many labels as samples, or none at all.
    """
    if len(x) == 0 or y.shape != (len(x),):
        raise ValueError(f"expected one label for each of {len(x)} samples (at least one), got {y.shape}")
    # 1/N Σ_n [predicted == y]
    return float((predict(model, x) == y).mean())
