"""A sweep that is stopped and started again trains each run once."""

import pytest

from compare.sweep import runs
from compare.sweep.runs import Record


@pytest.fixture(autouse=True)
def no_training(monkeypatch):
    """Every run takes no time; its numbers follow from its seed."""

    def measure(run):
        agrees = True if run.backend == "both" else None
        return [
            Record(one, 43, 0.1, 0.1 + run.seed, 29, 30, 1.0, 7 + run.seed, 0, False, agrees)
            for one in run.for_each_library()
        ]

    monkeypatch.setattr(runs, "measure", measure)


def test_other_settings_are_other_runs_and_equal_ones_are_not_trained_again(sweep, trained, tmp_path, small):
    out = tmp_path / "sweep"
    code, first, err = sweep(*small, "--out", out)
    assert code == 0
    assert f"{out / 'runs.jsonl'}: 0 of 8 runs are finished" in err
    assert len(trained) == 8
    code, second, err = sweep(*small, "--out", out)
    assert (code, second) == (0, first)
    assert "8 of 8 runs are finished" in err
    assert len(trained) == 8
    assert sweep(*small, "--epochs", 41, "--out", out)[0] == 0
    assert len(trained) == 16
    sweep(*small, "--target-loss", 1, "--out", out)
    assert len(trained) == 24
    sweep(*small, "--seeds", 3, "--out", out)
    assert [run.seed for run in trained[24:]] == [2] * 4


def test_ctrl_c_says_how_many_are_done_and_resuming_gives_the_table_of_one_go(
    sweep, trained, tmp_path, small, table_of
):
    sweep(*small, "--out", tmp_path / "whole")
    trained.clear()
    trained.stop_at = 6
    code, out, err = sweep(*small, "--out", tmp_path / "parts")
    assert (code, out) == (130, "")
    assert err.splitlines()[-1] == "stopped: 5 of 8 runs are done; the same command resumes"
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["runs.jsonl"]
    code, _, err = sweep(*small, "--out", tmp_path / "parts")
    assert code == 0
    assert "5 of 8 runs are finished" in err
    assert len(trained) == 6 + 3
    assert table_of(tmp_path / "parts") == table_of(tmp_path / "whole")


def test_ctrl_c_without_out_says_that_nothing_is_kept(sweep, trained, small):
    trained.stop_at = 2
    code, _, err = sweep(*small)
    assert code == 130
    assert err.splitlines()[-1] == (
        "stopped: 1 of 8 runs are done; nothing is kept; with --out DIR a sweep resumes"
    )


def test_run_whose_last_line_is_torn_is_trained_again(sweep, trained, tmp_path, small, table_of, lines_of):
    sweep(*small, "--out", tmp_path)
    table, path = table_of(tmp_path), tmp_path / "runs.jsonl"
    path.write_bytes(path.read_bytes()[:-40])
    trained.clear()
    code, _, err = sweep(*small, "--out", tmp_path)
    assert code == 0
    assert "7 of 8 runs are finished" in err
    assert len(trained) == 1
    assert len(lines_of(tmp_path)) == 8, "every line is whole again"
    assert table_of(tmp_path) == table


def test_runs_of_both_are_finished_for_each_library_and_not_the_other_way(sweep, trained, tmp_path, small):
    # what NumPy alone has trained is not compared yet
    assert sweep(*small, "--out", tmp_path)[0] == 0
    trained.clear()
    assert sweep(*small, "--backend", "both", "--out", tmp_path)[0] == 0
    assert len(trained) == 8
    for backend in ("both", "numpy", "torch"):
        code, _, err = sweep(*small, "--backend", backend, "--out", tmp_path)
        assert code == 0
        assert "8 of 8 runs are finished" in err


def test_folder_that_cannot_hold_runs_is_an_error_in_one_line(sweep, tmp_path, small):
    (tmp_path / "runs.jsonl").mkdir()
    code, out, err = sweep(*small, "--out", tmp_path)
    assert (code, out) == (2, "")
    assert "runs.jsonl" in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("backend", ["numpy", "both"])
def test_runs_on_a_file_that_has_changed_are_done_again_and_it_is_said(
    sweep, trained, tmp_path, small, backend
):
    file, command = tmp_path / "mine.csv", [*small, "--backend", backend, "--out", tmp_path / "sweep"]
    rows = [f"{i},{i % 7},{'ab'[i % 2]}" for i in range(20)]
    file.write_text("\n".join(["x,y,kind", *rows]), encoding="utf-8")
    sweep(*command, "--dataset", file)
    assert len(trained) == 8
    file.write_text("\n".join(["x,y,kind", *rows[:-1], "19,6,b"]), encoding="utf-8")
    _, _, err = sweep(*command, "--dataset", file)
    assert len(trained) == 16
    again = 16 if backend == "both" else 8
    assert f"mine.csv has changed since {tmp_path / 'sweep' / 'runs.jsonl'} was written: {again} runs" in err
    assert "0 of 8 runs are finished" in err
    _, _, err = sweep(*command, "--dataset", file)
    assert len(trained) == 16
    assert "has changed" not in err


def test_runs_that_an_earlier_version_has_kept_count(sweep, trained, tmp_path, small):
    sweep(*small, "--out", tmp_path)
    log = tmp_path / "runs.jsonl"
    log.write_text(log.read_text(encoding="utf-8").replace(', "content": ""', ""), encoding="utf-8")
    sweep(*small, "--out", tmp_path)
    assert len(trained) == 8
