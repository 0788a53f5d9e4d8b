"""What the workers of a command print, and how they end."""

import pickle
import signal
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path

import pytest

from torch_mlp.faster import distributed, training
from torch_mlp.faster.torchrun import LOST, under_torchrun
from torch_mlp.faster.workers import Workers

ROOT = Path(__file__).parents[3]


KILLED = """
import os, pickle, signal, sys
import torch.distributed as dist
import torch_mlp.data
from torch_mlp.__main__ import main

def killed(loss):
    all_reduce(loss)
    if os.environ["RANK"] == "1":
        os.kill(os.getpid(), signal.SIGKILL)

all_reduce, dist.all_reduce = dist.all_reduce, killed
with open(sys.argv.pop(1), "rb") as file:
    dataset = pickle.load(file)
torch_mlp.data.load_dataset = lambda *_, **options: dataset
sys.exit(main())
"""


@pytest.mark.slow
def test_killed_worker_ends_torchrun_with_one_line_and_leaves_the_old_file_as_it_was(iris, tmp_path):
    file, script, data = tmp_path / "w.npz", tmp_path / "script.py", tmp_path / "iris"
    file.write_bytes(b"old")
    data.write_bytes(pickle.dumps(iris))
    script.write_text(KILLED, encoding="utf-8")
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    result = subprocess.run(
        [*torchrun, script, data, "train", "--epochs", "100000", "--device", "cpu", "--weights", file],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False, timeout=120,
    )  # fmt: skip
    assert result.returncode != 0
    assert result.stdout == ""
    assert result.stderr.splitlines()[0] == "device: cpu, 2 workers"
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert line.endswith(LOST)
    assert file.read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"w.npz", "script.py", "iris"}


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["train", "--mode", "compile", "--device", "cpu"], 2, "error: several workers train in mode eager"),
        (["train", "--device", "cuda:0"], 2, "error: --device cuda:0: each worker takes another GPU"),
        (
            ["train", "--epochs", "0"],
            2,
            "python -m torch_mlp train: argument --epochs: expected a whole number",
        ),
        (["summary"], 2, "torchrun is for train; start this one alone: python -m torch_mlp summary"),
        (["train", "--help"], 0, ""),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_error_of_all_workers_is_one_line_of_the_first(worker, cli, args, code, message):
    worker(0)
    assert (found := cli("torch_mlp", *args))[0] == code
    assert message in found[2]
    assert found[2].count("\n") == (code != 0)
    waited = worker(1)
    assert cli("torch_mlp", *args) == (code, "", "")
    # torchrun ends all workers as soon as one has failed: not before the first has printed why
    assert [seconds >= 1 for seconds in waited] == [True] * (code != 0)


@pytest.mark.parametrize("local_rank", [0, 1], ids=["on another machine", "on the same machine"])
def test_second_worker_trains_in_silence_and_saves_nothing(cli, worker, monkeypatch, tmp_path, local_rank):
    def without_workers(*args, workers, **options):
        assert workers == Workers(1, 2, local_rank, 2)
        return train(*args, **options)

    train = training.train
    monkeypatch.setattr(training, "train", without_workers)
    monkeypatch.setattr(distributed, "process_group", lambda *_: nullcontext())
    worker(1, local_rank)
    args = ["--epochs", "20", "--device", "cpu", "--weights", tmp_path / "w.npz", "--out", tmp_path / "run"]
    assert cli("torch_mlp", "train", *args) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("error", "printed"),
    [(RuntimeError("no memory\nin C++"), "error: worker 1: no memory\n"), (ValueError("a wrong flag"), "")],
)
def test_second_worker_prints_an_error_of_its_own_and_none_of_all_workers(capfd, error, printed):
    with pytest.raises(type(error)), under_torchrun(Workers(1, 2, 1, 2)):
        raise error
    assert capfd.readouterr().err == printed


@pytest.mark.slow
def test_sigterm_ends_the_process_while_pytorch_does_not_come_back_to_python():
    code = (
        "import ctypes, sys\n"
        "from torch_mlp.faster.torchrun import under_torchrun\n"
        "from torch_mlp.faster.workers import Workers\n"
        "with under_torchrun(Workers(0, 2, 0, 2)):\n"
        "    print('ready', flush=True)\n"
        "    while True: ctypes.CDLL(None).sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (1, "", f"error: torchrun ended this process: {LOST}\n")
