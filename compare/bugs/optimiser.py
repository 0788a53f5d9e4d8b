"""Bugs of the optimiser, the start and the training."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from compare.bugs.bug import Bug
from numpy_mlp.data import batch_indices
from numpy_mlp.parameter import Parameter
from numpy_mlp.sgd import SGD

STEP = "sgd.SGD.step"
ZERO_GRAD = "sgd.SGD.zero_grad"


def zero_grad_does_nothing(self: SGD) -> None:
    """Forget the gradients."""


zero_grad_forgotten = Bug(
    name="zero-grad-forgotten",
    family="optimiser",
    why="Nobody forgets the old gradients, so each step adds to all that came before.",
    replacements=((ZERO_GRAD, zero_grad_does_nothing),),
    question="backward() adds to param.grad. Who empties it before the next batch?",
    answer="optimizer.zero_grad(), before each backward pass: it sets every param.grad to None.",
    gate="backward",
)


def zero_grad_of_a_name(self: SGD) -> None:
    """Forget the gradients."""
    for param in self.params:
        grad = param.grad
        grad = None  # noqa: F841 (the mistake: a local name forgets, the parameter does not)


zero_grad_rebinds = Bug(
    name="zero-grad-of-a-local-name",
    family="optimiser",
    why="A local name is set to None; the parameter still holds its gradient, and the next one is added.",
    replacements=((ZERO_GRAD, zero_grad_of_a_name),),
    question="After `grad = param.grad; grad = None`, what is param.grad?",
    answer="What it was: only the local name has changed. Write param.grad = None.",
    gate="backward",
)


def overwrite(self: Parameter, grad: np.ndarray) -> None:
    """Keep ``grad``."""
    if grad.shape != self.data.shape:
        raise ValueError(f"expected a gradient of shape {self.data.shape}, got {grad.shape}")
    if grad.dtype != self.data.dtype:
        raise TypeError(f"expected a gradient of dtype {self.data.dtype}, got {grad.dtype}")
    if self.requires_grad:
        self.grad = grad


gradient_overwritten = Bug(
    name="gradient-overwritten",
    family="optimiser",
    why="A second backward pass replaces the first one's gradient, where PyTorch adds them.",
    replacements=(("parameter.Parameter.accumulate", overwrite),),
    question="Two backward passes without zero_grad in between. What should param.grad hold?",
    answer="The sum of both: self.grad + grad. That is why zero_grad exists.",
    gate="backward",
)


def step_uphill(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        if self.weight_decay:
            # d = d + λ W
            update = update + self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = d at first, then v = μ v + (1 - τ) d
            velocity = (
                update.copy()
                if velocity is None
                else self.momentum * velocity + (1 - self.dampening) * update
            )
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity
        # W = W + lr d
        param.data += self.lr * update


wrong_sign = Bug(
    name="update-with-wrong-sign",
    family="optimiser",
    why="W = W + lr d climbs the loss instead of descending it.",
    replacements=((STEP, step_uphill),),
    question="The gradient points to where the loss grows. Which way do you want to go?",
    answer="The other way: W = W - lr d.",
    gate="update",
)


def step_with_moving_average(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        if self.weight_decay:
            # d = d + λ W
            update = update + self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = μ v + (1 - μ) d, from v = 0
            velocity = (1 - self.momentum) * update + (0 if velocity is None else self.momentum * velocity)
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity
        # W = W - lr d, in place: the model and the optimiser share this array
        param.data -= self.lr * update


momentum_average = Bug(
    name="momentum-as-moving-average",
    family="optimiser",
    why="v = μ v + (1 - μ) d is a moving average: at the first step it is (1 - μ) of PyTorch's.",
    replacements=((STEP, step_with_moving_average),),
    question="With the same gradient g at every step, where does the velocity end: at g, or at g / (1 - μ)?",
    answer="PyTorch's SGD ends at g / (1 - μ): v = μ v + d. The factor (1 - μ) belongs to Adam.",
    gate="update",
)


def step_without_nesterov(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        if self.weight_decay:
            # d = d + λ W
            update = update + self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = d at first, then v = μ v + (1 - τ) d
            velocity = (
                update.copy()
                if velocity is None
                else self.momentum * velocity + (1 - self.dampening) * update
            )
            self.velocities[i] = velocity
            # d = v
            update = velocity
        # W = W - lr d, in place: the model and the optimiser share this array
        param.data -= self.lr * update


nesterov_ignored = Bug(
    name="nesterov-ignored",
    family="optimiser",
    why="nesterov=True is taken and does nothing: the first update is 1 / (1 + μ) of what it should be.",
    replacements=((STEP, step_without_nesterov),),
    question="Where does your step() read self.nesterov?",
    answer="With Nesterov's momentum the step looks ahead: d = d + μ v, otherwise d = v.",
    gate="update",
)


def step_with_dampened_start(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        if self.weight_decay:
            # d = d + λ W
            update = update + self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = (1 - τ) d at first, then v = μ v + (1 - τ) d
            velocity = (1 - self.dampening) * update + (0 if velocity is None else self.momentum * velocity)
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity
        # W = W - lr d, in place: the model and the optimiser share this array
        param.data -= self.lr * update


dampening_at_first = Bug(
    name="dampening-of-first-buffer",
    family="optimiser",
    why="The first velocity is dampened too, where PyTorch starts with the raw gradient.",
    replacements=((STEP, step_with_dampened_start),),
    question="What is the velocity after the very first step?",
    answer="PyTorch's is the raw gradient, v = d; (1 - τ) comes in from the second step on.",
    gate="update",
)


def step_with_decoupled_decay(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        # W = W - lr λ W
        param.data -= self.lr * self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = d at first, then v = μ v + (1 - τ) d
            velocity = (
                update.copy()
                if velocity is None
                else self.momentum * velocity + (1 - self.dampening) * update
            )
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity
        # W = W - lr d, in place: the model and the optimiser share this array
        param.data -= self.lr * update


decay_decoupled = Bug(
    name="weight-decay-decoupled",
    family="optimiser",
    why="The decay shrinks the weights beside the gradient and never enters the velocity: that is AdamW's.",
    replacements=((STEP, step_with_decoupled_decay),),
    question="Does your velocity remember the weight decay of earlier steps?",
    answer="In PyTorch's SGD it does: d = g + λ W comes before momentum.",
    gate="update",
)


def step_without_decay_of_biases(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        if self.weight_decay and param.data.ndim > 1:
            # d = d + λ W, for matrices
            update = update + self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = d at first, then v = μ v + (1 - τ) d
            velocity = (
                update.copy()
                if velocity is None
                else self.momentum * velocity + (1 - self.dampening) * update
            )
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity
        # W = W - lr d, in place: the model and the optimiser share this array
        param.data -= self.lr * update


decay_skips_biases = Bug(
    name="weight-decay-skips-biases",
    family="optimiser",
    why="Only matrices decay. That may be a good idea, but PyTorch's SGD decays every parameter it holds.",
    replacements=((STEP, step_without_decay_of_biases),),
    question="Is a bias a parameter of the optimiser?",
    answer="Yes: despite its name, weight_decay means every parameter, d = g + λ W for biases too.",
    gate="update",
)


def step_divided_by_samples(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    samples = 120
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        if self.weight_decay:
            # d = d + λ W
            update = update + self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = d at first, then v = μ v + (1 - τ) d
            velocity = (
                update.copy()
                if velocity is None
                else self.momentum * velocity + (1 - self.dampening) * update
            )
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity
        # W = W - lr/N d
        param.data -= self.lr / samples * update


lr_divided = Bug(
    name="learning-rate-divided-by-n",
    family="optimiser",
    why="The step is divided by the number of training samples, where the loss is a mean already.",
    replacements=((STEP, step_divided_by_samples),),
    question="Who divides by N: the loss, or the optimiser?",
    answer="The loss does. The optimiser knows no samples: W = W - lr d.",
    gate="update",
)


def step_of_a_name(self: SGD) -> None:
    """Move every parameter that has a gradient."""
    for i, param in enumerate(self.params):
        # d = g
        update = param.grad
        if update is None:
            continue
        if self.maximize:
            update = -update
        if self.weight_decay:
            # d = d + λ W
            update = update + self.weight_decay * param.data
        if self.momentum:
            velocity = self.velocities[i]
            # v = d at first, then v = μ v + (1 - τ) d
            velocity = (
                update.copy()
                if velocity is None
                else self.momentum * velocity + (1 - self.dampening) * update
            )
            self.velocities[i] = velocity
            # d = v, or d + μ v
            update = update + self.momentum * velocity if self.nesterov else velocity
        weight = param.data
        # W = W - lr d, into a new array that nobody keeps
        weight = weight - self.lr * update


rebound = Bug(
    name="parameters-rebound",
    family="optimiser",
    why="`weight = weight - lr * grad` gives a local name to a new array: the model never changes.",
    replacements=((STEP, step_of_a_name),),
    question="After `w = w - lr * g`, does the array that the model holds have new numbers?",
    answer="No: w is a new array. Change the model's own in place: param.data -= lr * update.",
    gate="update",
)


def zeros(rng: np.random.RandomState, bound: float, shape: tuple[int, ...]) -> np.ndarray:
    """Return zeros."""
    return np.zeros(shape, np.float32)


all_zero = Bug(
    name="weights-all-zero",
    family="optimiser",
    why="All weights start at 0: hidden units are all alike, and the hidden layer's gradients are 0.",
    replacements=(("init.uniform", zeros),),
    question="If all hidden units start equal, what could ever make them differ?",
    answer="Nothing; and with W2 = 0 no gradient reaches the first layer. Draw from [-1/√in, 1/√in).",
    gate="same seed",
)


def bound_without_root(in_features: int) -> float:
    """Return the bound."""
    # 1 / in
    return 1 / in_features


bound_one_over_in = Bug(
    name="init-bound-without-root",
    family="optimiser",
    why="The bound of the draw is 1/in where it is 1/√in: a sum of `in` terms comes out too small.",
    replacements=(("init.weight_bound", bound_without_root), ("init.bias_bound", bound_without_root)),
    question="If `in` random terms are added, does the sum's spread grow like in, or like √in?",
    answer="Like √in, so weights of size 1/√in keep the output's spread. The bound is 1/√in.",
    gate="same seed",
)


def batches_of_unshuffled_labels(
    x: np.ndarray, y: np.ndarray, batch_size: int | None, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (x, y) for each batch of one epoch."""
    if batch_size is None:
        yield x, y
        return
    start = 0
    for index in batch_indices(len(x), batch_size, rng):
        x_batch = x[index]
        yield x_batch, y[start : start + len(x_batch)]
        start += len(x_batch)


