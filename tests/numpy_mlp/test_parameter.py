import numpy as np
import pytest
import torch

from numpy_mlp import Parameter


def test_gradients_add_up_until_they_are_forgotten():
    param = Parameter(np.zeros(2))
    assert param.grad is None
    param.accumulate(np.array([1.0, 2.0]))
    param.accumulate(np.array([10.0, -2.0]))
    np.testing.assert_array_equal(param.grad, [11.0, 0.0])


def test_accumulating_changes_no_array_that_was_handed_over():
    param, first = Parameter(np.zeros(2)), np.array([1.0, 2.0])
    param.accumulate(first)
    param.accumulate(np.array([1.0, 1.0]))
    np.testing.assert_array_equal(first, [1.0, 2.0])


def test_frozen_parameter_keeps_no_gradient():
    param = Parameter(np.zeros(2), requires_grad=False)
    param.accumulate(np.ones(2))
    assert param.grad is None


@pytest.mark.parametrize("requires_grad", [True, False])
def test_gradient_of_another_shape_is_not_broadcast(requires_grad):
    param = Parameter(np.zeros((3, 2)), requires_grad)
    with pytest.raises(ValueError, match=r"^expected a gradient of shape \(3, 2\), got \(2,\)$"):
        param.accumulate(np.ones(2))


def test_gradient_of_another_dtype_does_not_change_the_dtype_silently():
    # PyTorch: "Found dtype Double but expected Float"
    param = Parameter(np.zeros(2, np.float32))
    with pytest.raises(TypeError, match=r"float32.*float64"):
        param.accumulate(np.ones(2, np.float64))


def test_parameter_repr_says_shape_dtype_and_frozen():
    assert repr(Parameter(np.zeros((3, 2)))) == "Parameter(shape=(3, 2), dtype=float64)"
    frozen = Parameter(np.zeros(2, np.float32), requires_grad=False)
    assert repr(frozen) == "Parameter(shape=(2,), dtype=float32, requires_grad=False)"


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("shape", [(3, 2), (5,), (0, 4)], ids=str)
def test_shape_dtype_and_numel_are_those_of_the_data_as_in_pytorch(shape, dtype):
    param = Parameter(np.zeros(shape, dtype))
    expected = torch.nn.Parameter(torch.zeros(shape))
    assert param.shape == tuple(expected.shape) == shape
    assert param.dtype == dtype
    assert param.numel() == expected.numel()
    param.data = np.zeros((2, 2), np.float64)
    assert (param.shape, param.dtype, param.numel()) == ((2, 2), np.float64, 4)
