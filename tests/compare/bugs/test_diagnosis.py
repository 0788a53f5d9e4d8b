"""Diagnosis: what is planted is named, what is right is left alone, what is unknown stays so."""

import numpy as np
import pytest

from compare.bugs.bug import plant
from compare.bugs.catalogue import BUGS, REWRITES, bug_named, over
from compare.bugs.copies import copy_of_numpy_mlp
from compare.bugs.copies import replace as put
from compare.bugs.diagnosis import diagnose
from compare.bugs.facts import certain_facts, fingerprint
from compare.bugs.matching import differences

SAMPLE = [
    "mean-forgotten",
    "divided-by-n-minus-one",
    "softmax-before-the-loss",
    "maximum-not-subtracted",
    "log-of-p-plus-epsilon",
    "weight-gradient-transposed",
    "mask-greater-or-equal",
    "cache-of-an-earlier-batch",
    "nesterov-ignored",
    "parameters-rebound",
    "last-batch-dropped",
    "shares-averaged-plainly",
    "span-plus-epsilon",
    "accuracy-averaged-over-batches",
]


def planted(target, twin):
    """A fault that the catalogue doesn't know."""
    package = copy_of_numpy_mlp()
    put(package, target, twin)
    return package


@pytest.mark.parametrize("name", SAMPLE)
def test_planted_bug_is_named_and_explained(name, lab):
    bug = bug_named(name)
    diagnosis = diagnose(plant(bug), lab)
    assert diagnosis.bugs == (bug,)
    for part in (bug.name, bug.why, bug.question, bug.answer, bug.places[0][0], bug.places[0][1]):
        assert part in diagnosis.text()
    assert differences(lab.observed(bug), lab)[0].gate == bug.gate


@pytest.mark.parametrize("rewrite", REWRITES[:2], ids=lambda bug: bug.name)
@pytest.mark.parametrize(
    "name", ["mean-forgotten", "bias-left-out", "mask-missing", "softmax-without-its-sum"]
)
def test_bug_is_named_in_a_network_that_is_written_in_another_way(name, rewrite, lab):
    bug = bug_named(name)
    assert diagnose(plant(over(rewrite, bug)), lab).bugs == (bug,)


def printed_otherwise(model):
    return "a network"


def test_bug_is_named_in_a_package_that_prints_itself_otherwise_and_has_other_defaults(lab):
    bug = bug_named("mean-forgotten")
    package = plant(bug)
    put(package, "mlp.MLP.__repr__", printed_otherwise)
    package.sgd.SGD.__init__.__kwdefaults__["momentum"] = None
    found = diagnose(package, lab)
    assert found.bugs == (bug,)
    assert any("x 120.000 in every entry" in fact for fact in found.facts)


def test_package_that_only_prints_itself_otherwise_is_not_correct_and_has_no_known_bug(lab):
    found = diagnose(planted("mlp.MLP.__repr__", printed_otherwise), lab, seconds=3)
    assert (found.name, found.correct) == ("unknown", False)
    assert "print(model) (gate structure" in found.text()


def test_twins_share_one_answer(lab):
    diagnosis = diagnose(plant(bug_named("zero-grad-of-a-local-name")), lab)
    assert diagnosis.name == "zero-grad-forgotten = zero-grad-of-a-local-name"
    assert "the same in numbers" in diagnosis.text()


@pytest.mark.parametrize("bug", [b for b in BUGS if b.equivalent], ids=lambda bug: bug.name)
def test_equivalent_bug_moves_nothing(bug, lab):
    found, healthy = lab.observed(bug), lab.healthy
    assert found.arrays.keys() == healthy.arrays.keys()
    assert all(np.array_equal(found.arrays[name], array) for name, array in healthy.arrays.items())
    names = differences(found, lab)
    assert fingerprint(found, names, lab) == ["nothing moves"]
    assert certain_facts(found, names, lab) == ["every array stays within its budget"]


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda bug: bug.name)
def test_correct_rewrite_is_not_accused(rewrite, lab):
    assert "diagnosis: none" in diagnose(plant(rewrite), lab).text()


