import math
from itertools import product

import numpy as np
import pytest
import torch

from numpy_mlp import MLP, SGD, CrossEntropyLoss, Parameter

# All numbers are sums of few powers of two, so float32 holds them exactly. W = (1, -2), g = (1/2, 1/4).
W = (1.0, -2.0)
G = (0.5, 0.25)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("arguments", "steps", "expected"),
    [
        # W - g/2 = (1 - 0.25, -2 - 0.125)
        ({}, 1, (0.75, -2.125)),
        ({}, 2, (0.5, -2.25)),
        # d = g + W/2 = (1, -0.75);   W - d/2
        ({"weight_decay": 0.5}, 1, (0.5, -1.625)),
        # v = g, then v = g/2 + g = 1.5 g = (0.75, 0.375);   W = (0.75, -2.125) - v/2
        ({"momentum": 0.5}, 2, (0.375, -2.3125)),
        # the first v is g whatever the dampening; then v = g/2 + 0.75 g = 1.25 g = (0.625, 0.3125)
        ({"momentum": 0.5, "dampening": 0.25}, 1, (0.75, -2.125)),
        ({"momentum": 0.5, "dampening": 0.25}, 2, (0.4375, -2.28125)),
        # dampening means nothing without momentum
        ({"dampening": 0.25}, 2, (0.5, -2.25)),
        # d = g + v/2 = 1.5 g, so W = (0.625, -2.1875); then v = 1.5 g, d = g + 0.75 g = (0.875, 0.4375)
        ({"momentum": 0.5, "nesterov": True}, 1, (0.625, -2.1875)),
        ({"momentum": 0.5, "nesterov": True}, 2, (0.1875, -2.40625)),
        # W + g/2
        ({"maximize": True}, 1, (1.25, -1.875)),
        # d = -g + W/2 = (0, -1.25): weight decay is not reversed
        ({"maximize": True, "weight_decay": 0.5}, 1, (1.0, -1.375)),
    ],
)
def test_step_equals_the_numbers_worked_by_hand(dtype, arguments, steps, expected):
    param = Parameter(np.array(W, dtype))
    optimizer = SGD([param], lr=0.5, **arguments)
    for _ in range(steps):
        param.grad = np.array(G, dtype)
        optimizer.step()
    np.testing.assert_array_equal(param.data, np.array(expected, dtype), strict=True)


GRID = [
    (momentum, dampening, weight_decay, nesterov, maximize)
    for momentum, dampening, weight_decay, nesterov, maximize in product(
        (0, 0.9), (0, 0.3), (0, 0.1), (False, True), (False, True)
    )
    if not nesterov or (momentum and not dampening)
]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("momentum", "dampening", "weight_decay", "nesterov", "maximize"), GRID)
def test_sgd_agrees_with_pytorch_within_rounding(
    momentum, dampening, weight_decay, nesterov, maximize, dtype, gamma, assert_within
):
    arguments = {
        "lr": 0.1,
        "momentum": momentum,
        "dampening": dampening,
        "weight_decay": weight_decay,
        "nesterov": nesterov,
        "maximize": maximize,
    }
    rng = np.random.default_rng(0)
    start = rng.normal(size=(4, 3)).astype(dtype)
    param = Parameter(start.copy())
    expected = torch.nn.Parameter(torch.tensor(start))
    optimizers = SGD([param], **arguments), torch.optim.SGD([expected], **arguments)

    # Magnitudes of W and v, and the error E of each. Every line below rounds at most four times (a constant
    # such as 0.1 in float32 counts as one), so it adds gamma_4 of the magnitudes that it combines.
    four = gamma(4, dtype)
    size_w, error_w = np.abs(start.astype(np.float64)), 0.0
    size_v, error_v = 0.0, 0.0
    for step in range(1, 11):
        grad = rng.normal(size=(4, 3)).astype(dtype)
        param.grad, expected.grad = grad, torch.tensor(grad)
        for optimizer in optimizers:
            optimizer.step()

        # d = g + wd W
        size_d = np.abs(grad.astype(np.float64)) + weight_decay * size_w
        error_d = weight_decay * error_w + four * size_d
        if momentum:
            # v = mu v + (1 - tau) d       (at the first step v = d: no larger than d)
            keep, take = (momentum, 1 - dampening) if step > 1 else (0, 1)
            size_v = keep * size_v + take * size_d
            error_v = keep * error_v + take * error_d + four * size_v
            # d = v, or d + mu v
            error_d = (
                error_d + momentum * error_v + four * (size_d + momentum * size_v) if nesterov else error_v
            )
            size_d = size_d + momentum * size_v if nesterov else size_v
        # W = W - lr d
        size_w = size_w + 0.1 * size_d
        error_w = error_w + 0.1 * error_d + four * 0.1 * size_d + gamma(1, dtype) * size_w
        if step in (1, 3, 10):
            assert_within(param.data, expected.detach(), 2 * error_w)


