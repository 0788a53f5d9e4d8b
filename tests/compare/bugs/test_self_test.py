"""The self-test of the comparison, and bugs planted by ``python -m compare.run --inject``."""

from dataclasses import replace
from functools import cache

import pytest

from compare.bugs import self_test
from compare.bugs.catalogue import REWRITES, bug_named
from compare.bugs.diagnosis import Diagnosis
from compare.report.tables import as_markdown


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


@cache
def first_to_fail_of(bug, original=self_test.first_to_fail):
    return original(bug, proofs())


proofs = cache(self_test.proofs)


@pytest.fixture
def few(monkeypatch, lab):
    """The self-test with two bugs of all; the gates run once for each."""
    monkeypatch.setattr(self_test, "first_to_fail", lambda bug, starts: first_to_fail_of(bug))
    monkeypatch.setattr(self_test, "proofs", proofs)
    monkeypatch.setattr(self_test, "Lab", lambda: lab)
    monkeypatch.setattr(self_test, "REWRITES", REWRITES[:2])
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
    monkeypatch.setattr(self_test, "diagnose", lambda package, lab: answer)
    code, out, _ = compare("--self-test")
    assert code == 4
    assert problem in out
    assert "SELF-TEST FAILED" in out


def test_self_test_fails_when_a_gate_is_blind_or_a_correct_network_accused(monkeypatch, lab):
    blind = {(start, dtype): None for start in self_test.STARTS for dtype in self_test.DTYPES}
    monkeypatch.setattr(self_test, "first_to_fail", lambda bug, starts: blind)
    row = self_test.examine(bug_named("mean-forgotten"), {}, lab)
    assert row.problems == ["unseen in a fresh network", "unseen in a trained network"]
    bug = bug_named("mean-forgotten")
    monkeypatch.setattr(self_test, "first_to_fail", lambda accused, starts: first_to_fail_of(bug))
    accused = replace(bug, equivalent="so they say")
    code, lines = self_test.verdict([self_test.examine(accused, {}, lab)])
    assert code == 4
    assert lines[0].startswith("mean-forgotten: accused: ")
    assert lines[1] == "mean-forgotten: named, and nothing is wrong with it"


def test_table_has_a_line_for_each_bug_in_markdown():
    check = self_test.Check("fresh", "backward", "float32", "cpu", "dL/dfc2", "fail", budget_used=4.2)
    first = {(start, dtype): check for start in self_test.STARTS for dtype in self_test.DTYPES}
    row = self_test.Row(bug_named("mean-forgotten"), first, "mean-forgotten", "unknown", accuracy=False)
    lines = as_markdown(self_test.table([row])).splitlines()
    assert lines[1] == "|---|---|---|---|---|---|"
    assert lines[2] == (
        "| mean-forgotten | backward | dL/dfc2 (fresh) | 4.2 | itself (rewritten: unknown) | does not |"
    )
