"""``Reference``: what it hands out, what it takes back, and what its report is."""

import json
import subprocess
import sys

import numpy as np
import pytest
import torch
from torch import nn

import compare

MODULES = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def by_torch(ref, dtype, reduction="mean"):
    """Loss and gradients of the reference's network as PyTorch computes them, W as (out, in)."""
    sizes, layers = ref.sizes, []
    for i in range(len(sizes) - 1):
        layers += [nn.Linear(sizes[i], sizes[i + 1], dtype=dtype), MODULES[ref.activation]()]
    model = nn.Sequential(*layers[:-1])
    with torch.no_grad():
        for param, weight in zip(model.parameters(), ref.weights.values(), strict=True):
            param.copy_(torch.tensor(weight))
    x = torch.tensor(ref.x, dtype=dtype)
    loss = nn.functional.cross_entropy(model(x), torch.tensor(ref.y), reduction=reduction)
    loss.backward()
    return {"loss": loss, "grads": [param.grad for param in model.parameters()]}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("activation", ["relu", "sigmoid", "tanh"])
@pytest.mark.parametrize("hidden", [(10,), (7, 5)])
def test_pytorch_itself_agrees(dtype, activation, hidden):
    ref = compare.Reference("iris", hidden=hidden, seed=3, activation=activation, dtype=str(dtype)[6:])
    report = ref.check(by_torch(ref, dtype))
    assert report, str(report)
    assert all(verdict.passed for verdict in report.verdicts)


@pytest.mark.parametrize("activation", ["sigmoid", "tanh"])
@pytest.mark.usefixtures("hurried")
def test_another_activation_is_no_small_difference(activation):
    ref, other = (compare.Reference("iris", activation=a) for a in (activation, "relu"))
    assert not ref.check(by_torch(other, torch.float64))


@pytest.mark.parametrize("seed", range(16))
def test_random_networks_are_never_accused(seed, run_script):
    """Saturated, dead, single units, classes without samples, whichever arrays are handed over."""
    rng = np.random.default_rng(seed)
    (n, f, h, c), scale = rng.integers((2, 1, 1, 2), (200, 9, 12, 7)), 10.0 ** rng.uniform(-2, 1)
    x, y = rng.normal(size=(n, f)) * 10.0 ** rng.integers(-2, 2), rng.integers(0, c, n)
    weights = [
        rng.normal(size=(f, h)) * scale,
        rng.normal(size=h),
        rng.normal(size=(h, c)) * scale,
        rng.normal(size=c),
    ]
    ref = compare.Reference(
        x=x, y=y, weights=weights, layout="in,out", activation=("relu", "sigmoid", "tanh")[seed % 3],
        dtype=("float32", "float64")[seed % 2],
    )  # fmt: skip
    changes = {
        "sigmoid": (("np.maximum(0, z1)", "1 / (1 + np.exp(-z1))"), ("(z1 > 0)", "a1 * (1 - a1)")),
        "tanh": (("np.maximum(0, z1)", "np.tanh(z1)"), ("(z1 > 0)", "(1 - a1**2)")),
    }.get(ref.activation, ())
    stable = ("np.exp(scores)", "np.exp(scores - scores.max(axis=1, keepdims=True))")
    with np.errstate(all="ignore"):
        arrays = run_script(ref, stable, *changes)
    some = {name: array for name, array in arrays.items() if rng.random() < 0.6 and np.isfinite(array).all()}
    report = ref.check(some)
    assert report, str(report)


def test_what_is_handed_out_are_copies():
    ref = compare.Reference("iris")
    ref.x[:] = 0
    ref.y[:] = 0
    ref.weights["W1"][:] = 0
    assert ref.x.any()
    assert ref.y.any()
    assert ref.weights["W1"].any()


def test_layouts_and_dtypes():
    shapes = {"in,out": (4, 10), "out,in": (10, 4), "columns": (10, 4), None: (10, 4)}
    for layout, shape in shapes.items():
        ref = compare.Reference("iris", layout=layout, dtype="float32")
        assert ref.weights["W1"].shape == shape
        assert ref.x.shape == ((4, 120) if layout == "columns" else (120, 4))
        assert ref.onehot.shape == ((3, 120) if layout == "columns" else (120, 3))
        assert ref.weights["b1"].shape == ((10, 1) if layout == "columns" else (10,))
        assert ref.x.dtype == ref.weights["b1"].dtype == np.float32


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"layout": "rows"}, "layout: expected one of in,out"),
        ({"activation": "gelu"}, "activation: expected one of relu"),
        ({"dtype": "float16"}, "dtype: expected float32"),
        ({"dataset": "mnist"}, "expected a data set out of iris"),
        ({"sizes": (5, 10, 3)}, "expected 4 features first"),
        ({"sizes": (4, 10, 1)}, "a single output"),
        ({"x": np.ones((3, 2))}, "expected x of two axes, and y"),
        ({"x": np.ones((3, 2)), "y": [0, 1]}, "y: expected 3 labels"),
        ({"weights": {"W1": np.ones((4, 2))}, "layout": "in,out"}, "the last at least 3 classes"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_line(options, said):
    with pytest.raises(ValueError, match=said) as caught:
        compare.Reference(**options)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("handed", "error", "said"),
    [
        ({}, ValueError, "expected arrays to judge"),
        ({"dW1s": 1.0}, ValueError, "'dW1s' is no name of this network; did you mean 'dW1'"),
        ({"z1": np.full((120, 10), np.nan)}, ValueError, "z1 holds NaN or infinity, first at [0, 0]"),
        ({"probs": np.full((120, 3), np.nan)}, ValueError, "subtract each row's largest logit"),
        ({"a1": np.ones((120, 10), np.float16)}, TypeError, "float16"),
        ({"dW1": np.ones((4, 10)), "grad_W1": np.zeros((4, 10))}, ValueError, "both mean dW1"),
        ({"W1": np.ones((4, 10))}, ValueError, "only what the step starts from"),
        ({"x": np.ones((5, 5)), "z1": np.ones((5, 10))}, ValueError, "x: expected (N, 4)"),
        ({"x": np.ones((5, 4)), "z1": np.ones((5, 10))}, ValueError, "5 samples and 120 labels"),
    ],
)
def test_wrong_use_is_one_line(script, handed, error, said):
    with pytest.raises(error) as caught:
        script.check(handed)
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)


