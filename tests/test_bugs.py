"""The bug lab: what is planted is seen and named, what is right is left alone, what is unknown stays so."""

import inspect
import io
import re
import subprocess
import sys
from dataclasses import replace
from functools import cache
from pathlib import Path

import numpy as np
import pytest

import numpy_mlp
from compare import run as compare_run
from compare.bugs import __main__ as lab
from compare.bugs import effect, self_test
from compare.bugs.bug import GATES, Bug, find, plant
from compare.bugs.catalogue import BUGS, FAMILIES, bug_named
from compare.bugs.certain import fingerprint, what_is_certain
from compare.bugs.diagnosis import Diagnosis, diagnose
from compare.bugs.observe import Name, observe
from compare.bugs.replay import agrees, healthy, observed, parted
from compare.bugs.rewrites import REWRITES, other_order
from compare.bugs.source import diff
from compare.packages import copy_of_numpy_mlp
from compare.packages import replace as put

ROOT = Path(__file__).parent.parent

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


@pytest.fixture
def bugs(capsys):
    """Run ``python -m compare.bugs`` in this process; return exit code, stdout, stderr."""

    def call(*args):
        try:
            code = lab.main(list(args))
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call


def planted(target, twin):
    """A fault that the catalogue doesn't know."""
    package = copy_of_numpy_mlp()
    put(package, target, twin)
    return package


# the catalogue


def test_names_are_unique_kebab_case_in_known_families_and_gates():
    names = [bug.name for bug in BUGS]
    assert len(set(names)) == len(names) >= 45
    for bug in BUGS:
        assert bug.name.replace("-", "").isalnum()
        assert bug.name.islower()
        assert bug.family in FAMILIES
        assert (bug.gate in GATES) != bool(bug.equivalent)
        assert bug.question.endswith("?")
        assert bug.why
        assert bug.answer


@pytest.mark.parametrize("bug", [*BUGS, *REWRITES], ids=lambda bug: bug.name)
def test_target_exists_and_twin_takes_the_same_arguments(bug):
    for target, twin in bug.replacements:
        owner, name = find(numpy_mlp, target)
        ours, theirs = (inspect.signature(f).parameters.values() for f in (getattr(owner, name), twin))
        theirs = [p for p in theirs if p.name != "cls"]
        assert [(p.name, p.kind, p.default) for p in ours] == [(p.name, p.kind, p.default) for p in theirs]


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_twin_knows_every_name_that_it_uses(bug):
    for text in observed(bug).errors.values():
        assert not text.startswith(("NameError", "AttributeError", "UnboundLocalError")), text


def test_planting_leaves_numpy_mlp_alone():
    before = numpy_mlp.Linear.forward
    package = plant(bug_named("bias-left-out"))
    assert numpy_mlp.Linear.forward is before
    assert package.Linear.forward.__name__ == "forward_without_bias"


def test_twin_asks_the_no_grad_of_its_own_package():
    package = plant(bug_named("relu-leaky"))
    layer = package.ReLU()
    with package.no_grad():
        layer(np.ones((1, 1), np.float32))
    assert layer.mask is None


# diagnosis


@pytest.mark.parametrize("name", SAMPLE)
def test_planted_bug_is_named_and_explained(name):
    bug = bug_named(name)
    diagnosis = diagnose(plant(bug))
    assert diagnosis.bugs == (bug,)
    for part in (bug.name, bug.why, bug.question, bug.answer, bug.places[0][0], bug.places[0][1]):
        assert part in diagnosis.text()
    first = parted(observed(bug), healthy())[0]
    assert first.gate == bug.gate


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda bug: bug.name)
@pytest.mark.parametrize(
    "name", ["mean-forgotten", "bias-left-out", "mask-missing", "softmax-without-its-sum"]
)
def test_bug_is_named_in_a_network_that_is_written_in_another_way(name, rewrite):
    bug = bug_named(name)
    assert diagnose(plant(self_test.over(rewrite, bug))).bugs == (bug,)


def test_twins_share_one_answer():
    diagnosis = diagnose(plant(bug_named("zero-grad-of-a-local-name")))
    assert diagnosis.name == "zero-grad-forgotten = zero-grad-of-a-local-name"
    assert "the same in numbers" in diagnosis.text()


@pytest.mark.parametrize("bug", [b for b in BUGS if b.equivalent], ids=lambda bug: bug.name)
def test_equivalent_bug_moves_nothing(bug):
    found = observe(plant(bug))
    assert found.keys() == healthy().keys()
    assert all(np.array_equal(found[name], array) for name, array in healthy().items())
    assert fingerprint(found) == what_is_certain(found) or fingerprint(found) == ["nothing moves"]


