"""Inference in both packages."""

import numpy as np
import pytest
import torch

import numpy_mlp
import torch_mlp
from numpy_mlp import MLP

# fc1 copies its two inputs, so the logits are the inputs themselves, and the numbers can be read off:
# (0, log 3): p = (1/4, 3/4), class 1;   (5, 5): p = (1/2, 1/2), a tie;   (2, -2): class 0
X = np.array([[0, np.log(3)], [5, 5], [2, -2]])

ANSWERS = [1, 0, 0]


@pytest.fixture(params=["numpy_mlp", "torch_mlp"])
def inference(request):
    """One of the packages, its model of the identity, and its way to make an array."""
    weights = {"fc1.weight": np.eye(2), "fc1.bias": np.zeros(2)}
    if request.param == "numpy_mlp":
        model = MLP(2, 2, dtype=np.float64)
        model.load_state_dict(weights)
        return numpy_mlp, model, np.array
    model = torch_mlp.MLP(2, 2).double()
    model.load_state_dict({name: torch.tensor(data) for name, data in weights.items()})
    return torch_mlp, model, torch.tensor


def test_predictions_equal_the_numbers_worked_by_hand(inference, gamma, assert_within):
    package, model, array = inference
    np.testing.assert_array_equal(np.asarray(package.predict_logits(model, array(X))), X)
    labels = np.asarray(package.predict(model, array(X)))
    np.testing.assert_array_equal(labels, ANSWERS)  # of a tie the first class
    assert labels.dtype == np.int64
    # exp(4) = e^4, so p = e^2 / (e^2 + e^-2) = 1 / (1 + e^-4)
    p = 1 / (1 + np.exp(-4))
    probabilities = np.asarray(package.predict_proba(model, array(X)))
    # p is the exp of a log p below 4.1 that is good to ten roundings or so
    assert_within(probabilities, np.array([[0.25, 0.75], [0.5, 0.5], [p, 1 - p]]), 5 * gamma(10, np.float64))


@pytest.mark.parametrize(
    ("labels", "expected"), [([1, 0, 0], 1.0), ([1, 0, 1], 2 / 3), ([0, 1, 1], 0.0), ([0, 0, 1], 1 / 3)]
)
def test_accuracy_is_the_fraction_of_right_answers(inference, labels, expected):
    package, model, array = inference
    result = package.accuracy(model, array(X), array(np.array(labels)))
    assert type(result) is float
    assert result == expected


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", ["predict", "predict_proba", "predict_logits"])
def test_the_models_mode_is_put_back(inference, name, training):
    package, model, array = inference
    model.train(training)
    getattr(package, name)(model, array(X))
    assert model.training is training


def test_the_models_mode_is_put_back_after_an_error(inference):
    package, model, array = inference
    with pytest.raises((ValueError, RuntimeError)):
        package.predict(model, array(np.zeros((1, 5))))
    assert model.training


def test_the_forward_pass_runs_in_evaluation_mode(inference, monkeypatch):
    package, model, array = inference
    modes, forward = [], model.forward
    monkeypatch.setattr(model, "forward", lambda x: modes.append(model.training) or forward(x))
    package.predict(model, array(X))
    assert modes == [False]


def test_numpy_keeps_nothing_for_a_backward_pass():
    model, x = MLP(4, 10, 3, seed=0), np.ones((2, 4), np.float32)
    model(x)
    numpy_mlp.predict(model, x)
    assert model.fc1.x is None
    assert model.relu.mask is None
    assert model.fc2.x is None
    model(x)
    assert model.fc1.x is not None  # and the next forward pass keeps it again


@pytest.mark.parametrize(
    ("samples", "labels", "shape"),
    [(3, [0, 1], r"\(2,\)"), (0, [], r"\(0,\)"), (3, [[0], [1], [0]], r"\(3, 1\)")],
)
def test_accuracy_refuses_labels_that_do_not_fit(inference, samples, labels, shape):
    package, model, array = inference
    message = rf"^expected one label for each of {samples} samples \(at least one\), got {shape}$"
    with pytest.raises(ValueError, match=message):
        package.accuracy(model, array(X[:samples]), array(np.array(labels, np.int64)))


def test_inference_changes_no_weight_and_no_gradient(inference):
    package, model, array = inference
    before = [np.asarray(data).copy() for data in model.state_dict().values()]
    package.accuracy(model, array(X), array(np.array(ANSWERS)))
    for data, old in zip(model.state_dict().values(), before, strict=True):
        np.testing.assert_array_equal(np.asarray(data), old)
    assert all(param.grad is None for param in model.parameters())