def test_names_by_alias_and_by_the_learner(script):
    z1 = script.x @ script.weights["W1"] + script.weights["b1"]
    assert script.check(t1=z1, names={"t1": "z1"})
    assert script.check({"fc1": z1})
    with pytest.raises(ValueError, match="'t2' was not handed over"):
        script.check(t1=z1, names={"t2": "z1"})


def test_a_name_with_two_meanings_is_decided_by_value_and_said(script):
    """As in Saito's book: a for the pre-activation, z for the activation."""
    z1 = script.x @ script.weights["W1"] + script.weights["b1"]
    report = script.check(a1=z1, z1=np.maximum(0, z1))
    assert report
    assert "a1 is read as z1, by its value" in str(report)
    # one array under both names: the names count
    assert "the activation is missing" in str(script.check(z1=z1, a1=z1))


def test_weights_after_an_update_in_place_are_recognised(by_script, script):
    weights = script.weights
    dw1 = np.full((4, 10), 0.01)
    z1 = script.x @ weights["W1"] + weights["b1"]
    report = script.check(W1=weights["W1"] - 0.1 * dw1, z1=z1, dW1=dw1)
    assert report.judgement.verdicts["z1"].passed
    assert "read as the weights after the update" in str(report)


def test_a_square_layer_lies_either_way_and_that_is_said():
    ref = compare.Reference("iris", hidden=(6, 6))
    grads = by_torch(ref, torch.float64)["grads"]
    assert "square" not in str(ref.check(dW2=grads[2]))
    report = ref.check(dW2=grads[2].T)
    assert report
    assert "agrees as its transpose" in str(report)
    strict = compare.Reference("iris", hidden=(6, 6), layout="in,out")
    assert strict.check(dW2=grads[2].T)
    assert "layout=" in str(strict.check(dW2=grads[2]))


def test_mixed_dtypes_are_told(script):
    z1 = script.x @ script.weights["W1"] + script.weights["b1"]
    report = script.check(
        z1=z1.astype(np.float32), a1=np.maximum(0, z1.astype(np.float32)).astype(np.float64)
    )
    assert report
    assert "mixed dtypes" in str(report)


def test_float32_in_the_place_of_float64_is_seen(script):
    z1 = script.x @ script.weights["W1"] + script.weights["b1"]
    assert not script.check(z1=z1.astype(np.float32).astype(np.float64))


def test_other_programs_are_refused(script):
    x, (w1, b1, w2, b2) = script.x, script.weights.values()
    z2 = np.maximum(0, x @ w1 + b1) @ w2 + b2
    p, y = 1 / (1 + np.exp(-z2)), script.onehot
    loss = -(y * np.log(p) + (1 - y) * np.log(1 - p)).sum() / len(y)
    with pytest.raises(ValueError, match="a program with sigmoid outputs"):
        script.check(z2=z2, probs=p, loss=loss)
    with pytest.raises(ValueError, match="a loss that is not the cross-entropy"):
        script.check(z2=z2, loss=((p - y) ** 2).mean(), dz2=2 * (p - y) * p * (1 - p) / p.size)


def test_a_report_is_text_html_json_and_a_truth(by_script, monkeypatch):
    monkeypatch.delenv("PYTEST_CURRENT_TEST")
    good, bad = by_script(), by_script(("dscores.sum(axis=0)", "np.sum(dscores)"))
    assert good
    assert not bad
    assert str(good).endswith("AGREE: all 16 arrays. Nothing is left open.")
    assert "\n" not in repr(bad)
    assert "your code computes db2 = dscores.sum()" in repr(bad)
    assert "<table>" in bad._repr_html_()
    assert "db2 is one number" in bad._repr_html_()
    found = json.loads(json.dumps(bad.to_dict()))
    assert found["verdict"] == "disagree"
    (wrong,) = (array for array in found["arrays"] if not array["passed"])
    assert wrong["name"] == "db2"
    assert wrong["lines"][0]["wrong"] == "dz2.sum()"


def test_a_partial_report_says_what_is_left_open(script):
    z1 = script.x @ script.weights["W1"] + script.weights["b1"]
    assert "Not handed over, so not looked at: a1, z2" in str(script.check(z1=z1))


def test_pytest_shows_the_report_of_a_failed_assertion(by_script, capsys):
    report = by_script(("x @ W1 + b1", "x @ W1"))
    with pytest.raises(AssertionError):
        assert report
    # what a test that fails has printed is what pytest shows of it, and all of it
    assert "your code computes      z1 = x @ W1\n" in capsys.readouterr().out


def test_import_compare_stays_cheap():
    code = "import sys, compare, torch_mlp; assert not {'numpy', 'torch'} & {*sys.modules}; dir(compare)"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    with pytest.raises(AttributeError, match="has no attribute 'reference_'"):
        compare.reference_  # noqa: B018