@pytest.mark.parametrize("rewrite", REWRITES, ids=lambda bug: bug.name)
def test_correct_rewrite_rounds_otherwise_and_is_not_accused(rewrite):
    found = observe(plant(rewrite))
    assert any(not np.array_equal(found[name], array) for name, array in healthy().items())
    assert agrees(found)
    assert "diagnosis: none" in diagnose(plant(rewrite)).text()


def test_observation_is_the_same_each_time():
    again = observe(copy_of_numpy_mlp())
    assert list(again) == list(healthy())
    assert all(np.array_equal(again[name], array) for name, array in healthy().items())


# what is certain where the name is unknown


def backward_times(factor):
    def backward(self):
        log_p, target = self.saved
        return (np.exp(log_p) - target) / len(target) * log_p.dtype.type(factor)

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
        ("inference.predict", lambda model, x: "setosa", ["answers (gate predictions"]),
    ],
)
def test_unknown_fault_is_not_guessed_at_and_what_is_certain_is_said(target, twin, facts):
    diagnosis = diagnose(planted(target, twin))
    assert (diagnosis.name, diagnosis.bugs, diagnosis.correct) == ("unknown", (), False)
    for fact in facts:
        assert fact in diagnosis.text()


def test_fault_of_one_scenario_alone_is_placed_there():
    assert "only in the run 'two backward passes': all others agree" in what_is_certain(
        observed(bug_named("cache-changed-in-place"))
    )


def test_nearly_the_same_bug_is_not_taken_for_it():
    """119 times too large is not 120 times too large."""
    assert diagnose(planted(LOSS_BACKWARD, backward_times(119))).name == "unknown"


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
        ("last-batch-dropped", "batch sizes: shape (2,) where (3,) belongs"),
        ("float64-data", "x_train, x_test: float64 where float32 belongs"),
        ("weights-all-zero", "all 0"),
        ("maximum-not-subtracted", "loss: NaN or infinity in 1 of 1 entries"),
    ],
)
def test_fingerprint_is_measured(name, line):
    assert any(line in measured for measured in fingerprint(observed(bug_named(name))))


# the command


def test_list_names_every_bug_by_family(bugs):
    for args in ((), ("list",)):
        code, out, _ = bugs(*args)
        assert code == 0
        assert all(f"  {bug.name} " in out for bug in BUGS)
        assert [out.index(title) for title in FAMILIES.values()] == sorted(
            out.index(title) for title in FAMILIES.values()
        )


def test_show_prints_diff_formula_fingerprint_and_training(bugs):
    code, out, _ = bugs("show", "bias-gradient-averaged")
    assert code == 0
    for part in (
        "-    self.bias.accumulate(grad_output.sum(axis=0))\n",
        "+    self.bias.accumulate(grad_output.mean(axis=0))\n",
        "formula   dL/db = sum over n of dL/dy",
        "dL/dfc2.bias, dL/dfc1.bias: x 0.00833333 in every entry",
        "of 30 flowers right",
        "healthy       loss 0.0851, 29 of 30",
    ):
        assert part in out


def test_show_of_an_equivalent_bug_says_why(bugs):
    code, out, _ = bugs("show", "eval-forgotten")
    assert code == 0
    assert "nothing moves" in out
    assert "equivalent: no layer" in out


def test_diff_shows_the_faulty_lines_and_no_docstring():
    for bug in BUGS:
        text = diff(bug)
        assert "\n-" in text or "\n+" in text, bug.name
        assert '"""' not in text


