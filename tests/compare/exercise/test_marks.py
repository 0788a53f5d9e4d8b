"""The marks of many packages: grouped by mistake, kept, and written in three forms."""

import csv
import io
import json

import pytest

from compare.exercise.marks import Mark, as_json, content_of, grouped, kept, table
from compare.exercise.marks_files import as_csv, as_html, write
from compare.exercise.pieces import PIECES

PART = {piece.name: "done" for piece in PIECES} | {"SGD.step": "wrong"}
MARKS = [
    Mark("anna", "agrees", pieces=dict.fromkeys(PART, "done"), seconds=1.25),
    Mark("bert", "differs", "dL/dfc2.bias (fresh)", "bias-gradient-averaged", "why & where", PART),
    Mark("clara", "differs", "fc1 (fresh)", "unknown", "", PART),
    Mark("dora", "differs", "dL/dfc2.bias (square)", "bias-gradient-averaged", "", PART),
    Mark("<emil>", "error", "", "=SyntaxError: '('", "<b>", PART),
    Mark("fritz", "differs", "fc2 (fresh)", "unknown", "", PART),
]


def test_rows_of_one_mistake_stand_together_and_what_agrees_stands_last():
    groups = [[mark.name for mark in group] for group in grouped(MARKS)]
    assert groups[0] == ["bert", "dora"], "the mistake that most share"
    assert groups[-1] == ["anna"]
    assert ["clara"] in groups, "unknown mistakes are one only where the first array is"
    assert ["fritz"] in groups


def test_table_says_how_many_pieces_are_done_and_how_many_agree():
    lines = table(MARKS).splitlines()
    assert lines[2].split("  ")[0] == "bert"
    assert "11 of 12" in lines[2]
    assert "bias-gradient-averaged" in lines[2]
    assert lines[-1] == "1 of 6 agree with PyTorch"


def test_page_is_escaped_and_needs_nothing_else():
    page = as_html(MARKS)
    assert "&lt;emil&gt;" in page
    assert "<pre>&lt;b&gt;\n\nwrong: SGD.step</pre>" in page
    assert "<emil>" not in page
    assert "<b>" not in page
    assert not {"http", "src=", "<script"} & {word for word in ("http", "src=", "<script") if word in page}
    assert page.index("bert") < page.index("dora") < page.index("anna")


def test_spreadsheet_gets_no_formula():
    rows = list(csv.reader(io.StringIO(as_csv(MARKS).removeprefix("\ufeff"))))
    assert rows[0][0] == "package"
    assert {row[0]: row[4] for row in rows}["<emil>"] == "'=SyntaxError: '('"
    assert len(rows) == 1 + len(MARKS)


def test_json_has_the_groups():
    report = json.loads(as_json(MARKS))
    assert report["schema"] == "compare.grade/1"
    assert [mark["done"] for mark in report["groups"][0]] == ["11 of 12", "11 of 12"]


@pytest.mark.parametrize("ending", [".html", ".csv", ".json", ".HTML"])
def test_files_are_utf_8_whatever_the_names_are(tmp_path, ending):
    write([Mark("Zoë \udcff", "agrees")], tmp_path / f"marks{ending}")
    assert "Zoë" in (tmp_path / f"marks{ending}").read_text(encoding="utf-8")


def test_kept_rows_are_read_and_a_torn_line_is_skipped(tmp_path):
    file = tmp_path / "rows.jsonl"
    file.write_text('{"name": "anna", "verdict": "agrees", "content": "1"}\n{"name": "ber', encoding="utf-8")
    assert kept(file) == {("anna", "1"): Mark("anna", "agrees", content="1")}
    assert kept(tmp_path / "absent") == {}


def test_content_changes_with_every_byte_and_name_but_not_with_a_cache(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "a.py").write_text("1", encoding="utf-8")
    first = content_of(tmp_path / "mine")
    (tmp_path / "mine" / "__pycache__").mkdir()
    (tmp_path / "mine" / "__pycache__" / "a.pyc").write_text("", encoding="utf-8")
    assert content_of(tmp_path / "mine") == first
    (tmp_path / "mine" / "a.py").write_text("2", encoding="utf-8")
    second = content_of(tmp_path / "mine")
    (tmp_path / "mine" / "a.py").rename(tmp_path / "mine" / "b.py")
    assert len({first, second, content_of(tmp_path / "mine")}) == 3
