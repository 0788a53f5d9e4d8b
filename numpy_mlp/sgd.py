"""Stochastic gradient descent, with PyTorch's meaning of each argument.

For a parameter W with gradient g, learning rate lr, momentum μ, dampening τ and weight decay λ:

    d  = g                (-g to maximise)
    d  = d + λ W          weight decay: the slope of λ/2 ‖W‖²
    v  = d                at the first step: the first buffer is the raw gradient
    v  = μ v + (1 - τ) d  at every later step
    d  = v                momentum      (d + μ v: Nesterov's)
    W  = W - lr d

Without its extras that is W = W - lr g.
Source: the algorithm box of https://docs.pytorch.org/docs/stable/generated/torch.optim.SGD.html
"""

from collections.abc import Iterable

import numpy as np

from numpy_mlp.parameter import Parameter


class SGD:
    """Changes parameters in place, against their gradients (the counterpart of ``torch.optim.SGD``)."""

    def __init__(
        self,
        params: Iterable[Parameter],
        lr: float = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        """Take the parameters and PyTorch's arguments.

        Raises:
            ValueError: no parameters, a negative lr, momentum or weight decay, or Nesterov's momentum
                without momentum or with dampening (PyTorch's own refusals, in its words).
        """
        self.params = list(params)
        if not self.params:
            raise ValueError("optimizer got an empty parameter list")
        if not lr >= 0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not momentum >= 0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if not weight_decay >= 0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        # Python floats take the dtype of the array that they meet; a NumPy scalar would impose its own.
        self.lr, self.momentum, self.dampening = float(lr), float(momentum), float(dampening)
        self.weight_decay, self.nesterov, self.maximize = float(weight_decay), nesterov, maximize
        self.velocities: list[np.ndarray | None] = [None] * len(self.params)

    def zero_grad(self) -> None:
        """Forget the gradients: set each to None, as PyTorch does."""
        for param in self.params:
            param.grad = None

    def step(self) -> None:
        """Move every parameter that has a gradient; each line is elementwise, in the parameter's shape."""
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
            # W = W - lr d, in place: the model and the optimiser share this array
            param.data -= self.lr * update

    def __repr__(self) -> str:
        """Return the learning rate, whatever else is switched on, and how many parameters it moves."""
        extras = {name: getattr(self, name) for name in ("momentum", "dampening", "weight_decay")}
        extras |= {"nesterov": self.nesterov, "maximize": self.maximize}
        chosen = "".join(f", {name}={value}" for name, value in extras.items() if value)
        return f"SGD({len(self.params)} parameters, lr={self.lr}{chosen})"
