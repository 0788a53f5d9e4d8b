"""A file of arrays as a row: what ``compare.check`` says of it."""

import json
import sys

import pytest

from compare.exercise import arrays
from compare.exercise.arrays import grade_arrays

AVERAGED = {"right": "db2 = dz2.sum(axis=0)", "wrong": "db2 = dz2.mean(axis=0)"}


@pytest.fixture
def checked(tmp_path, monkeypatch):
    """Grade a file of which ``compare.check`` prints this."""

    def grade(code, limit=30):
        monkeypatch.setattr(arrays, "COMMAND", (sys.executable, "-c", code))
        return grade_arrays(tmp_path / "anna.npz", limit)

    return grade


def report(*found):
    return f"print({json.dumps({'notes': ['dz2 without 1/N'], 'arrays': found})!r})"


def test_first_array_that_differs_is_told_with_its_line(checked):
    right = {"name": "z1", "passed": True, "lines": [], "symptom": ""}
    mark = checked(report(right, {"name": "db2", "passed": False, "lines": [AVERAGED], "symptom": ""}))
    assert (mark.name, mark.verdict, mark.first) == ("anna.npz", "differs", "db2")
    assert mark.explanation == "db2 = dz2.mean(axis=0) for db2 = dz2.sum(axis=0)"
    assert mark.text == f"dz2 without 1/N\ndb2 differs: {mark.explanation}"
    assert mark.done == ""


def test_symptom_stands_where_no_line_was_found_and_nothing_where_all_agrees(checked):
    wrong = {"name": "db2", "passed": False, "lines": [], "symptom": "all entries are equal"}
    assert checked(report(wrong)).explanation == "all entries are equal"
    assert checked(report({**wrong, "symptom": ""})).explanation == "unknown"
    assert checked(report({**wrong, "passed": True})).verdict == "agrees"


def test_error_of_the_check_and_one_that_takes_too_long_are_rows_too(checked):
    mark = checked("import sys; sys.exit('error: anna.npz: expected arrays')")
    assert (mark.verdict, mark.explanation) == ("not usable", "anna.npz: expected arrays")
    assert checked("import time; time.sleep(9)", 0.5).verdict == "not graded"
