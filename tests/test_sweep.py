"""``python -m compare.sweep``: its numbers, resuming, Ctrl-C, both libraries, wrong usage."""

import csv
import json
import os
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import numpy_mlp
from compare.sweep import __main__ as sweep
from compare.sweep import figure as sweep_figure
from compare.sweep import judge as sweep_judge
from compare.sweep import lesson as sweep_lesson
from compare.sweep import log as sweep_log
from compare.sweep import runs as sweep_runs
from compare.sweep import table as sweep_table
from compare.sweep import workers as sweep_workers
from numpy_mlp.plots import style

ROOT = Path(__file__).parent.parent
SMALL = ["--hidden", "2,5", "--lr", "0.01,0.5", "--seeds", "2", "--epochs", "40", "--jobs", "1"]


@pytest.fixture
def saved_pictures():
    """Asked for by the one test that looks at the picture's files."""


@pytest.fixture(autouse=True)
def unsaved_pictures(request, monkeypatch):
    """Drawing a figure takes no time; writing it takes longer than all the training here."""
    if "saved_pictures" not in request.fixturenames:
        monkeypatch.setattr(style, "save", lambda figure, path: figure)


@pytest.fixture
def command(capsys):
    """Run the command in this process; return exit code, stdout, stderr."""

    def call(*args):
        try:
            code = sweep.main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def measured(monkeypatch):
    """The runs that are trained, as they start; ``stop_at`` raises KeyboardInterrupt in the n-th of them."""
    started, stop_at, measure = [], [], sweep_runs.measure

    def watched(run):
        started.append(run)
        if len(started) in stop_at:
            raise KeyboardInterrupt
        return measure(run)

    watched.started, watched.stop_at = started, stop_at
    monkeypatch.setattr(sweep_workers, "measure", watched)
    return watched


def table_of(folder):
    """The rows of table.csv, without the one number that depends on the day."""
    rows = csv.DictReader((folder / "table.csv").read_text(encoding="utf-8").splitlines())
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


def records_of(folder):
    return [json.loads(line) for line in (folder / "runs.jsonl").read_text().splitlines()]


def cross_entropy(weights, x, y):
    """Test loss and right answers in float64, written out once more."""
    hidden = np.maximum(x.astype(float) @ weights["fc1.weight"].T + weights["fc1.bias"], 0)
    logits = hidden @ weights["fc2.weight"].T + weights["fc2.bias"]
    log_p = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean(), int((logits.argmax(axis=1) == y).sum()), hidden


def test_table_holds_the_numbers_of_trainings_done_by_hand(command, tmp_path, iris):
    code, _, _ = command(*SMALL, "--seeds", 3, "--target-loss", 1.0, "--out", tmp_path)
    assert code == 0
    rows = table_of(tmp_path)
    assert [(row["hidden"], row["lr"]) for row in rows] == [
        ("2", "0.01"), ("2", "0.5"), ("5", "0.01"), ("5", "0.5"),
    ]  # fmt: skip
    for row in rows:
        losses, right, reached, dead = [], [], [], []
        for seed in range(3):
            model = numpy_mlp.MLP(4, int(row["hidden"]), 3, seed=seed)
            optimizer = numpy_mlp.SGD(model.parameters(), lr=float(row["lr"]))
            history = numpy_mlp.train(model, optimizer, iris.x_train, iris.y_train, epochs=40)
            loss, correct, _ = cross_entropy(model.state_dict(), iris.x_test, iris.y_test)
            losses.append(loss)
            right.append(correct)
            hidden = cross_entropy(model.state_dict(), iris.x_train, iris.y_train)[2]
            dead.append(int((hidden == 0).all(axis=0).sum()))
            epochs = [epoch for epoch, loss in enumerate(history.losses, start=1) if loss <= 1.0]
            reached.append(min(epochs, default=np.inf))
        # the command computes in float32
        assert float(row["test_loss"]) == pytest.approx(np.mean(losses), rel=1e-5)
        assert float(row["test_loss_deviation"]) == pytest.approx(np.std(losses, ddof=1), rel=1e-3)
        assert (int(row["right_min"]), int(row["right_max"])) == (min(right), max(right))
        assert row["right_total"] == "30"
        assert float(row["dead_units"]) == pytest.approx(np.mean(dead))
        median = statistics.median(reached)
        assert row["epochs_to_loss"] == (str(median) if np.isfinite(median) else "")
        assert int(row["reached"]) == sum(map(np.isfinite, reached))
        assert (row["runs"], row["diverged"], row["library"]) == ("3", "0", "numpy")
    assert {row["epochs_to_loss"] for row in rows} > {""}, "some reach the loss, some never do"


