"""``check_training``: correct trainings in every form agree; else the first wrong entry, and what it is."""

import numpy as np
import pytest

import compare

RATE = 0.1


@pytest.fixture(scope="module")
def ref():
    return compare.Reference("iris", hidden=(10,), seed=42, layout="in,out")


def gradients(weights, x, y, slip=""):
    w1, b1, w2, b2 = weights
    z1 = x @ w1 + b1
    a1 = np.maximum(0, z1)
    exps = np.exp(a1 @ w2 + b2)
    dz2 = exps / exps.sum(axis=1, keepdims=True)
    dz2[np.arange(len(x)), y] -= 1
    dz2 /= 1 if slip == "sums" else len(x)
    dz1 = dz2 @ w2.T * (1 if slip == "no mask" else z1 > 0)
    return [x.T @ dz1, dz1.sum(axis=0), a1.T @ dz2, dz2.sum(axis=0)]


def trained(ref, steps, momentum=0.0, form="torch", batches=None, slip="", since=0, lr=RATE, l2=0.0):
    """The weights after each step; from step ``since`` on with a slip."""
    weights = list(ref.weights.values())
    velocities, history = [0 * w for w in weights], []
    for step in range(steps):
        batch = slice(None) if batches is None else batches[step]
        grads = gradients(weights, ref.x[batch], ref.y[batch], slip if step >= since else "")
        grads = [g + l2 * w for g, w in zip(grads, weights, strict=True)]
        share = {"torch": 1.0, "inside": lr, "average": 1 - momentum}[form]
        velocities = [momentum * v + share * g for v, g in zip(velocities, grads, strict=True)]
        rate = 1.0 if form == "inside" else lr
        if slip == "lr" and step >= since:
            rate = rate / 2
        weights = [w - rate * v for w, v in zip(weights, velocities, strict=True)]
        history.append([w.copy() for w in weights])
    return history


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(
    ("options", "checked", "said"),
    [
        ({}, {}, ""),
        ({"momentum": 0.9}, {"momentum": 0.9}, ""),
        ({"momentum": 0.9, "form": "inside"}, {"momentum": 0.9}, ""),
        ({"momentum": 0.9, "form": "average"}, {"momentum": 0.9}, "as a moving average"),
        ({"slip": "sums", "lr": 0.001}, {"lr": 0.001}, "sums over the samples"),
        ({"l2": 0.01}, {"l2": 0.01}, ""),
    ],
)
def test_correct_trainings_agree(ref, options, checked, said):
    report = ref.check_training(trained(ref, 120, **options), **{"lr": RATE} | checked)
    assert report, str(report)
    assert said in str(report)
    # a thousandth of the learning rate is seen
    assert not ref.check_training(
        trained(ref, 5, **options), **{"lr": RATE} | checked | {"lr": 1.001 * (checked.get("lr") or RATE)}
    )


def test_the_start_may_come_first_and_entries_may_be_dictionaries(ref):
    history = [
        dict(zip(ref.weights, entry, strict=True)) for entry in [ref.weights.values(), *trained(ref, 5)]
    ]
    report = ref.check_training(history, lr=RATE)
    assert report
    assert "Entry 0 equals the start weights." in str(report)


@pytest.mark.usefixtures("hurried")
def test_batches_in_the_order_used(ref):
    rng = np.random.default_rng(0)
    batches = [rng.choice(120, size) for size in (20, 33, 20, 20, 7, 20)]
    history = trained(ref, 6, batches=batches)
    assert ref.check_training(history, lr=RATE, batches=batches)
    assert ref.check_training(history[1::2], lr=RATE, batches=batches)  # two steps for each entry
    assert not ref.check_training(history, lr=RATE, batches=batches[::-1])
    assert "pass batches= in the order used" in str(ref.check_training(history, lr=RATE))


def test_a_batch_size_means_consecutive_slices(ref):
    slices = [np.arange(120)[i : i + 50] for i in (0, 50, 100)] * 2
    history = trained(ref, 6, batches=slices)
    assert ref.check_training(history[2::3], lr=RATE, batches=50)
    assert ref.check_training(history, lr=RATE, batches=50)


def test_the_first_wrong_step_and_its_line(ref):
    report = ref.check_training(trained(ref, 9, slip="no mask", since=4), lr=RATE)
    assert "dz1 = da1\n" in str(report)
    assert "DISAGREE: first at entry 5; the 4 before it agree." in str(report)
    report = ref.check_training(trained(ref, 9, slip="lr", since=4), lr=RATE)
    assert "Entry 5 is a step with lr = 0.05, not 0.1." in str(report)


def test_what_a_history_is_instead(ref):
    history = trained(ref, 20)
    assert "All entries of the history are one array" in str(ref.check_training([history[-1]] * 20, lr=RATE))
    start = list(ref.weights.values())
    assert "never leave their start" in str(ref.check_training([start] * 5, lr=RATE))
    assert "Entry 1 is 10 steps from the one before it" in str(ref.check_training(history[9::10], lr=RATE))
    assert "Entry 3 equals the one before it" in str(
        ref.check_training([*history[:2], *history[1:]], lr=RATE)
    )


@pytest.mark.parametrize(
    ("history", "options", "said"),
    [
        ([], {}, "expected the weights after each step or epoch"),
        ([{"W1": np.ones((4, 10))}], {}, "entry 0 lacks b1, W2, b2"),
        ([{"W1": np.ones((4, 9)), "b1": 0, "W2": 0, "b2": 0}], {}, "expected W1 of shape"),
        (None, {"batches": [np.arange(5)] * 4}, "4 steps for 3 entries"),
        (None, {"batches": [np.array([500])] * 3}, "indices from 0 to 119"),
        (None, {"batches": 0}, "batch size of 1 or more"),
        (None, {"batches": [np.arange(5)] * 6, "momentum": 0.9}, "after each step, not each epoch"),
    ],
)
def test_wrong_use_is_one_line(ref, history, options, said):
    with pytest.raises(ValueError, match=said) as caught:
        ref.check_training(trained(ref, 3) if history is None else history, **{"lr": RATE} | options)
    assert "\n" not in str(caught.value)


def test_sigmoid_and_tanh_train_too():
    for activation, slope in (("tanh", lambda a: 1 - a**2), ("sigmoid", lambda a: a * (1 - a))):
        ref = compare.Reference("iris", hidden=(5,), activation=activation, layout="in,out")
        (w1, b1, w2, b2), x, history = ref.weights.values(), ref.x, []
        for _ in range(10):
            z1 = x @ w1 + b1
            a1 = np.tanh(z1) if activation == "tanh" else 1 / (1 + np.exp(-z1))
            exps = np.exp(a1 @ w2 + b2)
            dz2 = (exps / exps.sum(axis=1, keepdims=True) - ref.onehot) / len(x)
            dz1 = dz2 @ w2.T * slope(a1)
            w1, b1 = w1 - RATE * x.T @ dz1, b1 - RATE * dz1.sum(axis=0)
            w2, b2 = w2 - RATE * a1.T @ dz2, b2 - RATE * dz2.sum(axis=0)
            history.append((w1, b1, w2, b2))
        report = ref.check_training(history, lr=RATE)
        assert report, str(report)
