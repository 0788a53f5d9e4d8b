import numpy as np
import pytest
import torch

from torch_mlp.faster.training import train


@pytest.fixture
def trained(twins, iris):
    """Train one twin of several; return the history and the optimizer."""

    def build(mode, *, dtype=np.float32, frozen=(), lr=0.1, sgd=None, **settings):
        _, model = twins(4, 10, 3, dtype=dtype)
        for name, param in model.named_parameters():
            param.requires_grad_(name not in frozen)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, **(sgd or {}))
        x, y = torch.tensor(iris.x_train.astype(dtype)), torch.tensor(iris.y_train)
        return train(model, optimizer, x, y, mode=mode, **settings), optimizer

    return build