def test_parameters_are_those_of_the_homework(command):
    code, out, err = command(
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


def test_dead_units_are_counted_in_every_hidden_layer_by_both_libraries(iris):
    weights = numpy_mlp.MLP(4, 6, 5, 3, seed=0).state_dict()
    weights["fc1.bias"][:] = [-100, 100, -100, 100, 100, 100]
    weights["fc2.bias"][:] = [1e6, 1e6, 1e6, -1e6, 1e6]
    for judge in (sweep_judge.judge_with_numpy, sweep_judge.judge_with_torch):
        assert judge((4, 6, 5, 3), weights, iris)[3] == 3


def test_nothing_is_written_without_out(command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert command(*SMALL)[0] == 0
    assert list(tmp_path.iterdir()) == []


def test_out_holds_runs_table_and_figure_and_a_second_sweep_trains_nothing(
    command, measured, tmp_path, monkeypatch, saved_pictures
):
    out = tmp_path / "new" / "sweep"
    code, first, err = command(*SMALL, "--out", out)
    assert code == 0
    assert f"{out / 'runs.jsonl'}: 0 of 8 runs are finished" in err
    names = {"runs.jsonl", "table.md", "table.csv", "sweep.png", "sweep.svg"}
    assert {path.name for path in out.iterdir()} == names
    assert len(measured.started) == len(records_of(out)) == 8
    page = (out / "table.md").read_text(encoding="utf-8")
    assert page.count("\n| ") == 6
    assert "- lr 0.5: " in page
    code, second, err = command(*SMALL, "--out", out)
    assert (code, second) == (0, first)
    assert "8 of 8 runs are finished" in err
    assert len(measured.started) == 8
    monkeypatch.setattr(sweep, "write", lambda *_: None)
    # other settings are other runs, in the same folder
    assert command(*SMALL, "--epochs", 41, "--out", out)[0] == 0
    assert len(measured.started) == 16
    command(*SMALL, "--target-loss", 1, "--out", out)
    assert len(measured.started) == 24
    command(*SMALL, "--seeds", 3, "--out", out)
    assert [run.seed for run in measured.started[24:]] == [2] * 4


def test_ctrl_c_says_how_far_it_came_and_resuming_gives_the_table_of_one_go(command, measured, tmp_path):
    command(*SMALL, "--out", tmp_path / "whole")
    measured.started.clear()
    measured.stop_at.append(6)
    code, out, err = command(*SMALL, "--out", tmp_path / "parts")
    assert (code, out) == (130, "")
    assert err.splitlines()[-1] == "stopped: 5 of 8 runs are done; the same command resumes"
    assert [path.name for path in (tmp_path / "parts").iterdir()] == ["runs.jsonl"]
    code, _, err = command(*SMALL, "--out", tmp_path / "parts")
    assert code == 0
    assert "5 of 8 runs are finished" in err
    assert len(measured.started) == 6 + 3
    assert table_of(tmp_path / "parts") == table_of(tmp_path / "whole")


def test_ctrl_c_without_out_says_that_nothing_is_kept(command, measured):
    measured.stop_at.append(2)
    code, _, err = command(*SMALL)
    assert code == 130
    assert err.splitlines()[-1] == (
        "stopped: 1 of 8 runs are done; nothing is kept; with --out DIR a sweep resumes"
    )


@pytest.mark.parametrize("keep", [-1, -2, -40], ids=["newline", "brace", "half"])
def test_a_torn_last_line_is_dropped_and_its_run_done_again(command, measured, tmp_path, keep):
    command(*SMALL, "--out", tmp_path)
    table, path = table_of(tmp_path), tmp_path / "runs.jsonl"
    path.write_bytes(path.read_bytes()[:keep])
    measured.started.clear()
    code, _, err = command(*SMALL, "--out", tmp_path)
    assert code == 0
    assert "the last line is torn; its run is done again" in err
    assert "7 of 8 runs are finished" in err
    assert len(measured.started) == 1
    assert len(records_of(tmp_path)) == 8, "every line is whole again"
    assert table_of(tmp_path) == table


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda flat: {"epoch": 1}, "its format is not sweep/1"),
        (lambda flat: [1], "its format is not sweep/1"),
        (lambda flat: flat | {"format": "sweep/2"}, "its format is not sweep/1"),
        (lambda flat: flat | {"more": 1}, "it lacks or adds more"),
        (lambda flat: {k: v for k, v in flat.items() if k != "seed"}, "it lacks or adds seed"),
        (lambda flat: flat | {"test_loss": "low"}, "test_loss is 'low'"),
        (lambda flat: flat | {"hidden": 10}, "hidden is 10"),
        (lambda flat: flat | {"seed": True}, "seed is True"),
    ],
)
def test_a_file_of_another_format_is_left_alone(command, tmp_path, change, message):
    command(*SMALL, "--seeds", 1, "--out", tmp_path)
    path = tmp_path / "runs.jsonl"
    first, *rest = path.read_text().splitlines()
    path.write_text("\n".join([json.dumps(change(json.loads(first))), *rest]) + "\n")
    before = path.read_bytes()
    code, out, err = command(*SMALL, "--out", tmp_path)
    assert (code, out) == (2, "")
    assert f"line 1 is no run of a sweep ({message}); choose another --out" in err
    assert len(err.splitlines()) == 1
    assert path.read_bytes() == before


