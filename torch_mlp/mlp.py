"""MLP: the same layers in a row. PyTorch provides Linear, ReLU, their draws and their backward passes."""

from itertools import pairwise

import torch
from torch import nn


class MLP(nn.Module):
    """A multi-layer perceptron: Linear, ReLU, Linear, ReLU, ..., Linear.

    ``MLP(4, 10, 3)`` has the layers fc1, relu, fc2; ``MLP(4, 16, 8, 3)`` has fc1, relu1, fc2, relu2, fc3.
    For one hidden layer a tutorial would write it out:

        self.fc1 = nn.Linear(4, 10)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(10, 3)
    """

    def __init__(self, *sizes: int) -> None:
        """Build the layers from the input's size to the output's; ``torch.manual_seed`` decides the draws."""
        super().__init__()
        hidden = len(sizes) - 2
        for i, (in_features, out_features) in enumerate(pairwise(sizes), start=1):
            self.add_module(f"fc{i}", nn.Linear(in_features, out_features))
            if i <= hidden:
                self.add_module("relu" if hidden == 1 else f"relu{i}", nn.ReLU())

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the logits, (N, features) -> (N, classes). Autograd records what ``backward`` needs."""
        for layer in self.children():
            x = layer(x)
        return x
