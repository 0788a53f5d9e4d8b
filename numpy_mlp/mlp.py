"""MLP: layers in a row, forwards and backwards, and the names by which PyTorch calls their parameters."""

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from numpy_mlp import init
from numpy_mlp.linear import Linear
from numpy_mlp.parameter import Parameter
from numpy_mlp.relu import ReLU


class MLP:
    """A multi-layer perceptron: Linear, ReLU, Linear, ReLU, ..., Linear.

    ``MLP(4, 10, 3)`` has the layers fc1, relu, fc2; ``MLP(4, 16, 8, 3)`` has fc1, relu1, fc2, relu2, fc3.
    Each is an attribute: ``model.fc1.weight.data``. No ReLU follows the last layer: logits may be negative.
    """

    fc1: Linear

    def __init__(self, *sizes: int, seed: int | None = None, dtype: type[np.floating] = np.float32) -> None:
        """Build the layers from the input's size to the output's.

        Args:
            sizes: Numbers of units: features, hidden layers, classes. At least two, each at least 1.
            seed: The same seed gives the weights that PyTorch draws after ``torch.manual_seed(seed)``.
            dtype: ``np.float32`` (PyTorch's default) or ``np.float64``.

        Raises:
            ValueError: too few sizes, a size below 1, or a seed out of range.
            TypeError: another dtype.
        """
        if len(sizes) < 2:
            raise ValueError(f"expected at least two sizes, such as MLP(4, 10, 3), got {sizes}")
        rng = init.generator(seed)
        self.training = True
        self.layer_names: list[str] = []
        hidden = len(sizes) - 2
        for i, (in_features, out_features) in enumerate(pairwise(sizes), start=1):
            self.add_module(f"fc{i}", Linear(in_features, out_features, rng=rng, dtype=dtype))
            if i <= hidden:
                self.add_module("relu" if hidden == 1 else f"relu{i}", ReLU())

    def add_module(self, name: str, layer: Linear | ReLU) -> None:
        """Put a layer at the end of the row, as the attribute ``name``."""
        setattr(self, name, layer)
        self.layer_names.append(name)

    def forward(self, x: np.ndarray) -> np.ndarray:
        """Return the logits, (N, features) -> (N, classes): each layer's output is the next one's input."""
        for layer in self.children():
            x = layer.forward(x)
        return x

    def backward(self, grad_logits: np.ndarray) -> None:
        """Run the chain rule from the last layer to the first, from dL/dlogits (N, classes).

        Each layer keeps the gradients of its parameters and hands dL/d(its input) to the layer before it.
        """
        grad: Any = grad_logits
        for name in reversed(self.layer_names[1:]):
            grad = getattr(self, name).backward(grad)
        # Nothing stands before the first layer, so its dL/dx isn't needed; autograd skips it too.
        self.fc1.backward(grad, needs_input_grad=False)

    def __call__(self, x: np.ndarray) -> np.ndarray:
        """Calling the model is its forward pass: ``model(x)``."""
        return self.forward(x)

    def children(self) -> Iterator[Any]:
        """Yield the layers, in the order of the forward pass."""
        for name in self.layer_names:
            yield getattr(self, name)

    def named_children(self) -> Iterator[tuple[str, Linear | ReLU]]:
        """Yield ("fc1", Linear), ("relu", ReLU), ... in the order of the forward pass."""
        yield from zip(self.layer_names, self.children(), strict=True)

    def named_parameters(self) -> Iterator[tuple[str, Parameter]]:
        """Yield ("fc1.weight", Parameter), ("fc1.bias", Parameter), ... frozen ones too, as PyTorch does."""
        for name, layer in self.named_children():
            if isinstance(layer, Linear):
                yield f"{name}.weight", layer.weight
                yield f"{name}.bias", layer.bias

    def parameters(self) -> Iterator[Parameter]:
        """Yield the parameters without their names, for an optimiser."""
        for _, param in self.named_parameters():
            yield param

    def train(self, mode: bool = True) -> "MLP":
        """Set training mode and return self. No layer of this network reads it; see ``no_grad``."""
        self.training = mode
        return self

    def eval(self) -> "MLP":
        """Set evaluation mode and return self. It switches no gradient off: that is what ``no_grad`` does."""
        return self.train(False)

    def state_dict(self) -> dict[str, np.ndarray]:
        """Return the weights by name. They are the model's own arrays, not copies, as in PyTorch."""
        return {name: param.data for name, param in self.named_parameters()}

    def load_state_dict(self, state_dict: dict[str, np.ndarray]) -> None:
        """Copy weights in, all or none, keeping this model's dtype.

        Raises:
            ValueError: names are missing or unexpected, or a shape differs; each is named, as in PyTorch.
        """
        own = self.state_dict()
        problems = [f"Missing key: {name}" for name in own.keys() - state_dict.keys()]
        problems += [f"Unexpected key: {name}" for name in state_dict.keys() - own.keys()]
        problems += [
            f"size mismatch for {name}: copying a weight of shape {np.shape(state_dict[name])} "
            f"into a model that has {own[name].shape}"
            for name in own.keys() & state_dict.keys()
            if np.shape(state_dict[name]) != own[name].shape
        ]
        if problems:
            raise ValueError("Error in loading state_dict for MLP: " + "; ".join(sorted(problems)))
        for name, data in own.items():
            data[...] = state_dict[name]

    def __repr__(self) -> str:
        """Return the text that ``print(model)`` shows in PyTorch."""
        return "\n".join(["MLP(", *(f"  ({name}): {layer}" for name, layer in self.named_children()), ")"])
