"""Bugs of Linear, ReLU and the network that holds them."""

import numpy as np

from compare.bugs.bug import Bug
from numpy_mlp.linear import Linear
from numpy_mlp.mlp import MLP
from numpy_mlp.no_grad import is_grad_enabled
from numpy_mlp.relu import ReLU

LINEAR_FORWARD = "linear.Linear.forward"
LINEAR_BACKWARD = "linear.Linear.backward"
RELU_FORWARD = "relu.ReLU.forward"
RELU_BACKWARD = "relu.ReLU.backward"


def backward_with_transposed_weight_gradient(
    self: Linear, grad_output: np.ndarray, *, needs_input_grad: bool = True
) -> np.ndarray | None:
    """Keep dL/dW and dL/db; return dL/dx."""
    assert self.x is not None
    # dL/dW = xᵀ dL/dy           (in, N) @ (N, out) -> (in, out)
    self.weight.accumulate(self.x.T @ grad_output)
    # dL/db = Σ_n dL/dy          (N, out) -> (out,)
    self.bias.accumulate(grad_output.sum(axis=0))
    if not needs_input_grad:
        return None
    # dL/dx = dL/dy W            (N, out) @ (out, in) -> (N, in)
    return grad_output @ self.weight.data


weight_gradient_transposed = Bug(
    name="weight-gradient-transposed",
    family="layers",
    why="dL/dW comes out as (in, out): an error in most layers, and silent in a square one.",
    replacements=((LINEAR_BACKWARD, backward_with_transposed_weight_gradient),),
    question="Which shape has W here, and which shape must its gradient have?",
    answer="(out, in), both. dL/dW = (dL/dy)ᵀ x; xᵀ dL/dy is its transpose.",
    gate="backward",
)


def forward_without_transpose(self: Linear, x: np.ndarray) -> np.ndarray:
    """Return y."""
    weight, bias = self.weight.data, self.bias.data
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"Linear expected an input of shape (N, {weight.shape[1]}), got {x.shape}")
    if x.dtype != weight.dtype:
        raise TypeError(f"Linear expected {weight.dtype} input, got {x.dtype}: x.astype({weight.dtype})")
    self.x = x if is_grad_enabled() else None
    # y = x W + b                (N, in) @ (out, in) + (out,)
    y = x @ weight
    y += bias  # in place: a sum would be a second array of that size
    return y


weight_not_transposed = Bug(
    name="weight-not-transposed",
    family="layers",
    why="y = x W + b where W is stored (out, in): an error in most layers, and silent in a square one.",
    replacements=((LINEAR_FORWARD, forward_without_transpose),),
    question="W is stored (out, in) and x is (N, in). Which of W's axes must meet the features of x?",
    answer="Its second: y = x Wᵀ + b.",
    gate="forward",
)


def forward_without_bias(self: Linear, x: np.ndarray) -> np.ndarray:
    """Return y."""
    weight = self.weight.data
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"Linear expected an input of shape (N, {weight.shape[1]}), got {x.shape}")
    if x.dtype != weight.dtype:
        raise TypeError(f"Linear expected {weight.dtype} input, got {x.dtype}: x.astype({weight.dtype})")
    self.x = x if is_grad_enabled() else None
    # y = x Wᵀ                   (N, in) @ (in, out) -> (N, out)
    return x @ weight.T


bias_left_out = Bug(
    name="bias-left-out",
    family="layers",
    why="y = x Wᵀ without + b: the bias is trained, but nothing listens to it.",
    replacements=((LINEAR_FORWARD, forward_without_bias),),
    question="Send x = 0 through your layer. What should come out?",
    answer="The bias: y = x Wᵀ + b.",
    gate="forward",
)


def backward_with_averaged_bias_gradient(
    self: Linear, grad_output: np.ndarray, *, needs_input_grad: bool = True
) -> np.ndarray | None:
    """Keep dL/dW and dL/db; return dL/dx."""
    assert self.x is not None
    # dL/dW = (dL/dy)ᵀ x         (out, N) @ (N, in) -> (out, in)
    self.weight.accumulate(grad_output.T @ self.x)
    # dL/db = 1/N Σ_n dL/dy      (N, out) -> (out,)
    self.bias.accumulate(grad_output.mean(axis=0))
    if not needs_input_grad:
        return None
    # dL/dx = dL/dy W            (N, out) @ (out, in) -> (N, in)
    return grad_output @ self.weight.data