def test_two_workers_give_the_same_table_as_none_and_leave(command, tmp_path):
    assert command(*SMALL, "--out", tmp_path / "one")[0] == 0
    assert command(*SMALL[:-1], "2", "--out", tmp_path / "two")[0] == 0
    assert table_of(tmp_path / "two") == table_of(tmp_path / "one")
    assert not children(os.getpid())


def children(pid):
    """The worker processes that a process has started and that still run (Linux)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text()
            words = (folder / "cmdline").read_text()
        except OSError:
            continue
        if f"\nPPid:\t{pid}\n" in status and "loky" in words and "resource_tracker" not in words:
            found.append(int(folder.name))
    return found


@pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")
def test_ctrl_c_of_a_terminal_stops_the_workers_too(tmp_path):
    arguments = ["--hidden", "10", "--lr", "0.1", "--seeds", "400", "--epochs", "400", "--jobs", "2"]
    process = subprocess.Popen(
        [sys.executable, "-m", "compare.sweep", *arguments, "--out", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True,
    )  # fmt: skip
    log = tmp_path / "runs.jsonl"
    for _ in range(600):
        if log.exists() and log.read_bytes().count(b"\n") >= 3:
            break
        time.sleep(0.05)
    workers = children(process.pid)
    os.killpg(process.pid, signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    done = len(records_of(tmp_path))
    assert 3 <= done < 400
    assert err.splitlines()[-1] == f"stopped: {done} of 400 runs are done; the same command resumes"
    assert "Traceback" not in err
    assert "Warning" not in err
    assert len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_torch_trains_from_the_same_weights(command, tmp_path):
    assert command(*SMALL, "--out", tmp_path / "numpy")[0] == 0
    assert command(*SMALL, "--backend", "torch", "--out", tmp_path / "torch")[0] == 0
    for ours, theirs in zip(records_of(tmp_path / "numpy"), records_of(tmp_path / "torch"), strict=True):
        assert (ours["backend"], theirs["backend"]) == ("numpy", "torch")
        assert ours["agrees"] is theirs["agrees"] is None
        for name in ("hidden", "lr", "seed", "params", "test_right", "epochs_to_loss", "dead_units"):
            assert ours[name] == theirs[name], name
        for name in ("train_loss", "test_loss"):
            assert ours[name] == pytest.approx(theirs[name], rel=1e-4)


def test_both_libraries_agree_at_every_point(command, measured, tmp_path):
    # what NumPy alone has done before is no proof, and is done again
    assert command(*SMALL, "--out", tmp_path)[0] == 0
    measured.started.clear()
    code, out, _ = command(*SMALL, "--backend", "both", "--out", tmp_path)
    assert code == 0
    assert "NumPy and PyTorch agree in 8 of 8 runs" in out
    assert len(measured.started) == 8
    assert [row["library"] for row in table_of(tmp_path)] == ["numpy", "torch"] * 4
    # and what both have done, neither does again
    for backend in ("both", "numpy", "torch"):
        code, _, err = command(*SMALL, "--backend", backend, "--out", tmp_path)
        assert code == 0
        assert "8 of 8 runs are finished" in err


def test_a_planted_fault_exits_1_names_the_array_and_is_compared_again(
    command, measured, tmp_path, monkeypatch
):
    def step(self):
        for param in self.params:
            param.data -= 1.001 * self.lr * param.grad

    arguments = [*SMALL, "--backend", "both", "--out", tmp_path]
    with monkeypatch.context() as planted:
        planted.setattr(numpy_mlp.SGD, "step", step)
        code, out, _ = command(*arguments)
    assert code == 1
    assert re.search(
        r"NumPy and PyTorch disagree in 8 of 8 runs; first at hidden 2, lr 0.01, seed 0, "
        r"in fc1.weight after step 1, from epoch 0: NumPy -?0\.\d+, PyTorch -?0\.\d+, "
        r"[\d.]+ times its budget",
        out,
    )
    measured.started.clear()
    code, out, err = command(*arguments)
    assert code == 0, "mended"
    assert "0 of 8 runs are finished" in err
    assert "agree in 8 of 8 runs" in out


ONE = ["--hidden", "5", "--lr", "0.1", "--seeds", "1", "--epochs", "20", "--jobs", "1", "--backend", "both"]


def test_another_draw_of_the_weights_is_a_disagreement(command, monkeypatch):
    monkeypatch.setattr(numpy_mlp.init, "bias_bound", lambda in_features: 0.1)
    code, out, _ = command(*ONE)
    assert code == 1
    assert "seed 0, in fc1.bias, from the draw: NumPy " in out


def test_gradients_kept_from_the_epoch_before_are_a_disagreement(command, monkeypatch):
    monkeypatch.setattr(numpy_mlp.SGD, "zero_grad", lambda self: None)
    code, out, _ = command(*ONE)
    assert code == 1
    assert "in dL/dfc2.weight (step 2), from epoch 0: NumPy " in out


@pytest.mark.parametrize("what", ["losses", "fc1.weight"])
def test_a_fault_of_the_training_loop_alone_is_a_disagreement(command, monkeypatch, what):
    train = numpy_mlp.train

    def faulty(*args, **kwargs):
        history = train(*args, **kwargs)
        changed = history.losses if what == "losses" else history.snapshots[-1][what]
        changed *= 1.0001
        return history

    monkeypatch.setattr(numpy_mlp, "train", faulty)
    code, out, _ = command(*ONE)
    assert code == 1
    assert f"in {what} of train, from epoch 0: NumPy " in out


def test_a_relu_that_flips_in_one_library_is_no_disagreement():
    # in epoch 80 a pre-activation is 0 in NumPy and 7e-9 in PyTorch (on one machine): they part by 5e-7
    run = sweep_runs.Run("iris", (10,), 0.001, 7, 200, "both", 0.1)
    records = sweep_runs.measure(run)
    assert [(record.run.backend, record.agrees) for record in records] == [("numpy", True), ("torch", True)]


def test_a_training_that_diverges_is_marked_and_left_out(command, tmp_path):
    code, out, err = command(*SMALL, "--lr", "1e38,0.1", "--out", tmp_path)
    assert code == 0
    assert "Warning" not in err
    lost, sound = records_of(tmp_path)[0], records_of(tmp_path)[2]
    assert (lost["lr"], lost["diverged"], lost["test_loss"], lost["test_right"]) == (1e38, True, None, 0)
    assert (sound["lr"], sound["diverged"]) == (0.1, False)
    rows = table_of(tmp_path)
    assert [(row["diverged"], row["test_loss"]) for row in rows[::2]] == [("2", ""), ("2", "")]
    assert [line.split()[4] for line in out.splitlines()[3:7:2]] == ["diverged"] * 2
    assert "lr 1e+38: 0 of 30 right in 4 of 4 runs; every run diverged" in out


def made(hidden, lr, losses, right, seconds=1.0, epochs_to_loss=7, backend="numpy"):
    """A row of records that never ran."""
    return [
        sweep_runs.Record(
            sweep_runs.Run("iris", (hidden,), lr, seed, 100, backend, 0.1), 8 * hidden + 3, 0.1, loss,
            correct, 30, seconds, epochs_to_loss, 0, False,
        )
        for seed, (loss, correct) in enumerate(zip(losses, right, strict=True))
    ]  # fmt: skip


def test_the_lesson_is_counted_from_the_data():
    table = sweep_table.rows(
        made(5, 0.1, [0.3, 0.4], [29, 29]) + made(10, 0.1, [0.1, 0.2], [29, 28])
        + made(20, 0.1, [0.19, 0.25], [20, 21])
    )  # fmt: skip
    assert sweep_lesson.told_apart(table) == (3, 2, 2)
    sentences = sweep_lesson.lesson(table)
    assert sentences[0] == (
        "lr 0.1: 29 of 30 right in 3 of 6 runs, 20 to 28 in the others; "
        "by test loss, best first: 10 (0.1500), 20 (0.2200), 5 (0.3500)"
    )
    assert sentences[1:] == [
        "of 3 pairs of settings, right answers tell 2 apart, test loss 2 (their ranges over the seeds do not "
        "overlap): here test loss ranks no better than accuracy"
    ]
    alike = sweep_table.rows(made(5, 0.1, [0.3, 0.4], [29, 29]) + made(10, 0.1, [0.1, 0.2], [29, 29]))
    assert sweep_lesson.lesson(alike)[0].startswith("lr 0.1: 29 of 30 right in 4 of 4 runs; by test loss")
    assert sweep_lesson.lesson(alike)[1].endswith("rank these networks by test loss, not by accuracy")


def test_a_network_whose_units_are_all_dead_is_named(command):
    # seed 1 draws three units that are 0 for every flower, and training drives the other two there
    code, out, _ = command("--hidden", "5", "--lr", "0.1", "--seeds", 2, "--epochs", 2000, "--jobs", 1)
    assert code == 0
    assert "in 1 of 2 runs every hidden unit is dead, so the network gives one answer to all" in out
    assert "answer to all: 5 hidden, seed 1\n" in out


def test_never_is_said_where_most_runs_never_reach_the_loss():
    some = made(5, 0.1, [0.3], [29]) + made(5, 0.1, [0.3], [29], epochs_to_loss=None)
    assert sweep_table.cells(sweep_table.Row(some))[7] == "never (1 of 2 did)"
    assert sweep_table.cells(sweep_table.Row(some[:1] * 2 + some))[7] == "7 (3 of 4 did)"
    assert sweep_table.cells(sweep_table.Row(some[1:]))[7] == "never"
    assert sweep_table.cells(sweep_table.Row(some[:1]))[7] == "7"


def test_the_figure_shows_means_and_ranges_of_the_table():
    records = made(10, 0.1, [0.1, 0.3], [29, 28]) + made(5, 0.1, [0.4, 0.6], [20, 30])
    records += made(5, 0.5, [5.0, 7.0], [10, 10])
    picture = sweep_figure.figure(sweep_table.rows(records))
    losses, answers = picture.axes
    drawn = {box.get_label(): box for box in losses.containers}
    assert list(drawn) == ["0.1", "0.5"]
    assert drawn["0.1"].lines[0].get_ydata() == pytest.approx([0.5, 0.2]), "by parameters, fewest first"
    assert drawn["0.1"].lines[0].get_xdata() == pytest.approx([43, 83], rel=0.05)
    bars = [segment[:, 1] for segment in drawn["0.1"].lines[2][0].get_segments()]
    assert np.array(bars) == pytest.approx(np.array([[0.4, 0.6], [0.1, 0.3]]))
    assert losses.get_yscale() == "log"
    right = [segment[:, 1].tolist() for segment in answers.containers[0].lines[2][0].get_segments()]
    assert right == [[20, 30], [28, 29]]
    assert picture.get_suptitle() == "Of 3 pairs of settings, test loss tells 3 apart, right answers 2"
    picture.draw_without_rendering()
    assert all("e" not in label.get_text() for label in losses.get_yticklabels())


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
        (["--dataset", "tulips"], "invalid choice: 'tulips'"),
        (["--backend", "jax"], "invalid choice: 'jax'"),
        (["--out", __file__], "is a file; name a folder"),
        (["--out", __file__ + "/x"], "Not a directory"),
    ],
    ids=" ".join,
)
def test_wrong_usage_exits_2_with_one_line(command, args, message):
    code, out, err = command(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.strip().splitlines()) == 1


def test_a_bar_on_a_terminal_and_no_plain_lines(terminal):
    with terminal() as stderr:
        assert sweep.main([*SMALL, "--seeds", "1"]) == 0
    assert "4/4" in stderr.getvalue()
    assert "of 4 runs" not in stderr.getvalue()


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


def test_a_record_survives_its_line():
    record = made(16, 0.1, [0.123456789012345], [29])[0]
    assert sweep_log.from_line(sweep_log.to_line(record)) == record
