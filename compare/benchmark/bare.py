"""The arithmetic of numpy_mlp, line for line, without a layer or a check: so it measures what those cost."""

import numpy as np

from compare.benchmark.workload import LEARNING_RATE, Workload


class BareLoop:
    """Trains a network of one hidden layer; its weights stay between calls."""

    def __init__(self, workload: Workload, samples: int | None = None) -> None:
        """Copy the weights; take all samples, or only the first ``samples``."""
        self.epochs = workload.epochs
        self.x, self.y = (array[:samples] for array in workload.data)
        self.weights = [np.array(weight) for weight in workload.weights.values()]

    def __call__(self) -> np.ndarray:
        """Train for the workload's epochs, and return the loss of each, (epochs,)."""
        x, y, lr = self.x, self.y, LEARNING_RATE
        w1, b1, w2, b2 = self.weights
        samples = len(x)
        losses = np.empty(self.epochs, x.dtype)
        for epoch in range(self.epochs):
            # forward
            hidden = x @ w1.T
            hidden += b1
            mask = hidden > 0
            activation = np.maximum(hidden, 0)
            logits = activation @ w2.T
            logits += b2
            # loss
            logits = np.asfortranarray(logits)
            shifted = logits - logits.max(axis=1, keepdims=True)
            log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
            losses[epoch] = -log_p[np.arange(samples), y].sum() / samples
            # backward
            grad = np.exp(log_p)
            grad[np.arange(samples), y] -= 1
            grad = grad / samples
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
