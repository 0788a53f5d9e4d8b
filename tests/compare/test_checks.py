"""The checks are checked: every planted fault must fail, whatever it is."""

from dataclasses import replace

import numpy as np
import pytest

from compare import budget, numpy_side, torch_side
from compare.checks import EXACT, Allowed, CheckContext, agree, first_divergence, first_wrong, two_sided
from compare.gates.scenarios import random_scenario
from compare.scenario import Scenario
from compare.trace import UPDATE, Trace, formula_of, gate_of

CONTEXT = CheckContext("test", "", "float32")


@pytest.fixture(scope="module")
def square() -> Scenario:
    return random_scenario("square", "", (6, 6, 6), 6)


@pytest.fixture(scope="module")
def healthy(square):
    return numpy_side.run(square), torch_side.run(square), two_sided(budget.run(square))


def planted(trace: Trace, **changes: np.ndarray) -> Trace:
    faulty = Trace(trace)
    faulty.update(changes)
    return faulty


def verdicts(healthy, faulty: Trace) -> list[str]:
    """Return the names of the arrays that fail when NumPy's trace is replaced by a faulty one."""
    _, theirs, allowed = healthy
    return [check.tensor for check in CONTEXT.compare(faulty, theirs, allowed) if not check.passed]


def test_healthy_traces_agree(healthy):
    ours, theirs, allowed = healthy
    checks = CONTEXT.compare(ours, theirs, allowed)
    assert agree(checks)
    assert [check.tensor for check in checks] == list(ours) == list(theirs)
    assert max(check.budget_used for check in checks) < 0.6


@pytest.mark.parametrize("factor", [-1, 0, 6, 1 / 6, 6 / 5, 1.0001])
def test_scaled_gradient_fails_its_own_array_alone(healthy, factor):
    name = "dL/dfc1.weight"
    assert verdicts(healthy, planted(healthy[0], **{name: healthy[0][name] * np.float32(factor)})) == [name]


def test_transposed_square_fails(healthy):
    name = "dL/dfc2.weight"
    assert verdicts(healthy, planted(healthy[0], **{name: healthy[0][name].T.copy()})) == [name]


@pytest.mark.parametrize("where", [(0, 0), (5, 5), (3, 1)])
def test_one_entry_two_budgets_off_fails_and_is_found(healthy, where):
    _, theirs, allowed = healthy
    name = "fc1"
    faulty = theirs[name].astype(np.float64)
    faulty[where] += 2 * allowed[name].distance[where]
    check = CONTEXT.arrays(name, faulty.astype(np.float32), theirs[name], allowed[name])
    assert not check.passed
    assert check.worst_index == where
    assert check.budget_used == pytest.approx(2, rel=0.2)


def test_one_entry_half_a_budget_off_passes(healthy):
    _, theirs, allowed = healthy
    faulty = theirs["fc1"].copy()
    faulty[2, 2] += np.float32(allowed["fc1"].distance[2, 2] / 2)
    assert CONTEXT.arrays("fc1", faulty, theirs["fc1"], allowed["fc1"]).passed


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("side", [0, 1])
def test_non_finite_value_on_either_side_fails(healthy, value, side):
    pair = [healthy[0]["fc1"].copy(), healthy[1]["fc1"].copy()]
    pair[side][0, 0] = value
    check = CONTEXT.arrays("fc1", *pair, Allowed(np.inf))
    assert not check.passed
    assert "NaN or infinity" in (check.numpy, check.torch)[side]


def test_nan_on_both_sides_fails():
    nan = np.full(3, np.nan, np.float32)
    assert not CONTEXT.arrays("fc1", nan, nan, Allowed(np.inf)).passed


def test_nan_budget_fails():
    zeros = np.zeros(3, np.float32)
    assert not CONTEXT.arrays("fc1", zeros, zeros + np.float32(1), Allowed(np.nan)).passed


def test_missing_array_fails(healthy):
    faulty = Trace(healthy[0])
    del faulty["dL/drelu"]
    assert verdicts(healthy, faulty) == ["dL/drelu"]


def test_array_missing_on_both_sides_fails(healthy):
    ours, theirs, allowed = healthy
    cut = [Trace({name: a for name, a in trace.items() if name != "loss"}) for trace in (ours, theirs)]
    assert [c.tensor for c in CONTEXT.compare(*cut, allowed) if not c.passed] == ["loss"]


