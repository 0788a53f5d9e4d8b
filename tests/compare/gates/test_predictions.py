"""The answers: every logit is the exact one of its own weights, and a label may differ only at a tie."""

import numpy as np
import pytest

import numpy_mlp
from compare import torch_side
from compare.checks import CheckContext, agree, first_divergence
from compare.gates.predictions import BESIDE, RIGHT, HeldOutSet, each_sample, prediction_gates
from compare.gates.scenarios import random_scenario
from numpy_mlp.shared.history import History

CONTEXT = CheckContext("whole training", "predictions", "float32")
SIZES = (4, 10, 3)


def weights(**changes):
    found = {name: w.copy() for name, w in random_scenario("", "", SIZES, 1).weights.items()}
    return found | changes


def ended(last) -> History:
    return History(np.zeros(1), [0], [last])


def checks_of(iris, ours, theirs):
    gates = prediction_gates(
        HeldOutSet(iris, SIZES), lambda package: ended(ours), ended(theirs), torch_side.CPU, CONTEXT
    )
    return [check for gate in gates for check in gate.checks()]


def test_answers_of_equal_networks_agree(iris):
    checks = checks_of(iris, weights(), weights())
    assert agree(checks)
    names = ["logits", "probabilities", "labels", RIGHT]
    assert [check.tensor for check in checks] == [*names, BESIDE, *names]
    assert [check.sides for check in checks][:5] == [
        ("NumPy", "float64"), ("NumPy", "float64"), ("NumPy", "its largest logits"),
        ("NumPy", "its largest logits"), ("NumPy", "PyTorch"),
    ]  # fmt: skip
    assert checks[5].sides == ("PyTorch", "float64")


def test_accuracy_that_counts_sure_answers_alone_shows_where_no_answer_is_sure(iris, monkeypatch):
    fresh = numpy_mlp.MLP(*SIZES, seed=42).state_dict()
    gate = HeldOutSet(iris, SIZES).gate(fresh, CONTEXT)
    assert agree(gate.checks())

    def sure(model, x, y):
        return float((numpy_mlp.predict_proba(model, x)[np.arange(len(y)), y] > 0.5).mean())

    monkeypatch.setattr(numpy_mlp, "accuracy", sure)
    assert [check.tensor for check in gate.checks() if not check.passed] == [RIGHT]


@pytest.mark.parametrize(
    ("name", "faulty", "tensor"),
    [
        ("predict_logits", lambda model, x: model(x) * np.float32(1.0001), "logits"),
        ("predict_proba", numpy_mlp.predict_logits, "probabilities"),
        ("predict", lambda model, x: np.zeros(len(x), int), "labels"),
        ("predict", lambda model, x: model(x).argmax(axis=0), "labels"),
        ("accuracy", lambda model, x, y: 1.0, RIGHT),
        ("predict", lambda model, x: 1 / 0, "labels"),
    ],
)
def test_wrong_answer_is_named_first(iris, monkeypatch, name, faulty, tensor):
    monkeypatch.setattr(numpy_mlp, name, faulty)
    assert first_divergence(checks_of(iris, weights(), weights())).tensor == tensor


def test_label_may_differ_where_two_logits_are_equal_and_nowhere_else(iris, monkeypatch):
    tied = {name: np.zeros_like(w) for name, w in weights().items()}
    tied["fc2.bias"][:] = [1, 1, 0]
    for label, fine in ((1, True), (2, False)):
        monkeypatch.setattr(numpy_mlp, "predict", lambda model, x, label=label: np.full(len(x), label))
        (beside,) = (check for check in checks_of(iris, tied, tied) if check.tensor == BESIDE)
        assert beside.passed == fine


def test_label_may_differ_where_the_weights_have_drifted_across_a_tie(iris):
    """Each library answers for its own weights, and every step to these weights is proven by gate 7."""
    ours = {name: np.zeros_like(w) for name, w in weights().items()}
    theirs = {name: w.copy() for name, w in ours.items()}
    ours["fc2.bias"][:], theirs["fc2.bias"][:] = [1, 1 + 1e-6, 0], [1 + 1e-6, 1, 0]
    assert agree(checks_of(iris, ours, theirs))


def test_each_sample_has_its_label_both_answers_and_the_margin(iris):
    held_out = HeldOutSet(iris, SIZES)
    gates = prediction_gates(
        held_out, lambda package: ended(weights()), ended(weights()), torch_side.CPU, CONTEXT
    )
    traces = [trace for gate in gates for trace, _ in gate.check()]
    found = each_sample(held_out, *traces)
    assert [sample["label"] for sample in found] == iris.y_test.tolist()
    logits = np.sort(numpy_mlp.predict_logits(torch_free_model(), iris.x_test), axis=1)
    for sample, row in zip(found, logits, strict=True):
        assert sample["margin"] == pytest.approx(row[-1] - row[-2], abs=1e-5)
        assert sample["numpy"] == sample["torch"] == int(np.argmax(sample["numpy_probabilities"]))


def torch_free_model():
    model = numpy_mlp.MLP(*SIZES)
    model.load_state_dict(weights())
    return model