bias_gradient_averaged = Bug(
    name="bias-gradient-averaged",
    family="layers",
    why="The bias gradient is a mean over the samples, where the loss has divided by N already.",
    replacements=((LINEAR_BACKWARD, backward_with_averaged_bias_gradient),),
    question="The weight gradient sums over the samples, by the matrix product. And the bias gradient?",
    answer="It sums as well: dL/db = Σ_n dL/dy. The 1/N is in dL/dy from the loss.",
    gate="backward",
)


def backward_with_first_sample(
    self: Linear, grad_output: np.ndarray, *, needs_input_grad: bool = True
) -> np.ndarray | None:
    """Keep dL/dW and dL/db; return dL/dx."""
    assert self.x is not None
    # dL/dW = (dL/dy)ᵀ x         (out, N) @ (N, in) -> (out, in)
    self.weight.accumulate(grad_output.T @ self.x)
    # dL/db = dL/dy of sample 0  (N, out) -> (out,)
    self.bias.accumulate(grad_output[0])
    if not needs_input_grad:
        return None
    # dL/dx = dL/dy W            (N, out) @ (out, in) -> (N, in)
    return grad_output @ self.weight.data


bias_gradient_of_first_sample = Bug(
    name="bias-gradient-of-first-sample",
    family="layers",
    why="The bias gradient is the first sample's alone; it has the right shape, and the others are lost.",
    replacements=((LINEAR_BACKWARD, backward_with_first_sample),),
    question="(N, out) has to become (out,). By taking a row, or by adding up all rows?",
    answer="The bias took part in every sample's output: dL/db = Σ_n dL/dy, grad_output.sum(axis=0).",
    gate="backward",
)


def mask_from_gradient(self: ReLU, grad_output: np.ndarray) -> np.ndarray:
    """Return dL/dx."""
    assert self.mask is not None
    # dL/dx = dL/dy ⊙ [dL/dy > 0]      (N, features) * (N, features) -> (N, features)
    return grad_output * (grad_output > 0)


mask_of_the_gradient = Bug(
    name="mask-from-the-gradient",
    family="layers",
    why="The mask asks where the gradient is positive, not where ReLU's input was.",
    replacements=((RELU_BACKWARD, mask_from_gradient),),
    question="Which array decides whether ReLU let a number through: its input, or the gradient?",
    answer="Its input, in the forward pass: dL/dx = dL/dy ⊙ [x > 0]. Keep that mask there.",
    gate="backward",
)


def backward_without_mask(self: ReLU, grad_output: np.ndarray) -> np.ndarray:
    """Return dL/dx."""
    assert self.mask is not None
    # dL/dx = dL/dy              (N, features)
    return grad_output


mask_missing = Bug(
    name="mask-missing",
    family="layers",
    why="ReLU's backward hands the gradient on as it came, also where the unit was silent.",
    replacements=((RELU_BACKWARD, backward_without_mask),),
    question="A unit's input was -3. If it moves a little, does the loss change?",
    answer="No: max(0, x) is flat there, so its slope is 0. dL/dx = dL/dy ⊙ [x > 0].",
    gate="backward",
)


def forward_with_mask_at_zero(self: ReLU, x: np.ndarray) -> np.ndarray:
    """Return y."""
    # [x >= 0]                   (N, features) of True and False
    self.mask = x >= 0 if is_grad_enabled() else None
    # y = max(0, x)              (N, features) -> (N, features)
    return np.maximum(x, 0)


mask_at_zero = Bug(
    name="mask-greater-or-equal",
    family="layers",
    why="The mask is x >= 0, so the slope at exactly 0 is 1, where PyTorch takes 0.",
    replacements=((RELU_FORWARD, forward_with_mask_at_zero),),
    question="What is ReLU's slope at exactly 0?",
    answer="Mathematics leaves the choice, PyTorch takes 0: the mask is x > 0.",
    gate="backward",
)


def forward_keeps_activation(self: ReLU, x: np.ndarray) -> np.ndarray:
    """Return y."""
    # y = max(0, x)              (N, features) -> (N, features)
    y = np.maximum(x, 0)
    self.mask = y if is_grad_enabled() else None
    return y


