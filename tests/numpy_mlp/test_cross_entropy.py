import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from numpy_mlp import CrossEntropyLoss
from numpy_mlp.cross_entropy import log_softmax, softmax

DTYPES = [np.float32, np.float64]


# z = (0, log 3): exp z = (1, 3), p = (1/4, 3/4);   z = (0, 0): p = (1/2, 1/2)
# labels 0 and 1: -log p = log 4 and log 2: their sum is log 8, their mean log 8 / 2
# dL/dz (sum) = p - onehot = (-3/4, 3/4) and (1/2, -1/2)
@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize(("reduction", "divisor"), [("mean", 2), ("sum", 1)])
def test_loss_and_gradient_equal_the_numbers_worked_by_hand(dtype, reduction, divisor, gamma, assert_within):
    criterion = CrossEntropyLoss(reduction)
    logits = np.array([[0, math.log(3)], [0, 0]], dtype)
    loss = criterion(logits, np.array([0, 1]))
    # about ten roundings (of log 3, the differences, exp, sums, log, division) of numbers below 2.1
    assert_within(loss, dtype(math.log(8) / divisor), 2.1 * gamma(10, dtype))
    expected = np.array([[-0.75, 0.75], [0.5, -0.5]], dtype) / divisor
    assert_within(criterion.backward(), expected, gamma(10, dtype))


def test_softmax_equals_the_numbers_worked_by_hand(gamma, assert_within):
    # exp(log 1, log 2, log 5) = (1, 2, 5), out of 8
    p = softmax(np.log(np.array([[1.0, 2.0, 5.0]])))
    assert_within(p, np.array([[0.125, 0.25, 0.625]]), gamma(10, np.float64))


@pytest.mark.parametrize("dtype", DTYPES)
def test_logits_of_plus_and_minus_1000_neither_overflow_nor_become_nan(dtype):
    logits = np.array([[1000, -1000], [1000, -1000]], dtype)
    # log p = z - 1000 - log(1 + exp(-2000)) = (0, -2000); p = (1, 0)
    np.testing.assert_array_equal(log_softmax(logits), np.array([[0, -2000]] * 2, dtype), strict=True)
    criterion = CrossEntropyLoss()
    assert criterion(logits, np.array([0, 1])) == 1000  # (0 + 2000) / 2
    # (p - onehot) / 2: (1 - 1, 0) and (1, 0 - 1)
    np.testing.assert_array_equal(criterion.backward(), np.array([[0, 0], [0.5, -0.5]], dtype), strict=True)


def test_largest_finite_logits_stay_finite():
    logits = np.array([[3e38, 3e38, 0]], np.float32)
    np.testing.assert_allclose(log_softmax(logits)[0, :2], -math.log(2), rtol=1e-6)


@pytest.mark.parametrize("dtype", DTYPES)
def test_loss_and_gradient_keep_the_dtype(dtype):
    criterion = CrossEntropyLoss()
    assert criterion(np.zeros((3, 2), dtype), np.array([0, 1, 1])).dtype == dtype
    assert criterion.backward().dtype == dtype


def test_backward_twice_gives_the_same_and_changes_no_input():
    criterion, logits, labels = CrossEntropyLoss(), np.array([[1.0, 2.0]]), np.array([1])
    criterion(logits, labels)
    first = criterion.backward()
    first[:] = 7
    again = criterion.backward()
    np.testing.assert_array_equal(criterion.backward(), again)
    assert (again != 7).all()
    np.testing.assert_array_equal(logits, [[1, 2]])
    np.testing.assert_array_equal(labels, [1])