def test_extra_array_fails(healthy):
    assert verdicts(healthy, planted(healthy[0], fc9=np.zeros(1))) == ["fc9"]


def test_shape_that_would_broadcast_fails(healthy):
    faulty = planted(healthy[0], **{"dL/dfc1.bias": healthy[0]["dL/dfc1.bias"][None]})
    assert verdicts(healthy, faulty) == ["dL/dfc1.bias"]


def test_other_dtype_fails(healthy):
    faulty = planted(healthy[0], fc1=healthy[0]["fc1"].astype(np.float64))
    assert verdicts(healthy, faulty) == ["fc1"]


def test_comparison_of_nothing_does_not_agree():
    assert not agree([])
    empty = np.empty(0, np.float32)
    assert not CONTEXT.arrays("fc1", empty, empty, Allowed(1.0)).passed


def test_budget_of_zero_demands_equality():
    one = np.ones(2, np.float32)
    assert CONTEXT.arrays("fc1", one, one).passed
    check = CONTEXT.arrays("fc1", one, np.nextafter(one, np.float32(2)))
    assert not check.passed
    assert check.max_ulp == 1
    assert check.budget_used == np.inf


def test_facts_of_another_type_differ():
    assert CONTEXT.fact("count", 83, 83).passed
    assert not CONTEXT.fact("count", 83, 84).passed
    assert not CONTEXT.fact("count", 83, "83").passed
    assert not CONTEXT.fact("flag", True, 1).passed


def test_closer_names_the_side_nearer_to_the_reference():
    a, b, truth = np.array([1.0]), np.array([1.5]), np.array([1.1])
    assert CONTEXT.arrays("fc1", a, b, Allowed(1.0, truth)).closer == "numpy"
    assert CONTEXT.arrays("fc1", b, a, Allowed(1.0, truth)).closer == "torch"
    assert CONTEXT.arrays("fc1", a, a, Allowed(1.0, truth)).closer == "equal"


def test_first_divergence_is_the_cause_and_not_a_later_symptom(healthy, square, monkeypatch):
    import numpy_mlp

    def halved(self, grad_output):
        return 0.5 * grad_output * self.mask

    monkeypatch.setattr(numpy_mlp.ReLU, "backward", halved)
    faulty = verdicts(healthy, numpy_side.run(square))
    assert faulty[0] == "dL/dfc1"
    assert len(faulty) > 1, "what follows from it is off as well"


def test_error_in_the_network_names_the_array_that_could_not_be_computed(healthy, square, monkeypatch):
    import numpy_mlp

    def broken(self, grad_output):
        raise RuntimeError("half-written")

    monkeypatch.setattr(numpy_mlp.ReLU, "backward", broken)
    trace = numpy_side.run(square)
    assert trace.failure == "RuntimeError: half-written"
    found = first_divergence(CONTEXT.compare(trace, healthy[1], healthy[2]))
    assert (found.tensor, found.numpy) == ("dL/dfc1", "missing (RuntimeError: half-written)")


def test_layer_that_changes_its_input_does_not_change_the_scenario(square, monkeypatch):
    import numpy_mlp

    before, forward = square.x.copy(), numpy_mlp.Linear.forward

    def destructive(self, x):
        result = forward(self, x.copy())
        x[:] = 0
        return result

    monkeypatch.setattr(numpy_mlp.Linear, "forward", destructive)
    numpy_side.run(square)
    np.testing.assert_array_equal(square.x, before)


@pytest.mark.parametrize(
    ("name", "gate", "formula"),
    [
        ("fc1", "forward", "y = x W^T + b"),
        ("relu2 (step 2)", "forward", "y = max(0, x)"),
        ("loss", "forward", "L = -1/N sum over n of log softmax(z)[n, y[n]]"),
        ("dL/dfc12.weight (pass 2)", "backward", "dL/dW = (dL/dy)^T x"),
        ("dL/dfc1.bias", "backward", "dL/db = sum over n of dL/dy"),
        ("dL/drelu", "backward", "dL/dx = dL/dy W of the Linear that follows"),
        ("fc1.weight after step 3", "update", UPDATE),
        ("summary line 3", "forward", ""),
    ],
)  # fmt: skip
def test_names_tell_gate_and_formula(name, gate, formula):
    assert gate_of(name) == gate
    assert formula_of(name) == formula


