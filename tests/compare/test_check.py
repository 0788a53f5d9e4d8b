"""``python -m compare.check``: arrays out of a file, judged."""

import json

import numpy as np
import pytest

from compare.check import ACTIVATIONS, LAYOUTS, main
from compare.reference import formulas


@pytest.fixture
def check(capsys):
    def call(*args):
        try:
            code = main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call


def test_a_program_in_another_language_from_start_to_verdict(check, tmp_path):
    start, mine = tmp_path / "start.npz", tmp_path / "mine.npz"
    assert check("--start", start, "--layout", "in,out")[0] == 0
    with np.load(start) as given:
        z1 = given["x"] @ given["W1"] + given["b1"]
        np.savez(mine, z1=z1, a1=np.maximum(0, z1))
        code, out, _ = check(mine, "--layout", "in,out")
        assert code == 0
        assert "AGREE: all 2 arrays" in out
        np.savez(mine, z1=given["x"] @ given["W1"])
    code, out, _ = check(mine, "--layout", "in,out")
    assert code == 1
    assert "your code computes      z1 = x @ W1\n" in out


def test_json(check, tmp_path):
    np.savez(tmp_path / "mine.npz", loss=1.0)
    code, out, _ = check(tmp_path / "mine.npz", "--json", "-")
    assert code == 1
    assert json.loads(out)["verdict"] == "disagree"
    code, out, _ = check(tmp_path / "mine.npz", "--json", tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["arrays"][0]["name"] == "loss"
    assert "DISAGREE" in out


def test_names_are_listed(check):
    code, out, _ = check("--names", "--hidden", "6", "5")
    assert code == 0
    assert "dL/dfc3.weight" in out


def test_a_label_chooses_the_column_of_classes_in_own_data(check, tmp_path):
    file, start = tmp_path / "own.csv", tmp_path / "start.npz"
    rows = "".join(f"{'ab'[i % 2]},{i},{i * i % 7}\n" for i in range(30))
    file.write_text("kind,height,weight\n" + rows, encoding="utf-8")
    assert check("--dataset", file, "--label", "kind", "--start", start)[0] == 0
    with np.load(start) as given:
        assert given["x"].shape == (24, 2)
    assert check("--label", "kind", "--names")[0] == 2


def test_wrong_use_is_one_line_and_exit_code_2(check, tmp_path):
    (tmp_path / "text.npz").write_text("no zip", encoding="utf-8")
    np.savez(tmp_path / "objects.npz", z1=np.array([None]), allow_pickle=True)
    np.savez(tmp_path / "unknown.npz", quux=np.ones(3))
    for args in (
        (),
        ("missing.npz",),
        (tmp_path / "text.npz",),
        (tmp_path / "objects.npz",),
        (tmp_path / "unknown.npz",),
    ):
        code, out, err = check(*args)
        assert code == 2
        assert not out
        assert err.count("\n") == 1


def test_the_flags_know_what_the_reference_knows():
    assert tuple(formulas.ACTIVATIONS) == ACTIVATIONS
    assert tuple(formulas.LAYOUTS) == LAYOUTS


@pytest.mark.parametrize("more", [["x.npz"], ["--start", "x.npz"], ["--json", "x.json"]])
def test_list_of_names_goes_with_nothing_else(check, more, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = check("--names", *more)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "--names lists the names and stops" in err


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"\x93NUMPY"], ids=["empty", "torn", "a torn array"])
def test_file_that_is_not_whole_is_one_line(check, tmp_path, content):
    path = tmp_path / "mine.npz"
    path.write_bytes(content)
    code, out, err = check(path)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "expected a .npz file of arrays of numbers" in err
