"""``torch_mlp.faster.training.train``: the training of ``torch_mlp.train``, by other steps."""

import numpy as np
import pytest
import torch

import torch_mlp
from torch_mlp.faster.step import eager_step
from torch_mlp.faster.training import epoch_of_steps


@pytest.mark.parametrize("batch_size", [None, 16, 50])
def test_mode_eager_gives_the_history_of_the_plain_loop(batch_size, trained, twins, iris):
    settings = {"epochs": 12, "batch_size": batch_size, "snapshot_every": 5, "seed": 3}
    history, _ = trained("eager", **settings)
    _, model = twins(4, 10, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.tensor(iris.x_train), torch.tensor(iris.y_train)
    plain = torch_mlp.train(model, optimizer, x, y, **settings)
    np.testing.assert_array_equal(history.losses, plain.losses, strict=True)
    assert history.snapshot_epochs == plain.snapshot_epochs == [0, 5, 10, 12]
    for ours, theirs in zip(history.snapshots, plain.snapshots, strict=True):
        assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)


def test_epoch_of_eager_steps_leaves_the_weights_of_the_plain_loop_and_its_mean_loss(twins, iris, gamma):
    x, y = torch.tensor(iris.x_train), torch.tensor(iris.y_train)
    _, model = twins(4, 10, 3)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    plain = torch_mlp.train(model, optimizer, x, y, epochs=2, batch_size=50, seed=3)
    _, model = twins(4, 10, 3)
    step = eager_step(model, torch.nn.CrossEntropyLoss(), torch.optim.SGD(model.parameters(), lr=0.1))
    losses = torch.zeros(2)
    run = epoch_of_steps(step, x, y, 50, np.random.default_rng(3), losses)
    run(0)
    run(1)
    for name, data in model.state_dict().items():
        np.testing.assert_array_equal(data.numpy(), plain.snapshots[-1][name], strict=True)
    # three batches' losses, each multiplied by its part of the samples first
    assert (np.abs(losses.numpy() - plain.losses) <= 2 * gamma(2 * 3, np.float32) * plain.losses).all()
