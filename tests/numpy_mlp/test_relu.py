import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numpy_mlp import ReLU


def test_relu_equals_the_numbers_worked_by_hand_with_gradient_0_at_0():
    relu = ReLU()
    x = np.array([[-2.0, -0.0, 0.0, 3.0]], np.float32)
    # max(0, x); the mask is 1 only where x > 0, so not at 0
    np.testing.assert_array_equal(relu(x), np.array([[0, 0, 0, 3]], np.float32), strict=True)
    grad = relu.backward(np.array([[5, 6, 7, 8]], np.float32))
    np.testing.assert_array_equal(grad, np.array([[0, 0, 0, 8]], np.float32), strict=True)


@given(data=st.data())
def test_relu_equals_pytorch_bit_for_bit(data):
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    shape = data.draw(hnp.array_shapes(min_dims=2, max_dims=2, max_side=8))
    # zeros and neighbours of zero often; nothing is rounded, so nothing may differ
    numbers = st.sampled_from([0.0, -0.0, 1e-30, -1e-30]) | st.floats(-1e3, 1e3, width=32)
    x, g = (data.draw(hnp.arrays(dtype, shape, elements=numbers)) for _ in range(2))
    relu = ReLU()
    tx = torch.tensor(x, requires_grad=True)
    ty = torch.relu(tx)
    ty.backward(torch.tensor(g))
    np.testing.assert_array_equal(relu(x), ty.detach().numpy(), strict=True)
    np.testing.assert_array_equal(relu.backward(g), tx.grad.numpy(), strict=True)


def test_relu_changes_neither_its_input_nor_its_gradient_and_can_go_back_twice():
    relu, x, g = ReLU(), np.array([[-1.0, 2.0]]), np.array([[3.0, 4.0]])
    relu(x)
    first = relu.backward(g)
    np.testing.assert_array_equal(relu.backward(g), first)
    np.testing.assert_array_equal(x, [[-1, 2]])
    np.testing.assert_array_equal(g, [[3, 4]])


def test_gradient_follows_the_input_of_the_forward_pass_even_if_it_is_changed_afterwards():
    relu, x = ReLU(), np.array([[1.0, -1.0]])
    relu(x)
    x[:] = -x
    np.testing.assert_array_equal(relu.backward(np.ones((1, 2))), [[1, 0]])


def test_backward_without_forward_says_why():
    with pytest.raises(RuntimeError, match=r"^ReLU.backward\(\) needs the mask of a forward pass"):
        ReLU().backward(np.ones((1, 2)))


def test_relu_repr_is_pytorchs():
    assert repr(ReLU()) == repr(torch.nn.ReLU())
