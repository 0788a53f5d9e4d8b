"""Random networks: the healthy pair agrees, a fault is caught, and its case can be drawn again alone."""

import argparse
import re
import shlex

import numpy as np
import pytest

import numpy_mlp
from compare import budget, fuzz, numpy_side
from compare.budget import Approx, Rounding, grown


@pytest.fixture
def leaky(monkeypatch):
    """A ReLU that is a little leaky."""

    def forward(self, x):
        self.mask = x > 0
        return np.where(x > 0, x, x * x.dtype.type(0.001))

    monkeypatch.setattr(numpy_mlp.ReLU, "forward", forward)


def test_forty_cases_agree_and_the_largest_share_is_named(compare):
    code, out, err = compare("--fuzz", 40, "--seed", 3, "--device", "cpu")
    assert code == 0
    assert "40 random networks (seeds 3 to 42)" in out
    assert re.search(r"budgets    at most \d+\.\d% used, by .+ \(case \d+, float(32|64), cpu\)", out)
    assert "AGREE" in out
    assert err == "", "no bar where there is no terminal"


def test_fault_is_caught_and_the_printed_command_repeats_it(compare, leaky):
    code, out, _ = compare("--fuzz", 200, "--dtype", "float64", "--device", "cpu")
    assert code == 1
    assert "first to disagree:\n  array     relu" in out
    (command,) = re.findall(r"^repeat     (.+)$", out, re.MULTILINE)
    assert "--dtype float64" in command
    again, repeated, _ = compare(*shlex.split(command)[3:])
    assert again == 1
    assert repeated.partition("first to disagree")[2] == out.partition("first to disagree")[2]


def test_case_of_a_seed_is_always_the_same_network():
    first, second = fuzz.draw(11).scenario, fuzz.draw(11).scenario
    assert (first.sizes, first.sgd, first.frozen) == (second.sizes, second.sgd, second.frozen)
    assert all(np.array_equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert fuzz.draw(11, "float64").scenario.sizes == first.sizes


def test_cases_are_as_varied_as_promised():
    cases = [fuzz.draw(seed).scenario for seed in range(300)]
    assert {len(case.sizes) - 2 for case in cases} == {1, 2, 3, 4}
    assert {case.dtype.name for case in cases} == {"float32", "float64"}
    assert {case.reduction for case in cases} == {"mean", "sum"}
    assert {len(case.steps) for case in cases} == {1, 2, 3}
    assert {case.backward_passes for case in cases} == {1, 2}
    assert max(max(case.sizes) for case in cases) > 55
    assert min(min(case.sizes) for case in cases) == 1
    assert max(len(case.x) for case in cases) > 200
    assert any(case.frozen for case in cases)
    assert any(case.sgd["nesterov"] for case in cases)
    outputs = [numpy_side.run(case)["fc1"] for case in cases]
    assert sum((output == 0).any() for output in outputs) > 30, "ties at exactly 0"
    logits = [numpy_side.run(case)[f"fc{len(case.sizes) - 1}"] for case in cases]
    assert sum(np.ptp(output, axis=1).max() > 500 for output in logits) > 20, "saturated"


def test_no_case_can_overflow_and_every_budget_is_finite():
    for seed in range(60):
        case = fuzz.draw(seed)
        for array in case.allowed.values():
            assert (array.size < fuzz.LIMIT).all()
            assert (array.error >= 0).all()


def test_fuzz_and_a_report_do_not_go_together(compare):
    code, out, err = compare("--fuzz", 3, "--json", "-")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_zero_cases_are_wrong_usage(compare):
    assert compare("--fuzz", 0)[0] == 2


def test_ctrl_c_says_how_far_it_came(compare, monkeypatch):
    def interrupted(*_):
        yield fuzz.Tally(cases=7)
        raise KeyboardInterrupt

    from compare import fuzz_report

    monkeypatch.setattr(fuzz_report, "fuzz", interrupted)
    code, _, err = compare("--fuzz", 1000, "--device", "cpu")
    assert code == 130
    assert "fuzz stopped after 7 of 1,000 cases" in err


def test_command_that_repeats_keeps_what_was_asked_for():
    from compare.fuzz_report import repeat

    args = argparse.Namespace(dtype="float32", device="cuda:1", precision="tf32", numpy="mine")
    flags = "--dtype float32 --device cuda:1 --precision tf32 --numpy mine"
    assert repeat(5, args) == f"python -m compare.run --fuzz 1 --seed 5 {flags}"


# What the fuzz has taught the budgets: logits and errors so large that exp overflows


@pytest.mark.parametrize("error", [0.0, 1e-6, 1.0, 1e3, 1e12])
@pytest.mark.parametrize("size", [1.0, 1e3, 1e12])
def test_softmax_of_huge_logits_has_a_finite_budget_that_no_probability_can_leave(size, error):
    rules = Rounding.of(np.dtype("float32"))
    z = Approx(size * np.array([[1.0, -1.0, 0.5], [-1.0, -1.0, -1.0]]), np.full((2, 3), error))
    log_p = rules.log_softmax(z)
    assert np.isfinite(log_p.error).all()
    p = rules.softmax(log_p)
    assert (p.error > 0).all()
    assert (p.error < 1.001).all(), "two numbers in [0, 1] are never further apart"


def test_logits_within_their_error_stay_within_the_budget_of_log_softmax():
    rng = np.random.default_rng(0)
    rules = Rounding.of(np.dtype("float32"))
    for scale in (1.0, 30.0, 1e4):
        z, error = rng.normal(size=(50, 4)) * scale, np.abs(rng.normal(size=(50, 4))) * scale / 10
        allowed = rules.log_softmax(Approx(z, error))
        for _ in range(20):
            moved = (z + rng.uniform(-1, 1, size=z.shape) * error).astype(np.float32)
            distance = np.abs(numpy_mlp.cross_entropy.log_softmax(moved) - allowed.value)
            # the logits are rounded to float32 here: one rounding more than the rule is told of
            assert (distance <= allowed.error + 2 * rules.unit_roundoff * np.abs(z).max()).all()


def test_growth_of_a_number_is_exact_where_it_is_small_and_never_nan():
    found = grown(np.array([0.0, -1.0, -2000.0, -2000.0, 0.0]), np.array([1e-12, 1.0, 0.0, 1e9, 0.0]))
    np.testing.assert_allclose(found[:2], [np.expm1(1e-12), np.exp(-1) * np.expm1(1.0)], rtol=1e-12)
    assert list(found[2:]) == [0.0, np.inf, 0.0]


def test_tie_in_float64_may_fall_on_either_side_although_the_budget_rounds_too():
    rules = Rounding.of(np.dtype("float64"))
    a, grad = Approx(np.array([1.5e-16]), np.array([1e-16])), Approx(np.array([2.0]), np.array([0.0]))
    assert rules.relu_backward(grad, a).error[0] == 2.0
    assert budget.Rounding.of(np.dtype("float32")).edge == pytest.approx(1, abs=1e-8)
