import numpy as np
import pytest
import torch

import torch_mlp
from numpy_mlp import MLP, load_weights, predict_logits, save_weights
from torch_mlp.weights import restore, to_numpy, to_torch


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_torch_restores_what_numpy_saved_bit_for_bit(dtype, tmp_path, make_checkpoint, iris):
    save_weights(tmp_path / "w", make_checkpoint(dtype))
    trained = torch_mlp.load_weights(tmp_path / "w")
    model = restore(trained)
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), trained.final[name], strict=True)
    own = MLP(4, 5, 3, dtype=dtype)
    own.load_state_dict(trained.final)
    x = iris.x_test.astype(dtype)
    labels = torch_mlp.predict(model, torch.tensor(x)).numpy()
    np.testing.assert_array_equal(labels, predict_logits(own, x).argmax(axis=1))


def test_numpy_restores_what_torch_saved_bit_for_bit(tmp_path, make_checkpoint):
    checkpoint, torch_model = make_checkpoint(), torch_mlp.MLP(4, 5, 3)
    checkpoint.library = "torch"
    checkpoint.history.keep(5, to_numpy(torch_model.state_dict()))
    torch_mlp.save_weights(tmp_path / "w", checkpoint)
    trained = load_weights(tmp_path / "w")
    assert trained.library == "torch"
    model = MLP(4, 5, 3)
    model.load_state_dict(trained.final)
    for name, tensor in torch_model.state_dict().items():
        np.testing.assert_array_equal(model.state_dict()[name], tensor.numpy(), strict=True)


def test_copies_between_the_libraries_share_no_memory():
    arrays, tensors = MLP(4, 5, 3).state_dict(), torch_mlp.MLP(4, 5, 3).state_dict()
    for name in arrays:
        assert not np.shares_memory(to_torch(arrays)[name].numpy(), arrays[name])
        assert not np.shares_memory(to_numpy(tensors)[name], tensors[name].numpy())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_restored_model_has_the_trained_weights_in_their_dtype(dtype, make_checkpoint):
    trained = make_checkpoint(dtype)
    model = restore(trained)
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), trained.final[name], strict=True)
        assert not np.shares_memory(tensor.numpy(), trained.final[name])
    assert all(param.requires_grad for param in model.parameters())