def test_observation_is_the_same_each_time(lab):
    again, healthy = lab.observe(copy_of_numpy_mlp()).arrays, lab.healthy.arrays
    assert list(again) == list(healthy)
    assert all(np.array_equal(again[name], array) for name, array in healthy.items())


# what is certain where the name is unknown


def backward_times(factor):
    def backward(self):
        log_p, labels = self.saved
        target = np.eye(log_p.shape[1], dtype=log_p.dtype)[labels]
        return (np.exp(log_p) - target) / len(labels) * log_p.dtype.type(factor)

    return backward


def last_unit_forgotten(self, grad_output, *, needs_input_grad=True):
    grad = grad_output.T @ self.x
    grad[-1] = 0
    self.weight.accumulate(grad)
    self.bias.accumulate(grad_output.sum(axis=0))
    return grad_output @ self.weight.data if needs_input_grad else None


def half_where_negative(self, grad_output):
    return np.where(self.mask, grad_output, grad_output / 2).astype(grad_output.dtype)


def rounded_in_float32(self, x):
    y = np.maximum(x, 0)
    self.mask = x > 0
    return np.round(y, 4) if x.dtype == np.float32 else y


def broken(self):
    raise ZeroDivisionError("one over nothing")


LOSS_BACKWARD = "cross_entropy.CrossEntropyLoss.backward"


@pytest.mark.parametrize(
    ("target", "twin", "facts"),
    [
        (LOSS_BACKWARD, backward_times(1.5), ["dL/dfc2 (gate backward", "there: x 1.50000 in every entry"]),
        (LOSS_BACKWARD, broken, ["missing (ZeroDivisionError: one over nothing)"]),
        ("linear.Linear.backward", last_unit_forgotten, ["dL/dfc2.weight (gate backward", "only row 2"]),
        ("relu.ReLU.backward", half_where_negative, ["dL/dfc1 (gate backward", "only where x < 0"]),
        ("relu.ReLU.forward", rounded_in_float32, ["relu (gate forward", "only in float32"]),
        (
            "inference.predict",
            lambda model, x: "setosa",
            ["labels (gate predictions", "shape () where (30,) belongs"],
        ),
    ],
)
def test_unknown_fault_is_not_guessed_at_and_what_is_certain_is_said(target, twin, facts, lab):
    diagnosis = diagnose(planted(target, twin), lab, seconds=3)
    assert (diagnosis.name, diagnosis.bugs, diagnosis.correct) == ("unknown", (), False)
    for fact in facts:
        assert fact in diagnosis.text()


def test_fault_of_one_scenario_alone_is_placed_there(lab):
    found = lab.observed(bug_named("cache-changed-in-place"))
    facts = certain_facts(found, differences(found, lab), lab)
    assert "only in the run 'two backward passes': all others agree" in facts


def test_nearly_the_same_bug_is_not_taken_for_it(lab):
    """119 times too large is not 120 times too large."""
    assert diagnose(planted(LOSS_BACKWARD, backward_times(119)), lab, seconds=3).name == "unknown"


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("mean-forgotten", "all parameter gradients, dL/dfc2, dL/drelu, dL/dfc1: x 120.000 in every entry"),
        ("divided-by-n-minus-one", "x 1.00840 in every entry"),
        ("loss-sign-flipped", "sign flipped"),
        ("weight-gradient-transposed", "dL/dfc2.weight, dL/dfc1.weight: transposed"),
        ("mask-greater-or-equal", "dL/dfc1: only where x is exactly 0"),
        ("nesterov-ignored", "its update: x 0.526316 in every entry"),
        ("parameters-rebound", "never moves"),
        ("last-batch-dropped", "batch sizes: [50, 50] where [50, 50, 20] belongs"),
        ("float64-data", "x_train, x_test: float64 where float32 belongs"),
        ("weights-all-zero", "all 0"),
        ("maximum-not-subtracted", "loss: NaN or infinity in 1 of 1 entries"),
    ],
)
def test_fingerprint_is_measured(name, line, lab):
    found = lab.observed(bug_named(name))
    assert any(line in measured for measured in fingerprint(found, differences(found, lab), lab))
