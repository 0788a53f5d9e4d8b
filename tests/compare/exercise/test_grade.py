"""Grading a folder: what is in it, what each row says, what happens to the others meanwhile."""

import json
from pathlib import Path

import pytest

from compare.exercise import __main__ as exercise
from compare.exercise import grade as grading
from compare.exercise.check import WHOLE, tried
from compare.exercise.grade import grade, packages_in
from compare.exercise.pieces import PIECES

NAMES = [piece.name for piece in PIECES]
AGREES = {"verdict": "agrees", "first": "", "explanation": "", "text": ""}


@pytest.fixture
def folder(tmp_path):
    """A package, a file, a learner's folder with a package, an empty one, and what is not graded."""
    root = tmp_path / "class"
    for path in (
        "anna/__init__.py",
        "bert.py",
        "clara/mine/__init__.py",
        "d-e f/__init__.py",
        "empty/notes.txt",
    ):
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_text("", encoding="utf-8")
    for path in (".hidden.py", "_draft.py", "readme.txt"):
        (root / path).write_text("", encoding="utf-8")
    return root


@pytest.fixture
def children(monkeypatch):
    """Stand-ins for child processes: what each package's pieces came to, and which were started."""
    started, answers = [], {}

    def stand_in(tasks, place, limit, *, level, show=False):
        started.append(place.name)
        answer = answers.get(place.name, AGREES)
        if isinstance(answer, BaseException):
            raise answer
        return {name: {"verdict": "done", "text": ""} for name in NAMES} | {WHOLE: answer}

    monkeypatch.setattr(grading, "tried", stand_in)
    return started, answers


def test_what_is_in_a_folder_is_found(folder):
    assert [entry.name for entry in packages_in(folder)] == ["anna", "bert.py", "clara", "d-e f", "empty"]


@pytest.mark.parametrize("path", ["absent", "class/empty"])
def test_folder_with_nothing_to_grade_is_wrong_usage(folder, command, path):
    code, out, err = command(exercise, "grade", folder.parent / path)
    assert (code, out, err.count("\n")) == (2, "", 1)


def test_every_entry_has_its_row_whatever_its_name_is(folder, command, children):
    started, answers = children
    answers["bert.py"] = {
        "verdict": "wrong",
        "text": "its process ended with exit code 9\n more",
        "stopped": True,
    }
    code, out, _ = command(exercise, "grade", folder, "--out", folder.parent / "marks.json", "--jobs", 3)
    assert code == 0
    rows = {
        row["name"]: row
        for group in json.loads((folder.parent / "marks.json").read_text(encoding="utf-8"))["groups"]
        for row in group
    }
    assert {name: row["verdict"] for name, row in rows.items()} == {
        "anna": "agrees", "bert.py": "stopped", "clara": "agrees", "d-e f": "agrees", "empty": "not usable",
    }  # fmt: skip
    assert rows["bert.py"]["explanation"] == "its process ended with exit code 9"
    assert rows["anna"]["done"] == "12 of 12"
    assert sorted(started) == ["anna", "bert.py", "d_e_f", "mine"]
    assert "3 of 5 agree with PyTorch" in out


def test_finished_rows_are_kept_until_the_package_changes_and_an_accident_is_tried_again(
    folder, command, children
):
    started, answers = children
    answers["bert.py"] = {
        "verdict": "not checked",
        "text": "ended by SIGKILL: out of memory?",
        "stopped": True,
    }
    answers["mine"] = RuntimeError("the check could not start")
    call = (exercise, "grade", folder, "--out", folder.parent / "marks.csv")
    command(*call)
    started.clear()
    answers.clear()
    (folder / "anna" / "__init__.py").write_text("1", encoding="utf-8")
    _, out, err = command(*call)
    assert started == ["anna", "bert.py", "mine"]
    assert "2 of 5 are graded already" in err
    assert "4 of 5 agree" in out


