"""What the tests of the benchmark share."""

import pytest

import numpy_mlp
from compare.benchmark.workload import LEARNING_RATE, Workload


@pytest.fixture
def small():
    """A workload of no time."""
    return Workload((5, 7, 3), 11, epochs=20, large=True)


@pytest.fixture
def by_numpy():
    """Losses and weights of numpy_mlp's training of a workload, from its initial weights."""

    def train(workload, epochs):
        x, y = workload.data
        model = numpy_mlp.MLP(*workload.sizes, seed=42)
        optimizer = numpy_mlp.SGD(model.parameters(), lr=LEARNING_RATE)
        history = numpy_mlp.train(model, optimizer, x, y, epochs=epochs)
        return history.losses, model.state_dict()

    return train
