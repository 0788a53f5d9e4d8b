"""The same arithmetic as numpy_mlp's, line for line, without a class or a check: what do those cost?"""

import numpy as np

from compare.benchmark.workload import LEARNING_RATE, Workload


class BareLoop:
    """Trains a network of one hidden layer; its weights stay between calls."""

    def __init__(self, workload: Workload) -> None:
        """Copy the weights."""
        self.x, self.y = workload.data
        self.weights = [np.array(weight) for weight in workload.weights.values()]

    def __call__(self, epochs: int) -> np.ndarray:
        """Train, and return the loss of every epoch."""
        x, y, lr = self.x, self.y, LEARNING_RATE
        w1, b1, w2, b2 = self.weights
        samples, classes = len(x), len(w2)
        losses = np.empty(epochs, x.dtype)
        for epoch in range(epochs):
            # forward
            hidden = x @ w1.T
            hidden += b1
            mask = hidden > 0
            activation = np.maximum(hidden, 0)
            logits = activation @ w2.T
            logits += b2
            # loss
            target = (np.arange(classes)[:, None] == y).T
            logits = np.asfortranarray(logits)
            shifted = logits - logits.max(axis=1, keepdims=True)
            log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            losses[epoch] = -log_p.T[target.T].sum() / samples
            # backward
            grad = (np.exp(log_p) - target) / samples
            grad_w2 = grad.T @ activation
            grad_b2 = grad.sum(axis=0)
            grad = grad @ w2
            grad = grad * mask
            grad_w1 = grad.T @ x
            grad_b1 = grad.sum(axis=0)
            # step
            w1 -= lr * grad_w1
            b1 -= lr * grad_b1
            w2 -= lr * grad_w2
            b2 -= lr * grad_b2
        return losses
