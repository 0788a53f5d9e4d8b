"""A diagnosis by levels, in a learner's own files."""

from types import ModuleType

import pytest

from compare.bugs.catalogue import bug_named
from compare.bugs.diagnosis import Diagnosis
from compare.bugs.hint import hint
from compare.explain.telling import of_bug
from compare.request import HINTS


@pytest.fixture
def found():
    bug = bug_named("bias-gradient-averaged")
    return Diagnosis((bug,), (), explanations=(of_bug(bug),))


def test_each_level_says_more_than_the_one_before(found):
    package = ModuleType("mine")
    package.__path__ = []
    question, place, line = (hint(found, level, package) for level in HINTS)
    assert "And the bias gradient?" in question
    assert "Linear" not in question
    assert "Linear.backward in mine/linear.py" in place
    assert "mean" not in place
    assert "bias-gradient-averaged" in line
    assert "mean" in line


def test_package_of_one_file_is_that_file(found):
    assert "Linear.backward in mine.py" in hint(found, "place", ModuleType("mine"))