def test_ctrl_c_says_what_is_kept(folder, command, children):
    _, answers = children
    answers["bert.py"] = KeyboardInterrupt()
    code, out, err = command(exercise, "grade", folder, "--out", folder.parent / "marks.html")
    assert (code, out) == (130, "")
    assert "1 of 5 are graded; the same command resumes" in err
    assert not (folder.parent / "marks.html").exists()


def test_file_of_another_kind_is_refused_before_the_work(folder, command, children):
    assert command(exercise, "grade", folder, "--out", folder.parent / "marks.txt")[0] == 2
    assert not children[0]


@pytest.mark.slow
def test_whole_package_is_judged_after_its_pieces(tmp_path, solved, no_child):
    averaged = ("linear.py", "grad_output.sum(axis=0)", "grad_output.mean(axis=0)")
    mark = grade(solved(tmp_path / "mine", averaged), 60, "line")
    assert (mark.verdict, mark.done, mark.explanation) == ("differs", "11 of 12", "bias-gradient-averaged")
    assert mark.first == "dL/dfc2.bias (fresh, float32)"
    assert "look at   Linear.backward in mine/linear.py" in mark.text


@pytest.mark.slow
def test_piece_that_leaves_costs_its_own_row_and_the_whole_package_alone(tmp_path, solved):
    leaves = ("sgd.py", "        for i, param", "        import os; os._exit(3)\n        for i, param")
    mark = grade(solved(tmp_path / "mine", leaves), 60, "line")
    assert (mark.verdict, mark.done) == ("stopped", "11 of 12")
    assert mark.explanation.startswith("its process ended with exit code 3")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "verdict", "explanation"),
    [
        (
            "from numpy_mlp import *\nfrom numpy_mlp import data",
            "not usable",
            "all of it comes from numpy_mlp",
        ),
        ("X = 1", "not usable", "lacks MLP, Linear, CrossEntropyLoss"),
        ("1 / 0", "error", "ZeroDivisionError: division by zero"),
    ],
)
def test_module_that_can_not_be_judged_says_why(tmp_path, no_child, text, verdict, explanation):
    (tmp_path / "mine.py").write_text(text, encoding="utf-8")
    found = tried([WHOLE], Path(tmp_path / "mine.py"), 60, level="line")[WHOLE]
    assert found["verdict"] == verdict
    assert found["explanation"].startswith(explanation)


def test_details_are_in_the_requested_language_and_rows_are_kept_in_english(folder, children, command):
    _, answers = children
    answers["bert.py"] = AGREES | {
        "verdict": "differs",
        "explanation": "unknown",
        "text": "first to disagree:",
    }
    out = folder.parent / "marks.json"
    assert command(exercise, "grade", folder, "--out", out, "--lang", "zh")[0] == 0
    assert "最先不一致的是：" in out.read_text(encoding="utf-8")
    assert "first to disagree:" in out.with_name("marks.json.rows.jsonl").read_text(encoding="utf-8")
    assert command(exercise, "grade", folder, "--out", out, "--lang", "en")[0] == 0
    assert "first to disagree:" in out.read_text(encoding="utf-8")


def test_mark_of_a_package_that_raises_names_its_faulty_piece(folder, monkeypatch):
    found = {name: {"verdict": "done", "text": ""} for name in NAMES}
    found[NAMES[2]] = {"verdict": "wrong", "text": "NameError\ndiagnosis: x"}
    found[WHOLE] = AGREES | {"verdict": "error", "explanation": "NameError", "text": "NameError"}
    monkeypatch.setattr(grading, "tried", lambda *_, **__: found)
    mark = grade(folder / "bert.py", 1, "line")
    assert (mark.explanation, mark.text) == ("NameError", f"{NAMES[2]}\nNameError\ndiagnosis: x")


def test_no_name_is_not_the_current_folder(command, children):
    code, out, err = command(exercise, "grade", "")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert children[0] == []
