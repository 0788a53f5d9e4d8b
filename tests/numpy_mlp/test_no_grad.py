import threading

import numpy as np
import pytest

from numpy_mlp import MLP, CrossEntropyLoss, no_grad
from numpy_mlp.no_grad import is_grad_enabled

X, Y = np.ones((2, 4), np.float32), np.array([0, 1])


def test_nothing_is_kept_and_nothing_else_changes():
    model, criterion = MLP(4, 10, 3, seed=0), CrossEntropyLoss()
    logits = model(X)
    loss = criterion(logits, Y)
    assert model.fc1.x is X
    with no_grad():
        np.testing.assert_array_equal(model(X), logits)
        assert criterion(logits, Y) == loss
    assert model.fc1.x is None
    assert model.relu.mask is None
    assert model.fc2.x is None
    assert criterion.saved is None


@pytest.mark.parametrize("name", ["fc1", "relu", "fc2"])
def test_backward_of_a_layer_after_no_grad_says_why(name):
    model = MLP(4, 10, 3, seed=0)
    with no_grad():
        model(X)
    layer = getattr(model, name)
    with pytest.raises(RuntimeError, match=r"needs the (x|mask) of a forward pass outside of no_grad\(\)"):
        layer.backward(np.ones((2, 3), np.float32))


def test_backward_of_model_and_loss_after_no_grad_say_why():
    model, criterion = MLP(4, 10, 3, seed=0), CrossEntropyLoss()
    model(X)  # what an earlier pass kept is gone, too
    with no_grad():
        criterion(model(X), Y)
    with pytest.raises(RuntimeError, match=r"outside of no_grad\(\)"):
        criterion.backward()
    with pytest.raises(RuntimeError, match=r"outside of no_grad\(\)"):
        model.backward(np.ones((2, 3), np.float32))
    assert all(param.grad is None for param in model.parameters())


def test_backward_works_inside_no_grad_if_the_forward_pass_was_outside():
    model = MLP(4, 10, 3, seed=0)
    model(X)
    with no_grad():
        model.backward(np.ones((2, 3), np.float32))
    assert model.fc1.weight.grad is not None


def test_no_grad_decorates_a_function_for_every_call():
    @no_grad()
    def inside():
        return is_grad_enabled()

    assert [inside(), is_grad_enabled(), inside(), is_grad_enabled()] == [False, True, False, True]


def test_leaving_an_inner_no_grad_does_not_end_the_outer():
    with no_grad():
        with no_grad():
            assert not is_grad_enabled()
        assert not is_grad_enabled()
    assert is_grad_enabled()


def test_an_exception_ends_no_grad():
    with pytest.raises(ZeroDivisionError), no_grad():
        raise ZeroDivisionError
    assert is_grad_enabled()


def test_no_grad_of_one_thread_does_not_reach_another():
    seen = []
    with no_grad():
        thread = threading.Thread(target=lambda: seen.append(is_grad_enabled()))
        thread.start()
        thread.join()
        assert not is_grad_enabled()
    assert seen == [True]
