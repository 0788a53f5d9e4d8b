import copy
import re

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

import numpy_mlp
import torch_mlp
from numpy_mlp import MLP, SGD, CrossEntropyLoss, Linear, ReLU
from torch_mlp.weights import to_torch

SIZES = [(4, 3), (4, 10, 3), (4, 16, 8, 3), (2, 3, 4, 5, 6)]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_one_whole_step_equals_the_numbers_worked_by_hand(dtype, gamma, assert_within):
    model = MLP(2, 2, 2, dtype=dtype)
    weights = {
        "fc1.weight": [[1, 0], [0, -1]],
        "fc1.bias": [0, 1],
        "fc2.weight": [[2, 3], [1, 1]],
        "fc2.bias": [0, 1],
    }
    model.load_state_dict({name: np.array(data, dtype) for name, data in weights.items()})
    # fc1 = (1, -2 + 1) = (1, -1);   relu = (1, 0);   fc2 = (2, 1 + 1) = (2, 2);   p = (1/2, 1/2)
    logits = model(np.array([[1, 2]], dtype))
    np.testing.assert_array_equal(logits, np.array([[2, 2]], dtype), strict=True)
    criterion, optimizer = CrossEntropyLoss(), SGD(model.parameters(), lr=1)
    assert_within(criterion(logits, np.array([0])), dtype(np.log(2)), gamma(4, dtype))
    model.backward(criterion.backward())
    # dL/dfc2 = (-1/2, 1/2);   dL/drelu = -1/2 (2, 3) + 1/2 (1, 1) = (-1/2, -1);   dL/dfc1 = (-1/2, 0)
    gradients = {
        "fc1.weight": [[-0.5, -1], [0, 0]],
        "fc1.bias": [-0.5, 0],
        "fc2.weight": [[-0.5, 0], [0.5, 0]],
        "fc2.bias": [-0.5, 0.5],
    }
    optimizer.step()
    for name, param in model.named_parameters():
        # p is good to about ten roundings; no number above is larger than 3
        bound = 3 * gamma(14, dtype)
        assert_within(param.grad, np.array(gradients[name], dtype), bound)
        assert_within(param.data, np.array(weights[name], dtype) - np.array(gradients[name], dtype), bound)


def test_layer_that_is_assigned_replaces_the_one_of_its_name_and_one_that_is_added_comes_last():
    model, expected = MLP(4, 10, 3), torch_mlp.MLP(4, 10, 3)
    for changed, library in ((model, numpy_mlp), (expected, torch.nn)):
        changed.fc1 = library.Linear(4, 7)
        changed.fc2 = library.Linear(7, 5)
        changed.add_module("fc3", library.Linear(5, 2))
    assert repr(model) == repr(expected)
    # small whole numbers: every sum is exact, in any order
    rng = np.random.default_rng(0)
    for param, theirs in zip(model.parameters(), expected.parameters(), strict=True):
        param.data = rng.integers(-3, 4, param.data.shape).astype(np.float32)
        theirs.data = torch.tensor(param.data)
    x, grad = (rng.integers(-3, 4, shape).astype(np.float32) for shape in ((5, 4), (5, 2)))
    logits = expected(torch.tensor(x))
    np.testing.assert_array_equal(model(x), logits.detach().numpy())
    model.backward(grad)
    logits.backward(torch.tensor(grad))
    for (name, param), theirs in zip(model.named_parameters(), expected.parameters(), strict=True):
        np.testing.assert_array_equal(param.grad, theirs.grad.numpy(), err_msg=name)


def test_any_layer_with_a_forward_pass_takes_part():
    class Double(ReLU):
        def forward(self, x):
            return 2 * x

    class Triple:
        def forward(self, x):
            return 3 * x

    model = MLP(2, 2, 2)
    x = np.ones((1, 2), np.float32)
    model.relu = Double()
    model.add_module("extra", Triple())
    np.testing.assert_array_equal(model(x), 3 * model.fc2(2 * model.fc1(x)))
    assert [name for name, _ in model.named_children()] == ["fc1", "relu", "fc2", "extra"]