@pytest.mark.parametrize(
    ("args", "message"),
    [(("show", "mean-forgoten"), "did you mean mean-forgotten"), (("show", "zzz"), "lists them")],
)
def test_unknown_name_is_one_line_and_exit_2(bugs, args, message):
    code, out, err = bugs(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_effect_compares_with_the_healthy_run():
    assert effect.seen_by_accuracy(bug_named("parameters-rebound"))
    assert not effect.seen_by_accuracy(bug_named("relu-leaky"))
    assert effect.seen_by_accuracy(bug_named("weight-not-transposed")), "an error shows as well"
    assert not effect.seen_by_accuracy(bug_named("eval-forgotten"))


@pytest.fixture
def quiz(bugs, monkeypatch):
    """Run the quiz with these lines on stdin."""

    def call(answers, seed="3"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        code, out, err = bugs("quiz", "--seed", seed)
        assert code == 0, err
        return out

    return call


def test_quiz_takes_names_and_numbers_hints_and_explains(quiz):
    out = quiz("")
    assert "first to disagree" in out
    choices = dict(re.findall(r"^  (\d)  (\S+)$", out, re.MULTILINE))
    answer = next(bug for bug in BUGS if f"It is {bug.name}." in out)
    number = next(i for i, name in choices.items() if name == answer.name)
    before_the_list = out[: out.index("Which bug is it?")]
    assert answer.name not in before_the_list, "the bug is not named before the question"
    for right in (answer.name, number):
        assert f"Right: {answer.name}." in quiz(f"{right}\n")
    wrong = next(i for i in choices if i != number)
    out = quiz(f"nonsense\n9\n0\n{wrong}\n{number}\n")
    assert f"A hint: {answer.question}" in out
    assert f"Right: {answer.name}." in out
    assert answer.answer in out
    assert f"It is {answer.name}." in quiz(f"{wrong}\n{wrong}\n")


@pytest.mark.parametrize("module", ["compare.bugs", "compare.run"])
def test_help_and_list_do_not_wait_for_torch(module):
    code = (
        f"import sys; from {module}{'.__main__' if module == 'compare.bugs' else ''} import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\nassert 'torch' not in sys.modules"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr


# compare.run


@pytest.fixture
def compare(capsys):
    def call(*args):
        try:
            code = compare_run.main(list(args))
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call


def test_inject_disagrees_and_names_the_bug(compare):
    code, out, _ = compare("--inject", "mask-missing", "--epochs", "20", "--dtype", "float32")
    assert code == 1
    assert "array     dL/dfc1" in out
    assert out.index("first to disagree") < out.index("diagnosis: mask-missing")
    assert "ReLU.backward in numpy_mlp/relu.py" in out


def test_inject_of_an_equivalent_bug_agrees(compare):
    code, out, _ = compare("--inject", "eval-forgotten", "--epochs", "20", "--dtype", "float32")
    assert code == 0
    assert "diagnosis" not in out


def test_inject_of_an_unknown_name_is_exit_2(compare):
    code, _, err = compare("--inject", "mask-mising")
    assert code == 2
    assert "did you mean mask-missing" in err


first_to_fail = cache(self_test.first_to_fail)


@pytest.fixture
def few(monkeypatch):
    """The self-test with two bugs of all; the gates are asked once."""
    monkeypatch.setattr(self_test, "first_to_fail", first_to_fail)
    monkeypatch.setattr(self_test, "BUGS", (bug_named("mean-forgotten"), bug_named("float64-data")))


def test_self_test_passes_on_the_lab_as_it_is(compare, few):
    code, out, _ = compare("--self-test")
    assert code == 0, out
    assert "2 bugs: 2 seen, 2 named" in out
    assert "e+07" in out
    assert "data (fresh float64 referees, trained float64 referees)" in out
    assert out.rstrip().endswith("self-test passed")


WRONG = (bug_named("bias-left-out"),)


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        (Diagnosis(WRONG, ()), "wrong name: bias-left-out"),
        (Diagnosis((), ()), "too many unknown"),
        (Diagnosis((), (), correct=True), "not seen by the diagnosis"),
    ],
)
def test_self_test_fails_when_the_diagnosis_is_broken(compare, few, monkeypatch, answer, problem):
    monkeypatch.setattr(self_test, "diagnose", lambda package: answer)
    code, out, _ = compare("--self-test")
    assert code == 4
    assert problem in out
    assert "SELF-TEST FAILED" in out


def test_self_test_fails_when_a_gate_is_blind_or_a_correct_network_accused(monkeypatch):
    blind = {(start, dtype): None for start in self_test.STARTS for dtype in self_test.DTYPES}
    monkeypatch.setattr(self_test, "first_to_fail", lambda bug: blind)
    row = self_test.judge(bug_named("mean-forgotten"))
    assert row.problems == ["unseen in a fresh network", "unseen in a trained network"]
    bug = bug_named("mean-forgotten")
    monkeypatch.setattr(self_test, "first_to_fail", lambda accused: first_to_fail(bug))
    accused = replace(bug, equivalent="so they say")
    code, lines = self_test.verdict([self_test.judge(accused)])
    assert code == 4
    assert lines[0].startswith("mean-forgotten: accused: ")
    assert lines[1] == "mean-forgotten: named, and nothing is wrong with it"


def test_table_has_a_line_for_each_bug_in_markdown():
    check = self_test.Check("fresh", "backward", "float32", "cpu", "dL/dfc2", "fail", budget_used=4.2)
    first = {(start, dtype): check for start in self_test.STARTS for dtype in self_test.DTYPES}
    row = self_test.Row(bug_named("mean-forgotten"), first, "mean-forgotten", "unknown", accuracy=False)
    lines = self_test.as_markdown(self_test.table([row])).splitlines()
    assert lines[1] == "|---|---|---|---|---|---|"
    assert lines[2] == (
        "| mean-forgotten | backward | dL/dfc2 (fresh) | 4.2 | itself (rewritten: unknown) | does not |"
    )


def test_rewrite_is_no_bug_of_the_catalogue():
    assert other_order not in BUGS
    assert isinstance(other_order, Bug)
    assert Name("backward", "fresh", "float32", "dL/dfc2") in healthy()
