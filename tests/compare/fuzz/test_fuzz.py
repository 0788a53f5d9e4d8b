"""Random networks: the healthy pair agrees, a fault is caught, and its case can be drawn again alone."""

import re
import shlex

import numpy as np
import pytest

import numpy_mlp
from compare import numpy_side
from compare.fuzz import __main__ as fuzz_command
from compare.fuzz import networks, report
from compare.request import Request


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
    first, second = networks.draw(11).scenario, networks.draw(11).scenario
    assert (first.sizes, first.sgd, first.frozen) == (second.sizes, second.sgd, second.frozen)
    assert all(np.array_equal(first.weights[name], second.weights[name]) for name in first.weights)
    assert networks.draw(11, "float64").scenario.sizes == first.sizes


def test_cases_are_as_varied_as_promised():
    cases = [networks.draw(seed).scenario for seed in range(300)]
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
        case = networks.draw(seed)
        for array in case.allowed.values():
            assert (array.magnitude < networks.LIMIT).all()
            assert (array.error >= 0).all()


def test_fuzz_and_a_report_do_not_go_together(compare):
    code, out, err = compare("--fuzz", 3, "--json", "-")
    assert (code, out) == (2, "")
    assert err.count("\n") == 1


def test_zero_cases_are_wrong_usage(compare):
    assert compare("--fuzz", 0)[0] == 2


def test_ctrl_c_says_how_far_it_came(compare, monkeypatch):
    def interrupted(*_):
        yield report.Tally(cases=7)
        raise KeyboardInterrupt

    monkeypatch.setattr(report, "cases", interrupted)
    code, _, err = compare("--fuzz", 1000, "--device", "cpu")
    assert code == 130
    assert "fuzz stopped after 7 of 1,000 cases" in err


def test_command_that_repeats_keeps_every_flag():
    request = Request(dtype="float32", device="cuda:1", precision="tf32", numpy="mine")
    flags = "--dtype float32 --device cuda:1 --precision tf32 --numpy mine"
    assert report.repeat(5, request) == f"python -m compare.run --fuzz 1 --seed 5 {flags}"


def test_module_of_its_own_runs_the_same_cases(compare, capsys):
    assert fuzz_command.main(["6", "--seed", "3", "--device", "cpu"]) == 0
    out = capsys.readouterr().out
    assert "6 random networks (seeds 3 to 8)" in out
    assert compare("--fuzz", 6, "--seed", 3, "--device", "cpu")[1] == out
