"""The report to keep: one page that needs nothing else, the same facts in Markdown, whole files only."""

import io
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from shutil import copy

import numpy as np
import pytest

import numpy_mlp
from compare import run
from compare.checks import Check
from compare.gate import GATES
from compare.gates.material import Material, Settings
from compare.proof import Proof, prove
from compare.report import files, pages, text
from compare.report.verdict import GateVerdict, gate_verdicts
from numpy_mlp.shared.plots import KINDS

FAST = ["--epochs", "20", "--dtype", "float32", "--device", "cpu", "-q"]


class Page(HTMLParser):
    """Collects tags, attributes and text, and notices tags that are not closed."""

    def __init__(self, text):
        super().__init__()
        self.open, self.tags, self.attributes, self.text = [], [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += [(tag, *attr) for attr in attrs]
        if tag not in ("meta", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A report as the command writes it, into a folder that it makes."""
    path = tmp_path_factory.mktemp("kept") / "report"
    assert run.main([*FAST, "--out", str(path)]) == 0
    return path


@pytest.fixture
def no_pictures(monkeypatch):
    """They take longer than all the rest of a report."""
    monkeypatch.setattr(files, "write_pictures", lambda *_: {})


def finished(**settings) -> Proof:
    proof = Proof(Material(Settings(**{"epochs": 10, "dtypes": ("float32",), **settings})))
    list(prove(proof))
    return proof


def test_folder_has_the_report_in_three_forms_and_every_picture(folder):
    names = {path.name for path in folder.iterdir()}
    pictures = {"agreement.svg", *(f"{k}.svg" for k in KINDS)}
    assert names == {"report.json", "report.md", "report.html", "page.html"} | pictures
    assert json.loads((folder / "report.json").read_text(encoding="utf-8"))["verdict"] == "agree"


def test_page_refers_to_nothing_outside_and_runs_no_script(folder):
    page = Page((folder / "report.html").read_text(encoding="utf-8"))
    assert page.open == []
    assert not {"script", "link", "iframe", "object", "embed", "base"} & set(page.tags)
    sources = [value for _, name, value in page.attributes if name in ("src", "href", "srcset", "action")]
    sources.remove("page.html")  # which lies beside it
    assert len(sources) == 1 + len(KINDS)
    assert all(source.startswith("data:image/svg+xml;base64,") for source in sources)
    style = re.search(
        r"<style>(.*?)</style>", (folder / "report.html").read_text(encoding="utf-8"), re.DOTALL
    )[1]
    assert "url(" not in style
    assert "@import" not in style


def test_page_is_made_for_phones_and_for_dark_screens(folder):
    text = (folder / "report.html").read_text(encoding="utf-8")
    assert ("meta", "content", "width=device-width, initial-scale=1") in Page(text).attributes
    assert "prefers-color-scheme: dark" in text


def test_pictures_in_the_page_have_no_outside_reference_either(folder):
    for picture in folder.glob("*.svg"):
        text = picture.read_text(encoding="utf-8")
        assert not re.findall(r'(?:href|src)="(?!#|data:)', text), picture.name
        assert "<script" not in text


def test_page_and_markdown_hold_every_gate_and_every_flower(folder):
    text = "".join(Page((folder / "report.html").read_text(encoding="utf-8")).text)
    markdown = (folder / "report.md").read_text(encoding="utf-8")
    for gate in GATES:
        assert re.search(rf"\d {gate}", text), gate
        assert re.search(rf"\| \d {gate} \| agree, \d+ checks", markdown), gate
    assert len(re.findall(r"^\| \d+ \| float32, cpu \|", markdown, re.MULTILINE)) == 30
    for target in re.findall(r"\]\((.*?)\)", markdown):
        assert (folder / target).exists()


def test_report_of_a_disagreement_names_the_first_array(tmp_path, monkeypatch, no_pictures):
    monkeypatch.setattr(numpy_mlp.ReLU, "backward", lambda self, grad: grad * 2)
    assert run.main([*FAST, "--out", str(tmp_path)]) == 1
    page = "".join(Page((tmp_path / "report.html").read_text(encoding="utf-8")).text)
    assert "NumPy and PyTorch disagree" in page
    assert re.search(r"array\s+dL/dfc1", page)
    assert "dL/dfc1" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_report_of_a_network_that_fails_before_its_training_still_is_written(tmp_path, monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("<b>no</b>")

    monkeypatch.setattr(numpy_mlp, "train", broken)
    assert run.main([*FAST, "--out", str(tmp_path)]) == 1
    text = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert {path.name for path in tmp_path.iterdir()} == {"report.json", "report.md", "report.html"}
    assert "<b>no</b>" not in text, "what comes from outside is escaped"
    assert "&lt;b&gt;no&lt;/b&gt;" in text


def test_interrupted_writing_leaves_the_old_page_whole(folder, tmp_path, monkeypatch, no_pictures):
    copy(folder / "report.html", tmp_path)
    before = (tmp_path / "report.html").read_bytes()

    def interrupted(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(pages, "html", interrupted)
    with pytest.raises(KeyboardInterrupt):
        files.write_report(finished(), [], tmp_path)
    assert (tmp_path / "report.html").read_bytes() == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".")]


def test_verdict_of_a_gate_counts_failures_and_the_largest_part_of_a_budget():
    proof = finished()
    (verdict,) = gate_verdicts("forward", proof)
    checks = [check for check in proof.checks if check.gate == "forward"]
    largest = max(check.budget_used for check in checks)
    assert verdict == GateVerdict("agree", f"{len(checks)} checks", f"{largest:.1%}")
    proof.checks = [checks[0], *(replace(check, status="fail", budget_used=np.inf) for check in checks[1:3])]
    assert gate_verdicts("forward", proof) == [GateVerdict("DISAGREE", "2 of 3 fail", "x inf")]
    proof.checks = []
    assert gate_verdicts("forward", proof) == [GateVerdict("DISAGREE", "0 checks", "")]


@pytest.mark.parametrize("used", [0.531, 46.0, 3.03e16, 1e100, np.inf])
@pytest.mark.parametrize("number", [1, 152, 1520])
def test_columns_of_the_table_stay_aligned_whatever_the_numbers_are(used, number):
    proof = Proof(Material(Settings(epochs=1)))
    agreeing, faulty = Check("", "data", "float32", "cpu", "x", "pass"), []
    for dtype in ("float32", "float64"):
        faulty += [replace(agreeing, gate="forward", dtype=dtype, status="fail", budget_used=used)] * number
        faulty += [replace(agreeing, gate="forward", dtype=dtype)] * number
    proof.checks = [agreeing, replace(agreeing, dtype="float64"), *faulty]
    head = text.heading(proof).splitlines()[-1]
    column = head.index("float64")
    for gate in ("data", "forward"):
        line = text.gate_line(GATES.index(gate), gate, proof, io.StringIO())
        assert line[column - 2 : column] == "  "
        assert line[column:].startswith(("agree ", "DISAGREE "))


@pytest.mark.parametrize("args", [["--out", "README.md"], ["--out", "/no/such/place"], ["--plot", "a.gif"]])
def test_place_that_can_not_be_written_is_refused_before_the_work(args, capsys):
    with pytest.raises(SystemExit) as stop:
        run.main(args)
    assert stop.value.code == 2
    assert len(capsys.readouterr().err.strip().splitlines()) == 1
