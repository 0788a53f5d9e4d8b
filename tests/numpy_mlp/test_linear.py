import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numpy_mlp import Linear

DTYPES = [np.float32, np.float64]


def layer_with(weight, bias, dtype):
    layer = Linear(len(weight[0]), len(weight), dtype=dtype)
    layer.weight.data = np.array(weight, dtype)
    layer.bias.data = np.array(bias, dtype)
    return layer


@pytest.mark.parametrize("dtype", DTYPES)
def test_linear_equals_the_numbers_worked_by_hand(dtype):
    layer = layer_with([[1, 2], [3, 4], [5, 6]], [10, 20, 30], dtype)
    x = np.array([[1, -1], [2, 0]], dtype)
    # y[0] = (1*1 - 1*2 + 10, 1*3 - 1*4 + 20, 1*5 - 1*6 + 30) = (9, 19, 29)
    # y[1] = (2*1 + 10, 2*3 + 20, 2*5 + 30)                    = (12, 26, 40)
    np.testing.assert_array_equal(layer(x), np.array([[9, 19, 29], [12, 26, 40]], dtype), strict=True)
    grad_output = np.array([[1, 0, 2], [0, 1, 1]], dtype)
    # dL/dx[0] = 1 (1, 2) + 2 (5, 6) = (11, 14);   dL/dx[1] = (3, 4) + (5, 6) = (8, 10)
    grad_x = layer.backward(grad_output)
    np.testing.assert_array_equal(grad_x, np.array([[11, 14], [8, 10]], dtype), strict=True)
    # dL/dW[0] = 1 (1, -1);   [1] = 1 (2, 0);   [2] = 2 (1, -1) + 1 (2, 0) = (4, -2)
    grad_weight = np.array([[1, -1], [2, 0], [4, -2]], dtype)
    np.testing.assert_array_equal(layer.weight.grad, grad_weight, strict=True)
    # dL/db = (1 + 0, 0 + 1, 2 + 1)
    np.testing.assert_array_equal(layer.bias.grad, np.array([1, 1, 3], dtype), strict=True)


def test_second_backward_gives_the_same_gradient_again():
    layer = layer_with([[1, 2], [3, 4]], [0, 0], np.float64)
    layer(np.array([[1.0, -1.0]]))
    grad_output = np.array([[1.0, 2.0]])
    first = layer.backward(grad_output)
    once = layer.weight.grad.copy()
    np.testing.assert_array_equal(layer.backward(grad_output), first)
    np.testing.assert_array_equal(layer.weight.grad, 2 * once)
    np.testing.assert_array_equal(grad_output, [[1.0, 2.0]])


def test_input_gradient_is_left_out_where_it_is_not_needed():
    layer = layer_with([[1, 2]], [0], np.float64)
    layer(np.ones((3, 2)))
    assert layer.backward(np.ones((3, 1)), needs_input_grad=False) is None
    np.testing.assert_array_equal(layer.weight.grad, [[3, 3]])


@pytest.mark.parametrize(
    ("frozen", "trained"), [("weight", "bias"), ("bias", "weight")], ids=["weight frozen", "bias frozen"]
)
def test_freezing_one_parameter_freezes_no_other(frozen, trained):
    layer = layer_with([[1, 2]], [0], np.float64)
    getattr(layer, frozen).requires_grad = False
    layer(np.ones((3, 2)))
    np.testing.assert_array_equal(layer.backward(np.ones((3, 1))), [[1, 2]] * 3)
    assert getattr(layer, frozen).grad is None
    assert (getattr(layer, trained).grad == 3).all()


@pytest.mark.parametrize("shape", [(3,), (2, 4), (2, 3, 1), ()])
def test_input_of_another_shape_is_refused(shape):
    with pytest.raises(ValueError, match=r"^Linear expected an input of shape \(N, 3\), got \("):
        Linear(3, 2)(np.zeros(shape, np.float32))


@pytest.mark.parametrize(
    ("of_layer", "of_x"), [("float32", "float64"), ("float64", "float32"), ("float32", "int64")]
)
def test_input_of_another_dtype_is_a_type_error_that_says_what_to_do(of_layer, of_x):
    message = rf"^Linear expected {of_layer} input, got {of_x}: x.astype\({of_layer}\)$"
    with pytest.raises(TypeError, match=message):
        Linear(3, 2, dtype=np.dtype(of_layer).type)(np.zeros((1, 3), of_x))


def test_backward_without_forward_says_why():
    with pytest.raises(RuntimeError, match=r"^Linear.backward\(\) needs the x of a forward pass"):
        Linear(3, 2).backward(np.zeros((1, 2), np.float32))


@pytest.mark.parametrize("sizes", [(0, 2), (2, 0), (-1, 2)])
def test_size_below_one_is_refused(sizes):
    with pytest.raises(
        ValueError, match=rf"^Linear expected sizes of 1 or more, got {sizes[0]} and {sizes[1]}$"
    ):
        Linear(*sizes)


@pytest.mark.parametrize("dtype", [np.float16, np.int64, np.complex128])
def test_dtype_that_is_neither_float32_nor_float64_is_refused(dtype):
    with pytest.raises(TypeError, match=rf"expected dtype float32 or float64, got {np.dtype(dtype)}"):
        Linear(3, 2, dtype=dtype)


@pytest.mark.parametrize("sizes", [(4, 10), (1, 1), (128, 7)])
def test_linear_repr_is_pytorchs(sizes):
    assert repr(Linear(*sizes)) == repr(torch.nn.Linear(*sizes))


@given(data=st.data())
def test_linear_agrees_with_pytorch_within_rounding(data, gamma, assert_within):
    dtype = data.draw(st.sampled_from(DTYPES))
    n, features, out = (data.draw(st.integers(1, 12)) for _ in range(3))
    numbers = st.floats(-1e3, 1e3, width=32)
    x, w, b, g = (
        data.draw(hnp.arrays(dtype, shape, elements=numbers))
        for shape in [(n, features), (out, features), (out,), (n, out)]
    )
    if dtype == np.float64:  # floats of width 32 would make most products exact
        x, w, b, g = (a / 3 for a in (x, w, b, g))
    layer = layer_with(w, b, dtype)
    y = layer(x)
    grad_x = layer.backward(g)

    tx, tw, tb = (torch.tensor(a, requires_grad=True) for a in (x, w, b))
    ty = torch.nn.functional.linear(tx, tw, tb)
    ty.backward(torch.tensor(g))

    # A sum of k products, in any order: E = gamma_k |a| |b|, and each term may underflow to 0: + k tiny.
    # Two implementations are at most 2 E apart.
    tiny = float(np.finfo(dtype).tiny)
    x, w, b, g = (np.abs(a.astype(np.float64)) for a in (x, w, b, g))

    def bound(terms, magnitude):
        return 2 * (gamma(terms, dtype) * magnitude + terms * tiny)

    assert_within(y, ty.detach(), bound(features + 1, x @ w.T + b))
    assert_within(grad_x, tx.grad, bound(out, g @ w))
    assert_within(layer.weight.grad, tw.grad, bound(n, g.T @ x))
    assert_within(layer.bias.grad, tb.grad, bound(n, g.sum(axis=0)))
