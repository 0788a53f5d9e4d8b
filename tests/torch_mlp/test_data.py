import numpy as np
import pytest
import torch

import torch_mlp.data
from numpy_mlp.data import batches


@pytest.mark.parametrize("batch_size", [None, 1, 3, 7, 100])
def test_both_packages_take_the_same_batches_with_samples_and_labels_together(batch_size):
    x, y = np.arange(14.0).reshape(7, 2), np.arange(7)
    ours, theirs = np.random.default_rng(5), np.random.default_rng(5)
    orders = []
    for _ in range(2):  # epochs
        pairs = list(
            zip(
                batches(x, y, batch_size, ours),
                torch_mlp.data.batches(torch.tensor(x), torch.tensor(y), batch_size, theirs),
                strict=True,
            )
        )
        for (x_ours, y_ours), (x_theirs, y_theirs) in pairs:
            np.testing.assert_array_equal(x_ours, x_theirs.numpy(), strict=True)
            np.testing.assert_array_equal(y_ours, y_theirs.numpy(), strict=True)
            np.testing.assert_array_equal(x_ours, x[y_ours])  # label k belongs to row k
        orders.append(np.concatenate([y_ours for (_, y_ours), _ in pairs]).tolist())
    assert (orders[0] == orders[1]) == (batch_size is None)  # each epoch has an order of its own


def test_tensors_are_copies_of_the_arrays(iris):
    data = torch_mlp.data.to_device(iris, torch.device("cpu"))
    for name in ("x_train", "y_train", "x_test", "y_test"):
        array, tensor = getattr(iris, name), getattr(data, name)
        np.testing.assert_array_equal(tensor.numpy(), array, strict=True)
        assert not np.shares_memory(tensor.numpy(), array)
