"""Correct rewrites of the network, not the original line for line: no check may accuse them."""

import numpy as np

from compare.bugs.bug import Bug
from numpy_mlp.cross_entropy import CrossEntropyLoss
from numpy_mlp.linear import Linear
from numpy_mlp.no_grad import is_grad_enabled
from numpy_mlp.relu import ReLU
from numpy_mlp.sgd import SGD


def forward_backwards(self: Linear, x: np.ndarray) -> np.ndarray:
    """Return y."""
    weight, bias = self.weight.data, self.bias.data
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"Linear expected an input of shape (N, {weight.shape[1]}), got {x.shape}")
    if x.dtype != weight.dtype:
        raise TypeError(f"Linear expected {weight.dtype} input, got {x.dtype}: x.astype({weight.dtype})")
    self.x = x if is_grad_enabled() else None
    # y = Σ_i x_i W_i + b, from the last feature to the first      (N, in), (out, in) -> (N, out)
    y: np.ndarray = np.einsum("ni,oi->no", x[:, ::-1], weight[:, ::-1])
    return bias + y


def backward_backwards(
    self: Linear, grad_output: np.ndarray, *, needs_input_grad: bool = True
) -> np.ndarray | None:
    """Keep dL/dW and dL/db; return dL/dx."""
    assert self.x is not None
    # dL/dW = Σ_n dL/dy x, from the last sample to the first       (N, out), (N, in) -> (out, in)
    self.weight.accumulate(np.einsum("no,ni->oi", grad_output[::-1], self.x[::-1]))
    # dL/db = Σ_n dL/dy, likewise                                  (N, out) -> (out,)
    self.bias.accumulate(grad_output[::-1].sum(axis=0))
    if not needs_input_grad:
        return None
    # dL/dx = Σ_o dL/dy W, likewise                                (N, out), (out, in) -> (N, in)
    grad_input: np.ndarray = np.einsum("no,oi->ni", grad_output[:, ::-1], self.weight.data[::-1])
    return grad_input


def log_softmax_by_division(logits: np.ndarray) -> np.ndarray:
    """Return log p."""
    # z - m, m = max_c z             (N, C) - (N, 1) -> (N, C)
    shifted = logits - logits.max(axis=1)[:, None]
    # log Σ_c exp(z - m), from the last class to the first         (N, C) -> (N, 1)
    log_sum = np.log(np.add.reduce(np.exp(shifted)[:, ::-1], axis=1, keepdims=True))
    # log p                          (N, C) - (N, 1) -> (N, C)
    return shifted - log_sum


other_order = Bug(
    name="another-order-of-summation",
    family="rewrite",
    why="Every sum runs the other way round.",
    replacements=(
        ("linear.Linear.forward", forward_backwards),
        ("linear.Linear.backward", backward_backwards),
        ("cross_entropy.log_softmax", log_softmax_by_division),
    ),
    question="",
    answer="",
    gate="",
    equivalent="a sum does not depend on its order, up to rounding",
)


def forward_in_place(self: Linear, x: np.ndarray) -> np.ndarray:
    """Return y."""
    weight, bias = self.weight.data, self.bias.data
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"Linear expected an input of shape (N, {weight.shape[1]}), got {x.shape}")
    if x.dtype != weight.dtype:
        raise TypeError(f"Linear expected {weight.dtype} input, got {x.dtype}: x.astype({weight.dtype})")
    self.x = x if is_grad_enabled() else None
    # y = x Wᵀ                       (N, in) @ (in, out) -> (N, out)
    y: np.ndarray = x @ weight.T
    # y = y + b                      (N, out) + (out,)
    y += bias
    return y


def relu_in_place(self: ReLU, x: np.ndarray) -> np.ndarray:
    """Return y."""
    self.mask = x > 0 if is_grad_enabled() else None
    # y = max(0, x)                  (N, features)
    y = x.copy()
    y[y < 0] = 0
    return y


def loss_backward_in_place(self: CrossEntropyLoss) -> np.ndarray:
    """Return dL/dz."""
    assert self.saved is not None
    log_p, target = self.saved
    # dL/dz = 1/N (p - onehot(y))    (N, C), in an array of its own
    grad_logits = np.empty_like(log_p)
    np.exp(log_p, out=grad_logits)
    grad_logits[target] -= 1
    if self.reduction == "mean":
        grad_logits *= 1 / len(target)
    return grad_logits


def step_in_place(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        if param.grad is None:
            continue
        # d = g, in an array of its own
        update = param.grad.copy()
        if self.maximize:
            np.negative(update, out=update)
        # d = d + λ W
        update += self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            if velocity is None:
                # v = d
                velocity = update.copy()
            else:
                # v = μ v + (1 - τ) d
                velocity *= self.momentum
                velocity += (1 - self.dampening) * update
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity.copy()
        # W = W - lr d
        update *= self.lr
        param.data -= update


in_place = Bug(
    name="in-place-arithmetic",
    family="rewrite",
    why="Every step writes into arrays that are there already.",
    replacements=(
        ("linear.Linear.forward", forward_in_place),
        ("relu.ReLU.forward", relu_in_place),
        ("cross_entropy.CrossEntropyLoss.backward", loss_backward_in_place),
        ("sgd.SGD.step", step_in_place),
    ),
    question="",
    answer="",
    gate="",
    equivalent="the same operations, in other memory",
)

REWRITES = (other_order, in_place)