labels_not_shuffled = Bug(
    name="labels-not-shuffled",
    family="optimiser",
    why="Samples are shuffled, labels are not: every gradient is right, for the wrong flowers.",
    replacements=(("data.batches", batches_of_unshuffled_labels),),
    question="Which label belongs to x[index]?",
    answer="y[index]: take both by the same indices.",
    gate="data",
)


def batches_without_last(
    x: np.ndarray, y: np.ndarray, batch_size: int | None, rng: np.random.Generator
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (x, y) for each batch of one epoch."""
    if batch_size is None:
        yield x, y
        return
    for index in batch_indices(len(x), batch_size, rng):
        if len(index) == batch_size:
            yield x[index], y[index]


last_batch_dropped = Bug(
    name="last-batch-dropped",
    family="optimiser",
    why="The last, smaller batch is dropped, so some samples of every epoch are never seen.",
    replacements=(("data.batches", batches_without_last),),
    question="120 samples in batches of 50: how many batches has an epoch?",
    answer="Three, of 50, 50 and 20. Slices may end early: order[start : start + batch_size].",
    gate="data",
)


def average_gradients_plainly(
    gradients: Sequence[Mapping[str, np.ndarray]], sizes: Sequence[int]
) -> dict[str, np.ndarray]:
    """Return g."""
    # an empty share is left out, not multiplied by its weight of 0: 0 times NaN is NaN
    held = [(1 / len(sizes), gradient) for size, gradient in zip(sizes, gradients, strict=True) if size]
    names = list(held[0][1])
    # g = 1/R Σ_r g_r            each shaped as its parameter
    return {name: np.sum([weight * gradient[name] for weight, gradient in held], axis=0) for name in names}


shares_averaged_plainly = Bug(
    name="shares-averaged-plainly",
    family="optimiser",
    why="The workers' gradients are averaged without weights: a sample in a small share counts more.",
    replacements=(("parallel.average_gradients", average_gradients_plainly),),
    question="Two workers share three samples, two and one. How much does each sample weigh in your average?",
    answer="1/4, 1/4 and 1/2, where each should be 1/3: weigh each worker's mean with n_r / N.",
    gate="backward",
)

BUGS = (
    zero_grad_forgotten,
    zero_grad_rebinds,
    gradient_overwritten,
    wrong_sign,
    momentum_average,
    nesterov_ignored,
    dampening_at_first,
    decay_decoupled,
    decay_skips_biases,
    lr_divided,
    rebound,
    all_zero,
    bound_one_over_in,
    labels_not_shuffled,
    last_batch_dropped,
    shares_averaged_plainly,
)
