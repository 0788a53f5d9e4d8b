"""Streams and exit codes of both packages' commands, in this process and as a shell sees them."""

import io
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from numpy_mlp.shared.cli import run

ROOT = Path(__file__).parents[4]

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])

TRAIN = ["train", "--epochs", "200", "--quiet"]


def command(package, *args):
    return [sys.executable, "-m", package, *map(str, args)]


def subprocess_run(package, *args, **more):
    return subprocess.run(
        command(package, *args),
        cwd=ROOT,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        **more,
    )


@both
def test_ctrl_c_is_exit_code_130_and_a_line_with_the_epoch(package, cli, monkeypatch, on_cpu):
    def press(self, *args, **kwargs):
        raise KeyboardInterrupt

    owner = "numpy_mlp.sgd.SGD" if package == "numpy_mlp" else "torch.optim.SGD"
    monkeypatch.setattr(f"{owner}.step", press)
    code, out, err = cli(package, *on_cpu(package, *TRAIN))
    assert (code, out) == (130, "")
    assert err == "\ntraining stopped at epoch 0 of 200\n"


@both
def test_ctrl_c_leaves_the_old_weights_as_they_were(package, tmp_path, cli, monkeypatch, on_cpu):
    def press(self, *args, **kwargs):
        raise KeyboardInterrupt

    path = tmp_path / "w.npz"
    path.write_bytes(b"old")
    owner = "numpy_mlp.sgd.SGD" if package == "numpy_mlp" else "torch.optim.SGD"
    monkeypatch.setattr(f"{owner}.step", press)
    assert cli(package, *on_cpu(package, *TRAIN, "--weights", path))[0] == 130
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.slow
def test_process_separates_stdout_from_stderr():
    result = subprocess_run("numpy_mlp", "train", "--epochs", "20")
    assert result.returncode == 0
    assert result.stdout.startswith("MLP(\n")
    assert len(result.stderr.splitlines()) == 10


@pytest.mark.slow
def test_process_with_wrong_input_exits_with_2():
    result = subprocess_run("numpy_mlp", "predict", "--weights", "/nowhere.npz")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "error: " in result.stderr
    assert "Traceback" not in result.stderr


@pytest.mark.slow
def test_process_without_its_device_exits_with_3():
    result = subprocess_run("torch_mlp", "train", "--device", "cuda:99")
    assert result.returncode == 3
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_process_that_gets_sigint_exits_with_130_and_says_at_which_epoch():
    process = subprocess.Popen(
        command("numpy_mlp", "train", "--epochs", "100000"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stderr.readline().startswith("NumPy: 10000 of 100000 epochs")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert re.search(r"^training stopped at epoch (9999|\d{5}) of 100000$", err, re.M)
    assert "Traceback" not in err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="closed pipes are POSIX's")
def test_reader_that_closes_its_pipe_sees_no_traceback():
    # as `| head -1` may do: nobody reads any more when the report comes
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        command("numpy_mlp", "summary"),
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        check=False,
    )
    os.close(writer)
    assert result.returncode == 0
    assert result.stderr == ""


def test_console_that_shows_ascii_alone_gets_a_table_without_a_traceback(monkeypatch, cli):
    console = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", console)
    assert cli("numpy_mlp", "summary") == (0, "", "")
    assert b"Linear: 1-1" in console.buffer.getvalue()


def test_package_that_is_not_installed_is_named_in_one_line(capsys):
    def command():
        import sklearn_that_is_not_there.datasets  # noqa: F401

    assert run(command) == 2
    assert capsys.readouterr().err == (
        "error: this needs sklearn_that_is_not_there, which is not installed: "
        "python -m pip install sklearn_that_is_not_there\n"
    )


def test_missing_module_of_this_project_is_an_error_of_its_own():
    def command():
        import numpy_mlp.absent  # noqa: F401

    with pytest.raises(ModuleNotFoundError):
        run(command)


@pytest.mark.parametrize(("unread", "code"), [(0, 0), (2, 2)], ids=["done", "no verdict"])
def test_closed_streams_are_no_traceback_and_no_verdict(monkeypatch, unread, code):
    # as python -m numpy_mlp summary >&- 2>&-
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)

    def command():
        print("a result")
        print("a message", file=sys.stderr)
        return 0

    assert run(command, unread) == code
    for stream in (sys.stdout, sys.stderr):
        stream.close()