activation_for_mask = Bug(
    name="activation-for-mask",
    family="layers",
    why="The gradient is multiplied by the activation max(0, x), not by the mask of 0 and 1.",
    replacements=((RELU_FORWARD, forward_keeps_activation),),
    question="ReLU's input was 5. What is its slope there: 5 or 1?",
    answer="1: dL/dx = dL/dy ⊙ [x > 0]. Keep x > 0, not max(0, x).",
    gate="backward",
)


def forward_with_relu_at_the_end(self: MLP, x: np.ndarray) -> np.ndarray:
    """Return the logits."""
    for layer in self._layers.values():
        x = layer.forward(x)
    # max(0, z)                  (N, classes)
    return np.maximum(x, 0)


relu_on_output = Bug(
    name="relu-on-the-output",
    family="layers",
    why="ReLU follows the last layer too: negative logits become 0, and unlikely classes look alike.",
    replacements=(("mlp.MLP.forward", forward_with_relu_at_the_end),),
    question="May a logit be negative?",
    answer="Yes: softmax takes any number, and a negative one says `unlikely`. No ReLU after the last layer.",
    gate="forward",
)


def leaky_forward(self: ReLU, x: np.ndarray) -> np.ndarray:
    """Return y."""
    # slope 1 or 0.01            (N, features)
    slope = np.where(x > 0, 1, 0.01).astype(x.dtype)
    self.mask = slope if is_grad_enabled() else None
    # y = slope ⊙ x              (N, features) -> (N, features)
    return slope * x


leaky_relu = Bug(
    name="relu-leaky",
    family="layers",
    why="Negative inputs leak through with slope 0.01: that is LeakyReLU, another network.",
    replacements=((RELU_FORWARD, leaky_forward),),
    question="What does your ReLU return for -100?",
    answer="It must be 0: y = max(0, x).",
    gate="forward",
)


def forward_keeps_first_batch(self: Linear, x: np.ndarray) -> np.ndarray:
    """Return y."""
    weight, bias = self.weight.data, self.bias.data
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"Linear expected an input of shape (N, {weight.shape[1]}), got {x.shape}")
    if x.dtype != weight.dtype:
        raise TypeError(f"Linear expected {weight.dtype} input, got {x.dtype}: x.astype({weight.dtype})")
    if self.x is None:
        self.x = x if is_grad_enabled() else None
    # y = x Wᵀ + b               (N, in) @ (in, out) + (out,) -> (N, out)
    y = x @ weight.T
    y += bias  # in place: a sum would be a second array of that size
    return y


stale_cache = Bug(
    name="cache-of-an-earlier-batch",
    family="layers",
    why="x is kept at the first forward pass only, so later gradients mix two batches.",
    replacements=((LINEAR_FORWARD, forward_keeps_first_batch),),
    question="After the second batch went forward, which x does backward see?",
    answer="It must be that of the latest forward pass: self.x = x, every time.",
    gate="backward",
)


def backward_with_updated_weight(
    self: Linear, grad_output: np.ndarray, *, needs_input_grad: bool = True
) -> np.ndarray | None:
    """Keep dL/dW and dL/db; return dL/dx."""
    assert self.x is not None
    # dL/dW = (dL/dy)ᵀ x         (out, N) @ (N, in) -> (out, in)
    grad_weight = grad_output.T @ self.x
    self.weight.accumulate(grad_weight)
    # dL/db = Σ_n dL/dy          (N, out) -> (out,)
    self.bias.accumulate(grad_output.sum(axis=0))
    if not needs_input_grad:
        return None
    # W' = W - lr dL/dW          (out, in), as a layer has it that moved before it handed on
    updated = self.weight.data - 0.01 * grad_weight
    # dL/dx = dL/dy W'           (N, out) @ (out, in) -> (N, in)
    return grad_output @ updated


updated_too_early = Bug(
    name="updated-before-the-gradient",
    family="layers",
    why="The second layer moves before it hands its gradient on, so the first layer sees the new weights.",
    replacements=((LINEAR_BACKWARD, backward_with_updated_weight),),
    question="With which W was the loss computed: the one before the step, or after it?",
    answer="The one before. First all gradients, back to the first layer, then step().",
    gate="backward",
)

BUGS = (
    weight_gradient_transposed,
    weight_not_transposed,
    bias_left_out,
    bias_gradient_averaged,
    bias_gradient_of_first_sample,
    mask_of_the_gradient,
    mask_missing,
    mask_at_zero,
    activation_for_mask,
    relu_on_output,
    leaky_relu,
    stale_cache,
    updated_too_early,
)