@pytest.mark.parametrize("reduction", ["mean", "sum"])
@given(data=st.data())
def test_cross_entropy_agrees_with_pytorch_within_rounding(reduction, data, gamma, assert_within):
    dtype = data.draw(st.sampled_from(DTYPES))
    n, classes = data.draw(st.integers(1, 12)), data.draw(st.integers(1, 8))
    scale = data.draw(st.sampled_from([1.0, 1 / 3, 30.0, 1000 / 3]))
    logits = data.draw(hnp.arrays(dtype, (n, classes), elements=st.floats(-3, 3, width=32))) * dtype(scale)
    labels = data.draw(hnp.arrays(np.int64, n, elements=st.integers(0, classes - 1)))
    criterion = CrossEntropyLoss(reduction)
    loss = criterion(logits, labels)
    z = torch.tensor(logits, requires_grad=True)
    expected = torch.nn.functional.cross_entropy(z, torch.tensor(labels), reduction=reduction)
    expected.backward()

    # With s = z - m and S = sum exp s, and exp and log good to 4 ulp (8 u):
    #   relative error of S:  gamma_{C+8} (1 + sum p |s|)     (s is off by u |s|, each exp by 8 u)
    #   log p = s - log S:    E = u |s| + that + gamma_8 log S + u |log p|
    #   loss:                 E over its labels, + gamma_{N+1} |log p|
    #   p - onehot:           p (E + 8 u), + gamma_4 (p + onehot)
    def g(k):
        return gamma(k, dtype)

    shifted = logits.astype(np.float64) - logits.max(axis=1, keepdims=True)
    log_sum = np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    log_p = shifted - log_sum
    p, onehot = np.exp(log_p), np.eye(classes)[labels]
    s_error = g(classes + 8) * (1 + (p * np.abs(shifted)).sum(axis=1, keepdims=True))
    log_p_error = g(1) * (np.abs(shifted) + np.abs(log_p)) + s_error + g(8) * log_sum
    divisor = n if reduction == "mean" else 1
    loss_error = ((log_p_error + g(n + 1) * np.abs(log_p)) * onehot).sum() / divisor
    grad_error = (p * (log_p_error + g(8)) + g(4) * (p + onehot)) / divisor
    tiny = float(np.finfo(dtype).tiny)  # a probability below it may be flushed to 0
    assert_within(loss, expected.detach().numpy(), 2 * (loss_error + tiny))
    assert_within(criterion.backward(), z.grad.numpy(), 2 * (grad_error + tiny))


@pytest.mark.parametrize(
    ("logits", "labels", "error", "message"),
    [
        ((2, 3), [0, -1], ValueError, r"^expected labels from 0 to 2, got -1 to 0$"),
        ((2, 3), [0, 3], ValueError, r"^expected labels from 0 to 2, got 0 to 3$"),
        ((2, 3), [0.0, 1.0], TypeError, r"^expected labels that are whole numbers, got float64$"),
        ((2, 3), [True, False], TypeError, r"^expected labels that are whole numbers, got bool$"),
        ((0, 3), [], ValueError, r"^expected at least one sample, got an empty batch$"),
        ((2, 3), [0], ValueError, r"^expected logits \(N, C\) and labels \(N,\), got \(2, 3\) and \(1,\)$"),
        ((2, 3), [[0], [1]], ValueError, r"got \(2, 3\) and \(2, 1\)$"),
        ((3,), [0, 1, 2], ValueError, r"got \(3,\) and \(3,\)$"),
    ],
)
def test_labels_that_do_not_fit_are_refused_with_the_reason(logits, labels, error, message):
    with pytest.raises(error, match=message):
        CrossEntropyLoss()(np.zeros(logits, np.float32), np.array(labels))


def test_label_out_of_range_is_refused_before_it_picks_a_logit_and_keeps_the_last_pass():
    # -1 would pick the last class without an error
    criterion = CrossEntropyLoss()
    criterion(np.zeros((1, 3)), np.array([2]))
    saved = criterion.saved
    for label in (-1, 3):
        with pytest.raises(ValueError, match=rf"^expected labels from 0 to 2, got {label} to {label}$"):
            criterion(np.zeros((1, 3)), np.array([label]))
    assert criterion.saved is saved


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64])
def test_labels_of_any_whole_dtype_give_the_same_loss(dtype):
    logits = np.array([[1.0, 2.0], [3.0, 1.0]])
    expected = CrossEntropyLoss()(logits, np.array([1, 0]))
    assert CrossEntropyLoss()(logits, np.array([1, 0], dtype)) == expected


def test_unknown_reduction_is_refused():
    with pytest.raises(ValueError, match=r"^expected reduction \"mean\" or \"sum\", got 'none'$"):
        CrossEntropyLoss("none")


def test_backward_without_forward_says_why():
    with pytest.raises(RuntimeError, match=r"^CrossEntropyLoss.backward\(\) needs a forward pass"):
        CrossEntropyLoss().backward()


@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_loss_repr_is_pytorchs(reduction):
    assert repr(CrossEntropyLoss(reduction)) == repr(torch.nn.CrossEntropyLoss(reduction=reduction))
