"""The course runs from the first cell to the last, prints what stands in it, and is the same in Chinese."""

import ast
import importlib.util
import re
import subprocess
from pathlib import Path

import pytest

DOCS = Path(__file__).parents[2] / "docs"
ENGLISH, CHINESE = PAGES = DOCS / "course.md", DOCS / "course.zh-CN.md"
SHARED = (r"^## \d*", r"^<details>", r"\]\(pictures/.*?\)", r"^\|", r"\]\(\.\..*?\.py\)")
NUMBER = re.compile(r"-?\d[\d,]*(?:\.\d+)?")


def blocks(page, language):
    text = page.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def numbers(text):
    return [float(number.replace(",", "")) for number in NUMBER.findall(text)]


def code(page):
    """The program of each cell; comments are no part of it."""
    return [ast.unparse(ast.parse(block)) for block in blocks(page, "python")]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_notebook_is_what_its_page_makes_and_small_enough_to_be_shown(notebooks, page):
    file = page.with_suffix(".ipynb")
    assert file.read_text(encoding="utf-8") == notebooks.text_of(page), "python tests/docs/notebooks.py"
    assert file.stat().st_size < 400_000


def test_both_languages_run_the_same_program_and_show_the_same_results():
    assert code(ENGLISH) == code(CHINESE)
    assert blocks(ENGLISH, "text") == blocks(CHINESE, "text")
    assert blocks(ENGLISH, "console") == blocks(CHINESE, "console")


@pytest.mark.parametrize("pattern", SHARED)
def test_both_languages_have_the_same_parts_questions_pictures_and_tables(pattern):
    english, chinese = (re.findall(pattern, page.read_text(encoding="utf-8"), re.MULTILINE) for page in PAGES)
    assert english == chinese
    assert english


def test_every_part_ends_with_questions_and_first_training_is_on_the_first_screen():
    text = ENGLISH.read_text(encoding="utf-8")
    _, *parts = re.split(r"^## \d+\.", text.partition("## Where next")[0], flags=re.MULTILINE)
    assert len(parts) == 11
    for part in parts:
        assert part.rstrip().endswith("</details>")
        assert re.search(r"^ *assert ", part, re.MULTILINE), "each part has a check"
    assert "nm.train(" in "\n".join(text.splitlines()[:45])


@pytest.mark.slow
def test_notebook_runs_from_the_first_cell_to_the_last_and_prints_what_stands_in_it(notebooks):
    shown = [cell for cell in notebooks.notebook(ENGLISH).cells if cell.cell_type == "code"]
    found = [cell for cell in notebooks.executed(ENGLISH).cells if cell.cell_type == "code"]
    assert len(found) == len(code(ENGLISH))
    for cell, expected in zip(found, shown, strict=True):
        printed, stands = notebooks.printed(cell), notebooks.printed(expected)
        assert NUMBER.sub("#", printed).split() == NUMBER.sub("#", stands).split()
        # another machine rounds otherwise, and a training hands that on
        assert numbers(printed) == pytest.approx(numbers(stands), rel=1e-2, abs=2e-4)
        assert len(notebooks.pictures(cell)) == len(notebooks.pictures(expected)), cell.source


@pytest.fixture
def pip(monkeypatch):
    """The first cell, where numpy_mlp is missing; return what it lets pip install."""
    calls = []
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(subprocess, "run", lambda args, *, check: calls.append(args[1:]))
    return calls


@pytest.mark.parametrize("inside", [".", "numpy-mlp-main"])
def test_first_cell_installs_the_project_that_stands_above_or_beside_it(tmp_path, monkeypatch, pip, inside):
    (tmp_path / inside / "numpy_mlp").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    monkeypatch.chdir(tmp_path / ("docs" if inside == "." else "."))
    exec(blocks(ENGLISH, "python")[0], {})
    project = (tmp_path / inside).resolve()  # a bare name would be looked up in the package index
    assert pip == [["-m", "pip", "install", "-q", str(project)]]


def test_first_cell_says_what_to_do_where_there_is_no_project(tmp_path, monkeypatch, pip):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(AssertionError, match="put the project's folder beside this notebook"):
        exec(blocks(ENGLISH, "python")[0], {})
    assert pip == []


def test_first_cell_does_nothing_where_the_project_is_installed(monkeypatch):
    monkeypatch.setattr(subprocess, "run", lambda *args, **kwargs: pytest.fail("installed again"))
    exec(blocks(ENGLISH, "python")[0], {})
