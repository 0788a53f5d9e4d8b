"""Bugs of the loss and of softmax."""

import numpy as np

from compare.bugs.bug import Bug
from numpy_mlp.cross_entropy import (
    CrossEntropyLoss,
    check_labels,
    log_softmax,
    one_hot,
    softmax,
)
from numpy_mlp.no_grad import is_grad_enabled

LOG_SOFTMAX = "cross_entropy.log_softmax"
FORWARD = "cross_entropy.CrossEntropyLoss.forward"
BACKWARD = "cross_entropy.CrossEntropyLoss.backward"


def backward_without_mean(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = p - onehot(y)      (N, C)
    grad_logits = np.exp(log_p) - target
    return grad_logits


mean_forgotten = Bug(
    name="mean-forgotten",
    family="loss",
    why="The loss is a mean over the batch, its gradient a sum: every gradient is N times too large.",
    replacements=((BACKWARD, backward_without_mean),),
    question="The loss is right. If it is divided by N, what happens to its slope?",
    answer="A factor stays in front of the derivative: dL/dz = 1/N (p - onehot(y)). Divide by len(target).",
    gate="backward",
)


def backward_over_entries(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = p - onehot(y)      (N, C)
    grad_logits = np.exp(log_p) - target
    # ... 1/(N C)
    return grad_logits / grad_logits.size if self.reduction == "mean" else grad_logits


divided_by_n_times_c = Bug(
    name="divided-by-n-times-c",
    family="loss",
    why="The gradient is divided by the number of logits, N C, where the mean is over the N samples.",
    replacements=((BACKWARD, backward_over_entries),),
    question="Over what is the loss a mean: over the logits, or over the samples?",
    answer="Each sample gives one -log p[y], whatever C is. Divide by len(target), not by grad_logits.size.",
    gate="backward",
)


def backward_divided_twice(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = 1/N (p - onehot(y))      (N, C)
    grad_logits = np.exp(log_p) - target
    grad_logits = grad_logits / len(target) if self.reduction == "mean" else grad_logits
    # ... 1/N, once more
    return grad_logits / len(target) if self.reduction == "mean" else grad_logits


divided_by_n_twice = Bug(
    name="divided-by-n-twice",
    family="loss",
    why="The mean is taken twice, so every gradient is N times too small and training crawls.",
    replacements=((BACKWARD, backward_divided_twice),),
    question="On how many lines between the loss and the update is something divided by N?",
    answer="One line divides, the loss's backward. Linear's backward then sums over the samples.",
    gate="backward",
)


def backward_over_n_minus_one(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = p - onehot(y)      (N, C)
    grad_logits = np.exp(log_p) - target
    # ... 1/(N - 1)
    return grad_logits / max(1, len(target) - 1) if self.reduction == "mean" else grad_logits


divided_by_n_minus_one = Bug(
    name="divided-by-n-minus-one",
    family="loss",
    why="The gradient is divided by N - 1, as a sample variance is, so it is N / (N - 1) times too large.",
    replacements=((BACKWARD, backward_over_n_minus_one),),
    question="N - 1 corrects an estimated variance. Is anything estimated here?",
    answer="The loss is a plain mean over N samples, and its gradient has the same 1/N.",
    gate="backward",
)


def forward_with_sum(self: CrossEntropyLoss, logits: np.ndarray, labels: np.ndarray) -> np.floating:
    """Return L."""
    check_labels(logits, labels)
    log_p, target = log_softmax(logits), one_hot(labels, logits.shape[1])
    # log p[n, y[n]]             onehot(y) picks (N,) out of (N, C); both are stored class after class
    picked = log_p.T[target.T]
    if len(picked) < len(labels):
        highest = logits.shape[1] - 1
        raise ValueError(f"expected labels from 0 to {highest}, got {labels.min()} to {labels.max()}")
    self.saved = (log_p, target) if is_grad_enabled() else None
    # L = Σ_n -log p[n, y[n]]
    loss: np.floating = -picked.sum()
    return loss


sum_for_mean = Bug(
    name="sum-for-mean",
    family="loss",
    why="Loss and gradient are sums over the batch where the mean is asked for: both are N times too large.",
    replacements=((FORWARD, forward_with_sum), (BACKWARD, backward_without_mean)),
    question="Does your loss grow when the batch has twice as many samples?",
    answer='reduction="mean" divides the sum by N, in the loss and in its gradient.',
    gate="forward",
)


def backward_with_flipped_sign(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = onehot(y) - p      (N, C)
    grad_logits = target - np.exp(log_p)
    # ... 1/N
    return grad_logits / len(target) if self.reduction == "mean" else grad_logits


sign_flipped = Bug(
    name="loss-sign-flipped",
    family="loss",
    why="The gradient is onehot - p: the step goes uphill and the loss grows.",
    replacements=((BACKWARD, backward_with_flipped_sign),),
    question="If the right logit rises, does the loss rise or fall, and what sign has its slope?",
    answer="It falls, so the slope at the label is p - 1, which is negative: dL/dz = p - onehot(y).",
    gate="backward",
)


def backward_without_onehot(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = p                  (N, C)
    grad_logits = np.exp(log_p)
    # ... 1/N
    return grad_logits / len(target) if self.reduction == "mean" else grad_logits


onehot_not_subtracted = Bug(
    name="onehot-not-subtracted",
    family="loss",
    why="The gradient is p alone: it pushes every logit down and never looks at the labels.",
    replacements=((BACKWARD, backward_without_onehot),),
    question="Where do the labels enter the gradient?",
    answer="-z[y] has the slope -1 at the label: subtract onehot(y), which is 1 there.",
    gate="backward",
)


def log_softmax_over_samples(logits: np.ndarray) -> np.ndarray:
    """Return log p."""
    # z - m, m = max_n z             (N, C) - (1, C) -> (N, C)
    shifted = logits - logits.max(axis=0, keepdims=True)
    # log Σ_n exp(z - m)             (N, C) -> (1, C)
    log_sum = np.log(np.exp(shifted).sum(axis=0, keepdims=True))
    # log p                          (N, C) - (1, C) -> (N, C)
    return shifted - log_sum


softmax_over_samples = Bug(
    name="softmax-over-samples",
    family="loss",
    why="Softmax runs down the samples (axis 0), so each sample's probabilities no longer sum to 1.",
    replacements=((LOG_SOFTMAX, log_softmax_over_samples),),
    question="What should sum to 1: a row or a column of p?",
    answer="A row: the classes of one sample. Take max and sum along axis=1.",
    gate="forward",
)


def log_softmax_without_sum(logits: np.ndarray) -> np.ndarray:
    """Return log p."""
    # log p = z - m, m = max_c z     (N, C) - (N, 1) -> (N, C)
    return logits - logits.max(axis=1, keepdims=True)


softmax_without_sum = Bug(
    name="softmax-without-its-sum",
    family="loss",
    why="exp(z) is never divided by its sum, so the probabilities are no probabilities.",
    replacements=((LOG_SOFTMAX, log_softmax_without_sum),),
    question="Print p.sum(axis=1). What should it be?",
    answer="1 in every row: log p = z - m - log Σ_c exp(z - m), and the last term is missing.",
    gate="forward",
)


def backward_with_jacobian(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = 1/N (p - onehot(y))      (N, C)
    p = np.exp(log_p)
    grad_p = p - target
    grad_p = grad_p / len(target) if self.reduction == "mean" else grad_p
    # dL/dz = p ⊙ (dL/dp - Σ_c dL/dp ⊙ p)    (N, C) * ((N, C) - (N, 1)) -> (N, C)
    return p * (grad_p - (grad_p * p).sum(axis=1, keepdims=True))


jacobian_twice = Bug(
    name="softmax-jacobian-twice",
    family="loss",
    why="(p - onehot) already went back through softmax, and then softmax's Jacobian is applied once more.",
    replacements=((BACKWARD, backward_with_jacobian),),
    question="p - onehot(y) is the derivative of the loss with respect to what: p or z?",
    answer="With respect to the logits z: softmax is already in it. Hand it to the last layer as it is.",
    gate="backward",
)


def forward_of_softmax(self: CrossEntropyLoss, logits: np.ndarray, labels: np.ndarray) -> np.floating:
    """Return L."""
    check_labels(logits, labels)
    # log softmax(softmax(z))    (N, C) -> (N, C)
    log_p, target = log_softmax(softmax(logits)), one_hot(labels, logits.shape[1])
    # log p[n, y[n]]             onehot(y) picks (N,) out of (N, C); both are stored class after class
    picked = log_p.T[target.T]
    if len(picked) < len(labels):
        highest = logits.shape[1] - 1
        raise ValueError(f"expected labels from 0 to {highest}, got {labels.min()} to {labels.max()}")
    self.saved = (log_p, target) if is_grad_enabled() else None
    # Σ_n -log p[n, y[n]]        (N,) -> one number
    loss: np.floating = -picked.sum()
    # L = 1/N Σ_n ...
    return loss / len(labels) if self.reduction == "mean" else loss


softmax_before_loss = Bug(
    name="softmax-before-the-loss",
    family="loss",
    why="The loss gets probabilities and applies softmax to them again: with three classes it can't fall "
    "below 0.551.",
    replacements=((FORWARD, forward_of_softmax),),
    question="Does the cross-entropy take logits or probabilities?",
    answer="Logits: it applies log-softmax itself. Drop the softmax before it.",
    gate="forward",
)


def log_softmax_without_maximum(logits: np.ndarray) -> np.ndarray:
    """Return log p."""
    # log Σ_c exp(z)                 (N, C) -> (N, 1)
    log_sum = np.log(np.exp(logits).sum(axis=1, keepdims=True))
    # log p                          (N, C) - (N, 1) -> (N, C)
    return logits - log_sum


maximum_not_subtracted = Bug(
    name="maximum-not-subtracted",
    family="loss",
    why="exp of a large logit overflows (above 88 in float32, 709 in float64), and the loss becomes NaN.",
    replacements=((LOG_SOFTMAX, log_softmax_without_maximum),),
    question="What is np.exp(np.float32(100))?",
    answer="Infinity. Subtract each row's maximum first: it cancels in the division, and exp stays below 1.",
    gate="forward",
)


def log_softmax_with_global_maximum(logits: np.ndarray) -> np.ndarray:
    """Return log p."""
    # z - m, m = max_{n,c} z         (N, C) - () -> (N, C)
    shifted = logits - logits.max()
    # log Σ_c exp(z - m)             (N, C) -> (N, 1)
    log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    # log p                          (N, C) - (N, 1) -> (N, C)
    return shifted - log_sum


global_maximum = Bug(
    name="maximum-of-the-whole-array",
    family="loss",
    why="One maximum for all samples: a row that lies far below it underflows to 0, and log(0) is -inf.",
    replacements=((LOG_SOFTMAX, log_softmax_with_global_maximum),),
    question="One sample's logits are near 1000, another's near -1000. What is exp(z - m) in the second?",
    answer="0 in all its entries, and log 0 is -inf. Each row needs its own maximum: axis=1, keepdims=True.",
    gate="forward",
)


def forward_with_epsilon(self: CrossEntropyLoss, logits: np.ndarray, labels: np.ndarray) -> np.floating:
    """Return L."""
    check_labels(logits, labels)
    log_p, target = log_softmax(logits), one_hot(labels, logits.shape[1])
    # p[n, y[n]]                 onehot(y) picks (N,) out of (N, C); both are stored class after class
    picked = np.exp(log_p.T[target.T])
    if len(picked) < len(labels):
        highest = logits.shape[1] - 1
        raise ValueError(f"expected labels from 0 to {highest}, got {labels.min()} to {labels.max()}")
    self.saved = (log_p, target) if is_grad_enabled() else None
    # Σ_n -log(p[n, y[n]] + 1e-7)      (N,) -> one number
    loss: np.floating = -np.log(picked + 1e-7).sum()
    # L = 1/N Σ_n ...
    return loss / len(labels) if self.reduction == "mean" else loss


log_of_p_plus_epsilon = Bug(
    name="log-of-p-plus-epsilon",
    family="loss",
    why="log(p + 1e-7) hides log(0): no sample's loss can exceed 16.118, and every loss is a little off.",
    replacements=((FORWARD, forward_with_epsilon),),
    question="How large can -log(p + 1e-7) become, and how large should the loss of a sure mistake be?",
    answer="16.118, where the true loss has no limit. Compute log p in one piece: z - m - log Σ exp(z - m).",
    gate="forward",
)


def backward_in_the_cache(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = p - onehot(y)      (N, C), written where log p stood
    grad_logits = np.exp(log_p, out=log_p)
    grad_logits -= target
    # ... 1/N
    return grad_logits / len(target) if self.reduction == "mean" else grad_logits


cache_changed = Bug(
    name="cache-changed-in-place",
    family="loss",
    why="backward writes into what forward kept, so a second backward pass starts from other numbers.",
    replacements=((BACKWARD, backward_in_the_cache),),
    question="Call backward twice after one forward. Does it return the same?",
    answer="`grad = probs` is no copy: grad[...] -= 1 changes probs too. Give the gradient a new array.",
    gate="backward",
)

BUGS = (
    mean_forgotten,
    divided_by_n_times_c,
    divided_by_n_twice,
    divided_by_n_minus_one,
    sum_for_mean,
    sign_flipped,
    onehot_not_subtracted,
    softmax_over_samples,
    softmax_without_sum,
    jacobian_twice,
    softmax_before_loss,
    maximum_not_subtracted,
    global_maximum,
    log_of_p_plus_epsilon,
    cache_changed,
)