@pytest.mark.parametrize(
    "arguments",
    [
        {"lr": -0.1},
        {"momentum": -0.5},
        {"weight_decay": -1.0},
        {"nesterov": True},
        {"momentum": 0.9, "dampening": 0.1, "nesterov": True},
    ],
    ids=str,
)
def test_refusals_are_pytorchs_in_its_words(arguments):
    with pytest.raises(ValueError) as ours:  # noqa: PT011
        SGD([Parameter(np.zeros(1))], **arguments)
    with pytest.raises(type(ours.value)) as theirs:
        torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], **arguments)
    assert str(ours.value) == str(theirs.value)


def test_empty_parameter_list_is_refused_as_in_pytorch():
    with pytest.raises(ValueError, match=r"^optimizer got an empty parameter list$") as ours:
        SGD([])
    with pytest.raises(ValueError, match="empty parameter list") as theirs:
        torch.optim.SGD([])
    assert str(ours.value) == str(theirs.value)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("lr", "Invalid learning rate: nan"),
        ("momentum", "Invalid momentum value: nan"),
        ("weight_decay", "Invalid weight_decay value: nan"),
    ],
)
def test_nan_as_an_argument_is_refused(name, words):
    with pytest.raises(ValueError, match=words):
        SGD([Parameter(np.zeros(1))], **{name: math.nan})


def test_parameter_without_gradient_is_left_alone_and_keeps_no_momentum():
    moved, still = Parameter(np.array([1.0])), Parameter(np.array([1.0]))
    optimizer = SGD([moved, still], lr=0.5, momentum=0.5, weight_decay=0.5)
    moved.grad = np.array([1.0])
    optimizer.step()
    assert moved.data[0] != 1
    assert still.data[0] == 1
    assert optimizer.velocities[1] is None


def test_update_is_in_place_so_that_views_of_the_weights_stay_true():
    param = Parameter(np.array([1.0, 2.0]))
    array, grad = param.data, np.array([1.0, 1.0])
    optimizer = SGD([param], lr=0.5, momentum=0.9, weight_decay=0.1, nesterov=True)
    for _ in range(2):
        param.grad = grad
        optimizer.step()
    assert param.data is array
    np.testing.assert_array_equal(grad, [1, 1])


def test_momentum_does_not_share_memory_with_a_gradient():
    param = Parameter(np.array([1.0]))
    optimizer = SGD([param], lr=0.5, momentum=0.5)
    param.grad = np.array([1.0])
    optimizer.step()
    param.grad[:] = 100  # v stays 1, so the second step moves by (0.5 * 1 + 100) / 2
    optimizer.step()
    assert param.data[0] == 1 - 0.5 - 50.25


def test_numpy_scalar_as_learning_rate_does_not_change_the_arithmetic():
    # in float64, most of these numbers would be rounded another way
    start, grad = np.random.default_rng(0).random((2, 100), np.float32)
    params = [Parameter(start.copy()) for _ in range(2)]
    for param, lr in zip(params, (0.1, np.float64(0.1)), strict=True):
        param.grad = grad
        SGD([param], lr=lr).step()
    np.testing.assert_array_equal(params[0].data, params[1].data, strict=True)


def test_zero_grad_forgets_every_gradient():
    model = MLP(2, 3, 2, seed=0)
    criterion = CrossEntropyLoss()
    criterion(model(np.ones((1, 2), np.float32)), np.array([0]))
    model.backward(criterion.backward())
    assert all(param.grad is not None for param in model.parameters())
    SGD(model.parameters()).zero_grad()
    assert all(param.grad is None for param in model.parameters())


def test_parameters_may_be_a_generator():
    model = MLP(2, 2, seed=0)
    before = model.fc1.bias.data.copy()
    optimizer = SGD(model.parameters(), lr=1.0)
    for _ in range(2):
        model.fc1.bias.grad = np.ones(2, np.float32)
        optimizer.step()
    np.testing.assert_array_equal(model.fc1.bias.data, before - np.float32(1) - np.float32(1))


def test_repr_names_what_is_switched_on_and_how_many_parameters_there_are():
    params = list(MLP(4, 10, 3).parameters())
    assert repr(SGD(params, lr=0.01)) == "SGD(4 parameters, lr=0.01)"
    everything = SGD(params[:1], 0.5, 0.9, weight_decay=0.1, nesterov=True, maximize=True)
    assert repr(everything) == (
        "SGD(1 parameters, lr=0.5, momentum=0.9, weight_decay=0.1, nesterov=True, maximize=True)"
    )
    assert repr(SGD(params, momentum=0.9, dampening=0.3)).endswith(", momentum=0.9, dampening=0.3)")
