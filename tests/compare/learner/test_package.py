"""A learner's package: found, loaded, checked for its names, and its errors in one paragraph."""

import sys
from types import SimpleNamespace

import pytest

import numpy_mlp
from compare.learner.errors import LONGEST, paragraph
from compare.learner.loading import load
from compare.learner.package import find, missing


@pytest.fixture
def folder(tmp_path, no_trace):
    """A package ``garden.mine``."""
    inner = tmp_path / "garden" / "mine"
    inner.mkdir(parents=True)
    for place in (inner.parent, inner):
        (place / "__init__.py").write_text("VALUE = 1\n", encoding="utf-8")
    sys.path.insert(0, str(tmp_path))
    return inner


def raised_by(folder, code):
    (folder / "__init__.py").write_text(code, encoding="utf-8")
    try:
        load(folder)
    except BaseException as error:
        return error


def test_package_is_found_by_its_path_and_by_its_dotted_name_and_nothing_of_it_is_run(folder):
    (folder / "__init__.py").write_text("1 / 0", encoding="utf-8")
    assert find(str(folder)) == find("garden.mine") == folder
    assert "garden" not in sys.modules


@pytest.mark.parametrize(
    ("name", "message"),
    [("absent", "found none at"), ("garden", "it has no __init__.py"), ("my-net", "letters, digits and _")],
)
def test_what_is_no_package_is_refused_with_the_reason(tmp_path, name, message):
    if name != "absent":
        (tmp_path / name).mkdir()
    if name == "my-net":
        (tmp_path / name / "__init__.py").write_text("", encoding="utf-8")
    with pytest.raises(ValueError, match=message):
        find(str(tmp_path / name))


def test_package_of_a_name_in_use_is_loaded_and_the_one_in_use_stays(folder):
    sys.modules["mine"] = in_use = SimpleNamespace(VALUE=2)
    path = list(sys.path)
    assert load(folder).VALUE == 1
    assert sys.modules["mine"] is in_use
    assert sys.path == path


def test_names_that_the_gates_call_are_missing_one_by_one():
    assert missing(numpy_mlp) == []
    names = {name: getattr(numpy_mlp, name) for name in ("MLP", "SGD", "train", "no_grad", "summarize")}
    assert missing(SimpleNamespace(**names, data=SimpleNamespace(batches=None))) == [
        "Linear", "CrossEntropyLoss", "predict_logits", "predict_proba", "predict", "accuracy",
        "load_dataset", "data.batches",
    ]  # fmt: skip


def test_paragraph_names_the_learners_own_line(folder):
    error = raised_by(folder, "def broken():\n    return {}['key']\n\nbroken()\n")
    assert (
        paragraph(error, folder)
        == "KeyError: 'key'\n  in mine/__init__.py, line 2, in broken: return {}['key']"
    )


def test_paragraph_of_a_syntax_error_gives_its_line(folder):
    error = raised_by(folder, "def f()\n")
    assert paragraph(error, folder) == "SyntaxError: expected ':'\n  in mine/__init__.py, line 1: def f()"


def test_paragraph_of_an_error_outside_of_the_package_suspects_what_it_returned(folder):
    assert paragraph(ValueError(), folder).startswith("ValueError: (without a message)\n  raised after")
    assert paragraph(SystemExit(2), folder) == "it called exit(2), where a result was to be returned"


def test_long_message_is_cut(folder):
    first = paragraph(ValueError("x" * 1000), folder).splitlines()[0]
    assert first == f"ValueError: {'x' * (LONGEST - len('ValueError: '))} ..."