@given(data=st.data())
def test_network_of_whole_numbers_equals_pytorch_bit_for_bit(data):
    # Sums of small whole numbers are exact in every order, so no bound is needed and no mask is in doubt:
    # at most 3 · (8 · 3 + 3)³ < 2**24, and as many zeros among the pre-activations as one could wish.
    sizes = data.draw(st.lists(st.integers(1, 8), min_size=2, max_size=4))
    n = data.draw(st.integers(1, 6))
    dtype = data.draw(st.sampled_from([np.float32, np.float64]))
    numbers = st.integers(-3, 3)
    model, expected = MLP(*sizes, dtype=dtype), torch_mlp.MLP(*sizes)
    for param in model.parameters():
        param.data = data.draw(hnp.arrays(np.int8, param.data.shape, elements=numbers)).astype(dtype)
        param.requires_grad = data.draw(st.sampled_from([True, True, False]))
    expected.to(getattr(torch, np.dtype(dtype).name)).load_state_dict(to_torch(model.state_dict()))
    for ours, theirs in zip(model.parameters(), expected.parameters(), strict=True):
        theirs.requires_grad = ours.requires_grad
    x = data.draw(hnp.arrays(np.int8, (n, sizes[0]), elements=numbers)).astype(dtype)
    grad_logits = data.draw(hnp.arrays(np.int8, (n, sizes[-1]), elements=numbers)).astype(dtype)

    logits, torch_logits = model(x), expected(torch.tensor(x))
    np.testing.assert_array_equal(logits, torch_logits.detach().numpy(), strict=True)
    model.backward(grad_logits)
    if torch_logits.requires_grad:
        torch_logits.backward(torch.tensor(grad_logits))
    for (name, ours), theirs in zip(model.named_parameters(), expected.parameters(), strict=True):
        assert (ours.grad is None) == (theirs.grad is None), name
        if ours.grad is not None:
            np.testing.assert_array_equal(ours.grad, theirs.grad.numpy(), err_msg=name, strict=True)


def test_two_backward_passes_without_zero_grad_give_twice_the_gradient():
    model, criterion = MLP(4, 10, 3, seed=0), CrossEntropyLoss()
    x, y = np.random.default_rng(0).random((5, 4), np.float32), np.array([0, 1, 2, 0, 1])
    x_before = x.copy()

    def forward_and_backward():
        criterion(model(x), y)
        model.backward(criterion.backward())

    forward_and_backward()
    once = [param.grad.copy() for param in model.parameters()]
    forward_and_backward()
    for param, grad in zip(model.parameters(), once, strict=True):
        np.testing.assert_array_equal(param.grad, 2 * grad)
    SGD(model.parameters()).zero_grad()
    forward_and_backward()
    for param, grad in zip(model.parameters(), once, strict=True):
        np.testing.assert_array_equal(param.grad, grad)
    np.testing.assert_array_equal(x, x_before)


def test_backward_twice_after_one_forward_gives_the_same_gradient_again():
    model, grad_logits = MLP(4, 10, 3, seed=0), np.full((2, 3), 0.5, np.float32)
    model(np.ones((2, 4), np.float32))
    model.backward(grad_logits)
    once = [param.grad.copy() for param in model.parameters()]
    model.backward(grad_logits)
    for param, grad in zip(model.parameters(), once, strict=True):
        np.testing.assert_array_equal(param.grad, 2 * grad)
    np.testing.assert_array_equal(grad_logits, np.full((2, 3), 0.5))


def test_frozen_layer_gets_no_gradient_and_is_not_updated_but_passes_it_on():
    model = MLP(4, 10, 3, seed=0)
    model.fc2.weight.requires_grad = model.fc2.bias.requires_grad = False
    before = copy.deepcopy(model.state_dict())
    model(np.ones((2, 4), np.float32))
    model.backward(np.array([[1, -2, 0.5]] * 2, np.float32))
    assert model.fc2.weight.grad is None
    assert model.fc2.bias.grad is None
    SGD(model.parameters(), lr=0.1, weight_decay=0.1).step()
    for name, data in model.state_dict().items():
        assert (data == before[name]).all() == name.startswith("fc2"), name


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_repr_is_what_pytorch_prints(sizes):
    assert repr(MLP(*sizes)) == str(torch_mlp.MLP(*sizes))


@pytest.mark.parametrize("sizes", SIZES, ids=str)
def test_names_shapes_and_order_are_pytorchs(sizes):
    model, expected = MLP(*sizes), torch_mlp.MLP(*sizes)
    model.fc1.bias.requires_grad = False  # frozen ones are listed too

    def shapes(named):
        return [(name, tuple(param.shape)) for name, param in named]

    assert shapes((name, p.data) for name, p in model.named_parameters()) == shapes(
        expected.named_parameters()
    )
    assert shapes(model.state_dict().items()) == shapes(expected.state_dict().items())
    assert [name for name, _ in model.named_children()] == [name for name, _ in expected.named_children()]
    assert list(model.parameters()) == [param for _, param in model.named_parameters()]
    assert all(getattr(model, name) is layer for name, layer in model.named_children())


def test_a_layer_that_is_replaced_is_replaced_in_both_directions():
    # as in PyTorch, where assigning model.fc2 registers the new layer
    model = MLP(2, 3, 2, seed=0)
    model.fc2 = Linear(3, 2)
    model.fc2.weight.data[:] = 0
    model.fc2.bias.data[:] = 7
    np.testing.assert_array_equal(model(np.ones((1, 2), np.float32)), [[7, 7]])