def test_traces_put_each_check_into_its_gate(healthy):
    gates = [check.gate for check in CONTEXT.compare(*healthy)]
    assert gates == sorted(gates, key=["forward", "backward", "update"].index)
    assert set(gates) == {"forward", "backward", "update"}


def test_budget_of_another_name_is_missing_on_both_sides():
    check = CONTEXT.compare(Trace(), Trace(), {"fc1": EXACT})[0]
    assert (check.status, check.numpy, check.torch) == ("fail", "missing", "missing")
    assert replace(CONTEXT, dtype="float64").fact("x", 1, 1).dtype == "float64"


def test_distance_to_an_exact_value_is_measured_in_float64():
    value = np.array([1 + 2.0**-30])
    rounded, far = np.ones(1, np.float32), np.array([1 + 2.0**-23], np.float32)
    allowed = Allowed(2.0**-24, value, against="float64")
    check = CONTEXT.arrays("fc1", rounded, value.astype(np.float32), allowed)
    assert check.passed
    assert check.budget_used == pytest.approx(2.0**-6), "not 0, as it is between the rounded arrays"
    assert not CONTEXT.arrays("fc1", far, value.astype(np.float32), allowed).passed
    ours, theirs = Trace(fc1=rounded), Trace(fc1=value.astype(np.float32))
    (check,) = CONTEXT.compare(ours, theirs, {"fc1": allowed})
    assert (check.sides, check.torch, check.closer) == (("NumPy", "float64"), value[0], None)


def test_training_that_leaves_its_budget_is_named_at_the_first_epoch_and_not_at_the_worst():
    exact = np.zeros((5, 2))
    passed = exact.copy()
    passed[2, 1], passed[4, 0] = 3.0, 90.0
    allowed = Allowed(np.ones((5, 2)), exact, first_epoch=11)
    check = CONTEXT.arrays("fc1.bias after epochs 11 to 15", passed, exact, allowed)
    assert (check.passed, check.worst_index, check.epoch, check.budget_used) == (False, (2, 1), 13, 3.0)
    assert CONTEXT.arrays("fc1.bias", exact, exact, allowed).epoch == 11
    assert CONTEXT.arrays("fc1.bias", passed, exact, Allowed(1.0)).worst_index == (4, 0)


def test_two_sided_budget_is_twice_the_error_of_one():
    (scenario,) = (random_scenario("", "", (4, 8, 3), 6),)
    run = budget.run(scenario)
    allowed = two_sided(run)
    np.testing.assert_array_equal(allowed["loss"].distance, 2 * run["loss"].error)


def test_array_that_never_came_is_told_from_one_that_an_error_kept_away():
    context = CheckContext("one", "", "float32")
    one, names = (
        np.ones(1, np.float32),
        ["fc1", "relu", "fc2", "loss", "dL/dfc2", "dL/dfc2.weight", "dL/dfc2.bias"],
    )
    theirs, budget = Trace(dict.fromkeys(names, one)), dict.fromkeys(names, EXACT)
    ours = Trace(dict.fromkeys(["fc1", "fc2", "loss", "dL/dfc2", "dL/dfc2.bias"], one))
    ours.error = ValueError("shape")
    missing = {
        check.tensor: check.numpy for check in context.compare(ours, theirs, budget) if not check.passed
    }
    assert missing == {
        "relu": "missing, where later arrays came",
        "dL/dfc2.weight": "missing (ValueError: shape)",  # the bias gradient may be computed before it
    }
    found = first_wrong(ours, context.compare(ours, theirs, budget))
    assert found.tensor == "relu"
    ours["relu"] = one
    assert first_wrong(ours, context.compare(ours, theirs, budget)) is None, "the error is all that is wrong"


def test_none_in_the_place_of_an_array_is_called_so():
    check = CheckContext("one", "", "float32").arrays("fc1", np.array(None), np.ones((2, 3)))
    assert (check.numpy, check.torch) == ("None: is a return missing?", "shape (2, 3)")
