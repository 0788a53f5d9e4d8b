"""The quiz, as a learner meets it."""

import io
import random
import re
import sys

import pytest

from compare.bugs import quiz as quiz_module
from compare.bugs.catalogue import BUGS, bug_named
from compare.bugs.quiz import CANDIDATES, candidates


@pytest.fixture
def quiz(bugs, lab, monkeypatch):
    """Run the quiz with these lines on stdin."""
    monkeypatch.setattr(quiz_module, "Lab", lambda: lab)

    def call(answers, seed="3"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        code, out, err = bugs("quiz", "--seed", seed)
        assert code == 0, err
        return out

    return call


@pytest.mark.slow
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


def test_candidates_are_six_with_the_bug_and_without_its_twin(lab):
    bug, twin = bug_named("zero-grad-forgotten"), bug_named("zero-grad-of-a-local-name")
    for seed in range(20):
        chosen = candidates(bug, random.Random(seed), lab)
        assert len(set(chosen)) == CANDIDATES
        assert bug in chosen
        assert twin not in chosen
        assert not any(other.equivalent for other in chosen)
