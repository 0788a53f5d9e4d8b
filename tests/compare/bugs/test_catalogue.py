"""The catalogue: complete entries, names that are found."""

import pytest

from compare.bugs.catalogue import BUGS, FAMILIES, bug_named, bugs_of
from compare.gate import GATES


def test_names_are_unique_and_in_kebab_case():
    names = [bug.name for bug in BUGS]
    assert len(set(names)) == len(names) == 53
    assert all(name.replace("-", "").isalnum() and name.islower() for name in names)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_entry_is_complete(bug):
    assert bug.family in FAMILIES
    assert bug.patches
    assert bug.why.rstrip(")").endswith(".")
    assert bug.question.endswith("?")
    assert bug.answer
    assert (bug.gate in GATES) != bool(bug.equivalent)


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_patched_code_uses_no_unknown_name(bug, lab):
    for text in lab.observed(bug).errors.values():
        assert not text.startswith(("NameError", "AttributeError", "UnboundLocalError")), text


ENTRY = """
[[bug]]
name = "zero"
family = "layers"
why = "It is 0."
patches = [{at = "relu.ReLU.forward", right = "x", wrong = "0"}]
"""


def test_entry_of_a_file_is_a_bug_that_can_be_a_key():
    one, again = bugs_of(ENTRY), bugs_of(ENTRY)
    assert one == again
    assert {one[0]: 1}[again[0]] == 1
    assert one[0].patches[0].wrong == "0"


@pytest.mark.parametrize(
    ("right", "wrong", "message"),
    [
        ("why", "wy", "the bug 'zero': got an unexpected keyword argument 'wy'"),
        ("wrong =", "worng =", "the bug 'zero': got an unexpected keyword argument 'worng'"),
        ('family = "layers"', "", "the bug 'zero': missing .* 'family'"),
        ('at = "relu.ReLU.forward", ', "", "the bug 'zero': missing .* 'at'"),
        ("patches = [{", "more = [{", "the bug 'zero': got an unexpected keyword argument 'more'"),
        ("[[bug]]", "[[bugs]]", "expected tables .* alone, got bugs"),
    ],
)
def test_misspelt_or_missing_key_is_an_error_that_names_the_bug(right, wrong, message):
    assert right in ENTRY
    with pytest.raises(ValueError, match=message):
        bugs_of(ENTRY.replace(right, wrong))


def test_bug_is_found_by_its_name():
    assert all(bug_named(bug.name) is bug for bug in BUGS)


@pytest.mark.parametrize(
    ("name", "message"), [("mean-forgoten", "did you mean mean-forgotten"), ("zzz", "lists them")]
)
def test_unknown_name_is_an_error_that_suggests(name, message):
    with pytest.raises(ValueError, match=message):
        bug_named(name)