def test_eval_and_train_return_the_model_and_change_no_number():
    model, x = MLP(4, 10, 3, seed=0), np.ones((2, 4), np.float32)
    assert model.training
    in_training = model(x)
    assert model.eval() is model
    assert not model.training
    np.testing.assert_array_equal(model(x), in_training)
    model.backward(np.ones((2, 3), np.float32))  # eval() stops no gradient
    assert model.fc1.weight.grad is not None
    assert model.train() is model
    assert model.training
    assert not model.train(False).training


def test_state_dict_shares_memory_with_the_model_as_in_pytorch():
    model = MLP(4, 10, 3, seed=0)
    model.state_dict()["fc1.bias"][:] = 5
    assert (model.fc1.bias.data == 5).all()


def test_load_state_dict_copies_and_keeps_the_dtype():
    source, model = MLP(4, 10, 3, seed=1, dtype=np.float64), MLP(4, 10, 3, seed=2)
    arrays = [param.data for param in model.parameters()]
    model.load_state_dict(source.state_dict())
    for param, array, (name, data) in zip(
        model.parameters(), arrays, source.state_dict().items(), strict=True
    ):
        assert param.data is array, name  # an optimiser that holds it stays in touch
        assert not np.shares_memory(param.data, data)
        np.testing.assert_array_equal(param.data, data.astype(np.float32), strict=True)


def test_load_state_dict_names_all_that_is_wrong_and_changes_nothing():
    model = MLP(4, 10, 3, seed=0)
    before = copy.deepcopy(model.state_dict())
    wrong = MLP(4, 10, 3, seed=1).state_dict()
    del wrong["fc1.bias"]
    wrong["fc3.weight"] = np.zeros(1)
    wrong["fc2.bias"] = np.zeros((3, 1), np.float32)  # broadcasting would take (3,) from it
    wrong["fc2.weight"] = wrong["fc2.weight"].T
    with pytest.raises(ValueError, match=r"^Error in loading state_dict for MLP: ") as error:
        model.load_state_dict(wrong)
    for part in (
        "Missing key: fc1.bias",
        "Unexpected key: fc3.weight",
        "size mismatch for fc2.bias: copying a weight of shape (3, 1) into a model that has (3,)",
        "size mismatch for fc2.weight: copying a weight of shape (10, 3) into a model that has (3, 10)",
    ):
        assert part in str(error.value)
    for name, data in model.state_dict().items():
        np.testing.assert_array_equal(data, before[name])


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        ((), "at least two sizes"),
        ((4,), "at least two sizes"),
        ((4, 0, 3), "sizes of 1 or more, got 4 and 0"),
    ],
)
def test_impossible_sizes_are_refused(sizes, message):
    with pytest.raises(ValueError, match=message):
        MLP(*sizes)


def test_input_that_does_not_fit_is_refused():
    with pytest.raises(ValueError, match=re.escape("expected an input of shape (N, 4), got (2, 5)")):
        MLP(4, 10, 3)(np.zeros((2, 5), np.float32))
    with pytest.raises(TypeError, match="expected float32 input, got float64"):
        MLP(4, 10, 3)(np.zeros((2, 4)))


def test_list_as_input_is_a_type_error_in_one_line_that_shows_the_call():
    message = r"^Linear expected an array \(N, 4\), got a list: np\.array\(x, np\.float32\)$"
    with pytest.raises(TypeError, match=message):
        MLP(4, 10, 3)([[5.1, 3.5, 1.4, 0.2]])
    x = np.array([[5.1, 3.5, 1.4, 0.2]], np.float32)  # as the message says
    assert MLP(4, 10, 3)(x).shape == (1, 3)


def test_names_and_shapes_are_printed_by_the_loop_that_prints_them_in_pytorch(capsys):
    for name, param in MLP(4, 10, 3).named_parameters():
        print(name, param.shape)
    assert capsys.readouterr().out.splitlines() == [
        "fc1.weight (10, 4)", "fc1.bias (10,)", "fc2.weight (3, 10)", "fc2.bias (3,)",
    ]  # fmt: skip


def test_layers_stand_in_the_order_in_which_they_were_added():
    model = MLP(4, 16, 8, 3)
    assert model.layer_names == ["fc1", "relu1", "fc2", "relu2", "fc3"]
    assert [*model.children()] == [model.fc1, model.relu1, model.fc2, model.relu2, model.fc3]


def test_copy_of_a_model_is_independent():
    model = MLP(4, 10, 3, seed=0)
    other = copy.deepcopy(model)
    other.fc1.weight.data[:] = 0
    x = np.ones((1, 4), np.float32)
    assert (model(x) != other(x)).any()
