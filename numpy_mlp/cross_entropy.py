"""Cross-entropy: logits and labels in, one number out, and the gradient that starts the way back.

Shapes: N samples, C classes. z are the logits (N, C), y the labels (N,), whole numbers from 0 to C - 1.

    p          = softmax(z) = exp(z) / Σ_c exp(z)                    (N, C), each row sums to 1
    log p      = z - m - log Σ_c exp(z - m),   m = max_c z           (N, C)
    L          = -1/N Σ_n log p[n, y[n]]                             one number
    dL/dz      = 1/N (p - onehot(y))                                 (N, C)

m changes nothing, since exp(z - m) = exp(z) / exp(m) and the division cancels, but it keeps exp from
overflowing: the largest exponent is then 0. Taking log p in one piece never computes log(0).

The gradient is that short because -log p[n, y] = -z[y] + log Σ_c exp(z[c]): the first part has the slope -1
at the label, and the slope of the second is the softmax itself.

The counterpart of https://docs.pytorch.org/docs/stable/generated/torch.nn.CrossEntropyLoss.html, which
takes logits, not probabilities: it applies log-softmax itself.
"""

import numpy as np

from numpy_mlp.no_grad import is_grad_enabled


def log_softmax(logits: np.ndarray) -> np.ndarray:
    """Return log p = z - m - log Σ_c exp(z - m), (N, C) -> (N, C), without overflow for any finite z."""
    # stored class after class: NumPy takes the max and the sum of C long columns, not of N short rows
    logits = np.asfortranarray(logits)
    # z - m, m = max_c z             (N, C) - (N, 1) -> (N, C)
    shifted = logits - logits.max(axis=1, keepdims=True)
    # log Σ_c exp(z - m)             (N, C) -> (N, 1)
    log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    # log p                          (N, C) - (N, 1) -> (N, C)
    return shifted - log_sum


def softmax(logits: np.ndarray) -> np.ndarray:
    """Return the probabilities p = exp(log p), (N, C) -> (N, C); each row sums to 1."""
    return np.exp(log_softmax(logits))


class CrossEntropyLoss:
    """The negative log-likelihood of the labels under softmax(logits), averaged or summed over the batch."""

    def __init__(self, reduction: str = "mean") -> None:
        """Choose ``"mean"`` (PyTorch's default) or ``"sum"``.

        Raises:
            ValueError: another word.
        """
        if reduction not in ("mean", "sum"):
            raise ValueError(f'expected reduction "mean" or "sum", got {reduction!r}')
        self.reduction = reduction
        self.saved: tuple[np.ndarray, np.ndarray] | None = None

    def forward(self, logits: np.ndarray, labels: np.ndarray) -> np.floating:
        """Return L for logits (N, C) and labels (N,), and keep what ``backward`` needs.

        Raises:
            ValueError: the shapes don't fit, the batch is empty, or a label lies outside of 0 .. C - 1.
            TypeError: the labels are not whole numbers.
        """
        check_labels(logits, labels)
        log_p = log_softmax(logits)
        self.saved = (log_p, labels) if is_grad_enabled() else None
        # Σ_n -log p[n, y[n]]        one of each row, (N, C) -> (N,) -> one number
        loss: np.floating = -log_p[np.arange(len(labels)), labels].sum()
        # L = 1/N Σ_n ...            the mean over the batch
        return loss / len(labels) if self.reduction == "mean" else loss

    def backward(self) -> np.ndarray:
        """Return dL/dlogits (N, C), the gradient that ``MLP.backward`` starts with.

        Raises:
            RuntimeError: no forward pass came before, or it ran under ``no_grad()``.
        """
        if self.saved is None:
            raise RuntimeError("CrossEntropyLoss.backward() needs a forward pass outside of no_grad()")
        log_p, labels = self.saved
        # dL/dz = p - onehot(y)      (N, C), where onehot(y) is 1 at each sample's label and 0 elsewhere
        grad_logits = np.exp(log_p)
        grad_logits[np.arange(len(labels)), labels] -= 1
        # ... 1/N                    the mean over the batch
        return grad_logits / len(labels) if self.reduction == "mean" else grad_logits

    def __call__(self, logits: np.ndarray, labels: np.ndarray) -> np.floating:
        """The loss itself, as a call: ``criterion(logits, labels)``."""
        return self.forward(logits, labels)

    def __repr__(self) -> str:
        """Return PyTorch's text for the loss."""
        return "CrossEntropyLoss()"


def check_labels(logits: np.ndarray, labels: np.ndarray) -> None:
    """Return if logits (N, C) and labels (N,) are a batch.

    Raises:
        ValueError: the shapes don't fit, the batch is empty, or a label lies outside of 0 .. C - 1.
        TypeError: the labels are not whole numbers.
    """
    if logits.ndim != 2 or labels.ndim != 1 or len(labels) != len(logits):
        raise ValueError(f"expected logits (N, C) and labels (N,), got {logits.shape} and {labels.shape}")
    if not len(labels):
        raise ValueError("expected at least one sample, got an empty batch")
    if labels.dtype.kind not in "iu":
        raise TypeError(f"expected labels that are whole numbers, got {labels.dtype}")
    # argmin and argmax find the two ends faster than min and max do
    smallest, largest = labels[labels.argmin()], labels[labels.argmax()]
    if smallest < 0 or largest >= logits.shape[1]:
        raise ValueError(f"expected labels from 0 to {logits.shape[1] - 1}, got {smallest} to {largest}")
