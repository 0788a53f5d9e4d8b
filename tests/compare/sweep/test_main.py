"""``python -m compare.sweep``: its table and files, wrong usage, what it imports."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


def test_parameters_are_those_of_the_homework(sweep):
    code, out, err = sweep(
        "--hidden", "2,5,10,20,100,16x8", "--lr", "0.1", "--seeds", 1, "--epochs", 1, "--jobs", 1
    )
    assert code == 0
    lines = [line.split() for line in out.splitlines()[3:9]]
    assert [(line[0], line[3]) for line in lines] == [
        ("2", "19"), ("5", "43"), ("10", "83"), ("20", "163"), ("100", "803"),
        ("16x8", str(4 * 16 + 16 + 16 * 8 + 8 + 8 * 3 + 3)),
    ]  # fmt: skip
    assert "±" not in out, "one seed has no deviation"
    assert "use --seeds" in out
    assert err.splitlines() == [f"sweep: {n} of 6 runs" for n in range(1, 7)]


def test_nothing_is_written_without_out(sweep, untrained, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert sweep()[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_out_gets_the_tables_and_both_pictures(sweep, untrained, tmp_path, saved_pictures):
    code, out, _ = sweep("--out", tmp_path)
    assert code == 0
    assert out.splitlines()[-1] == f"saved in {tmp_path}: table.md, table.csv, sweep.png, sweep.svg"
    assert {path.name for path in tmp_path.iterdir()} == {"table.md", "table.csv", "sweep.png", "sweep.svg"}
    assert (tmp_path / "sweep.png").read_bytes().startswith(b"\x89PNG")
    page = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert page.count("\n| ") == 2
    assert "\n- lr 0.1: " in page


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--hidden", ""], "expected hidden units such as 10 or 16x8, got ''"),
        (["--hidden", "5,"], "expected hidden units such as 10 or 16x8, got ''"),
        (["--hidden", "0"], "got '0'"),
        (["--hidden", "-3"], "got '-3'"),
        (["--hidden", "16x"], "got '16x'"),
        (["--hidden", "ten"], "got 'ten'"),
        (["--hidden", "5,10,5"], "names 5 twice"),
        (["--lr", ""], "expected a number, got ''"),
        (["--lr", "0"], "expected a number above 0, got '0'"),
        (["--lr", "0.1,nan"], "expected a number, got 'nan'"),
        (["--lr", "0.1,0.10"], "names 0.10 twice"),
        (["--lr=-0.1"], "expected a number above 0, got '-0.1'"),
        (["--target-loss", "inf"], "expected a number, got 'inf'"),
        (["--seeds", "0"], "expected a whole number from 1 to"),
        (["--epochs", "0"], "expected a whole number of 1 or more"),
        (["--jobs", "0"], "expected a whole number of 1 or more, got '0'"),
        (["--jobs", "two"], "got 'two'"),
        (["--dataset", "tulips"], "or a CSV file, got 'tulips'"),
        (["--backend", "jax"], "invalid choice: 'jax'"),
        (["--out", __file__], "is a file; name a folder"),
        (["--out", __file__ + "/x"], "does not exist; create it first"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_with_one_line(sweep, untrained, args, message):
    code, out, err = sweep(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.slow
def test_numpy_alone_never_loads_torch_and_help_loads_neither_torch_nor_sklearn():
    code = """
import sys
from compare.sweep.__main__ import main
try:
    main(["--help"])
except SystemExit:
    pass
assert not {"torch", "sklearn", "matplotlib", "joblib", "tqdm"} & set(sys.modules)
assert main(["--hidden", "2", "--seeds", "1", "--epochs", "1", "--jobs", "1"]) == 0
assert "torch" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, cwd=ROOT)
