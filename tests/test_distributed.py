"""Training in several processes: as torchrun starts it, as ``compare.run --workers`` does; how it ends."""

import json
import os
import pickle
import re
import signal
import subprocess
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from compare import run as compare_run
from compare import shares, torch_side, workers
from compare.checks import Place, agree
from compare.scenario import random_scenario
from compare.trajectory import Course
from numpy_mlp import load_dataset, load_weights
from numpy_mlp.cli import DeviceNotFoundError
from torch_mlp import distributed, training
from torch_mlp.device import choose_own_device
from torch_mlp.workers import LOST, Workers, under_torchrun

ROOT = Path(__file__).parent.parent
CPU = torch.device("cpu")
# of 120 samples: a batch of 119, uneven for two workers, and one of a single sample, empty for the second
UNEVEN = ["--epochs", "30", "--batch-size", "119", "--lr", "0.1", "--dtype", "float64", "--device", "cpu"]


# what torchrun starts: it finds its place in its environment
WORKER = """
import os, sys
os.environ.update(told)
for descriptor, path in files.items():
    os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY), descriptor)
import torch_mlp.data
torch_mlp.data.load_dataset = lambda *_, **options: dataset  # scikit-learn takes its time
from torch_mlp.__main__ import main
sys.exit(main(args))
"""


def started_twice(args, dataset, folder):
    """Start two workers as torchrun does, but out of a process that has PyTorch; what each ends with."""
    store = torch.distributed.TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    told = {
        "MASTER_ADDR": "localhost", "MASTER_PORT": str(store.port), "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
    }  # fmt: skip
    processes = []
    for rank in range(2):
        files = {descriptor: str(folder / f"{rank}.{descriptor}") for descriptor in (1, 2)}
        own = {**told, "RANK": str(rank), "LOCAL_RANK": str(rank)}
        given = {"told": own, "files": files, "dataset": dataset, "args": [str(arg) for arg in args]}
        processes.append((workers.context().Process(target=exec, args=(WORKER, given)), files))
        processes[-1][0].start()
    found = []
    for process, files in processes:
        process.join(60)
        found.append((process.exitcode, *(Path(path).read_text() for path in files.values())))
    return found


def test_two_workers_train_as_one_process_does_and_only_the_first_prints_and_saves(cli, tmp_path):
    one, two, logs = tmp_path / "one.npz", tmp_path / "two.npz", tmp_path / "logs"
    logs.mkdir()
    code, out, _ = cli("torch_mlp", "train", *UNEVEN, "--quiet", "--weights", one)
    assert code == 0
    dataset = load_dataset(dtype=np.float64)
    first, second = started_twice(["train", *UNEVEN, "--weights", two], dataset, logs)
    assert second == (0, "", "")
    assert first[0] == 0, first
    ours, theirs = (re.sub(r"in \d+\.\d\d s|\S+\.npz", "?", text) for text in (first[1], out))
    assert ours == theirs
    head, *bar = first[2].splitlines()
    assert head == "device: cpu, 2 workers"
    assert [line.split(" loss")[0] for line in bar] == [
        f"PyTorch: {n} of 30 epochs," for n in range(3, 31, 3)
    ]
    assert re.search(r"loss .* -> (.*)", out)[1] == bar[-1].split()[-1], "the loss of both shares"
    single, double = load_weights(one).history, load_weights(two).history
    # the project's promise for float64
    assert np.abs(single.losses - double.losses).max() <= 1e-12
    assert single.snapshot_epochs == double.snapshot_epochs
    for before, after in zip(single.snapshots, double.snapshots, strict=True):
        assert list(before) == list(after)
        assert max(np.abs(before[name] - after[name]).max() for name in before) <= 1e-12


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


def test_killed_worker_ends_torchrun_with_one_line_and_leaves_the_old_file_as_it_was(iris, tmp_path):
    file, script, data = tmp_path / "w.npz", tmp_path / "script.py", tmp_path / "iris"
    file.write_bytes(b"old")
    data.write_bytes(pickle.dumps(iris))
    script.write_text(KILLED)
    torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]
    result = subprocess.run(
        [*torchrun, script, data, "train", "--epochs", "100000", "--device", "cpu", "--weights", file],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert result.returncode != 0
    assert result.stdout == ""
    assert result.stderr.splitlines()[0] == "device: cpu, 2 workers"
    (line,) = [line for line in result.stderr.splitlines() if line.startswith("error: ")]
    assert line.endswith(LOST)
    assert file.read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"w.npz", "script.py", "iris"}


# what a worker is told, and what it says


@pytest.fixture
def worker(monkeypatch):
    """Let this process be one of two workers."""

    def become(rank, local_rank=None):
        local = rank if local_rank is None else local_rank
        told = {"RANK": rank, "WORLD_SIZE": 2, "LOCAL_RANK": local, "LOCAL_WORLD_SIZE": 2}
        for name, value in told.items():
            monkeypatch.setenv(name, str(value))
        monkeypatch.setattr("torch_mlp.workers.time.sleep", waited.append)
        return waited

    waited = []
    return become


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["train", "--mode", "compile", "--device", "cpu"], 2, "error: several workers train in mode eager"),
        (["train", "--device", "cuda:0"], 2, "error: --device cuda:0: each worker takes a GPU of its own"),
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
def test_what_all_workers_find_out_the_first_says_in_one_line(worker, cli, args, code, message):
    worker(0)
    assert (found := cli("torch_mlp", *args))[0] == code
    assert message in found[2]
    assert found[2].count("\n") == (code != 0)
    waited = worker(1)
    assert cli("torch_mlp", *args) == (code, "", "")
    # torchrun ends all as soon as one has failed: that may not be before the first has spoken
    assert [seconds >= 1 for seconds in waited] == [True] * (code != 0)


@pytest.mark.parametrize("local_rank", [0, 1], ids=["on another machine", "on the same machine"])
def test_second_worker_trains_in_silence_and_saves_nothing(cli, worker, monkeypatch, tmp_path, local_rank):
    def alone(*args, workers, **options):
        assert workers == Workers(1, 2, local_rank, 2)
        return train(*args, **options)

    train = training.train
    monkeypatch.setattr(training, "train", alone)
    monkeypatch.setattr(distributed, "process_group", lambda *_: nullcontext())
    worker(1, local_rank)
    args = ["--epochs", "20", "--device", "cpu", "--weights", tmp_path / "w.npz", "--out", tmp_path / "run"]
    assert cli("torch_mlp", "train", *args) == (0, "", "")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(torch.cuda.device_count() > 8, reason="needs a machine with fewer GPUs than workers")
def test_fewer_gpus_than_workers_is_exit_3_and_auto_takes_the_cpu(cli, worker):
    nine = Workers(8, 9, 8, 9)
    with pytest.raises(DeviceNotFoundError, match="9 workers need a CUDA device each"):
        choose_own_device("cuda", nine)
    assert choose_own_device("auto", nine) == CPU
    if torch.cuda.device_count() < 2:
        worker(0)
        code, out, err = cli("torch_mlp", "train", "--device", "cuda")
        assert (code, out, err.count("\n")) == (3, "", 1)


def test_each_worker_has_the_gpu_of_its_number_on_its_machine(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    for name in ("cuda", "auto"):
        assert choose_own_device(name, Workers(3, 4, 1, 2)) == torch.device("cuda:1")
    three = Workers(0, 3, 0, 3)
    assert choose_own_device("auto", three) == CPU
    with pytest.raises(
        DeviceNotFoundError, match=r"3 workers need a CUDA device each, and PyTorch .* sees 2"
    ):
        choose_own_device("cuda", three)


def test_workers_are_what_torchrun_says_and_none_without_it(monkeypatch, worker):
    worker(1)
    assert Workers.from_environment() == Workers(1, 2, 1, 2)
    monkeypatch.delenv("LOCAL_RANK")
    assert Workers.from_environment() is None


@pytest.mark.parametrize(
    ("error", "said"),
    [(RuntimeError("no memory\nin C++"), "error: worker 1: no memory\n"), (ValueError("a wrong flag"), "")],
)
def test_only_what_happens_to_one_worker_alone_is_said_by_it(capfd, error, said):
    with pytest.raises(type(error)), under_torchrun(Workers(1, 2, 1, 2)):
        raise error
    assert capfd.readouterr().err == said


def test_sigterm_is_answered_while_pytorch_does_not_come_back_to_python():
    code = (
        "import ctypes, sys\n"
        "from torch_mlp.workers import Workers, under_torchrun\n"
        "with under_torchrun(Workers(0, 2, 0, 2)):\n"
        "    print('ready', flush=True)\n"
        "    while True: ctypes.CDLL(None).sleep(60)\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout.readline() == "ready\n"
    process.send_signal(signal.SIGTERM)
    out, err = process.communicate(timeout=20)
    assert (process.returncode, out, err) == (1, "", f"error: torchrun ended this process: {LOST}\n")


# compare.run --workers


@pytest.fixture(scope="module")
def team():
    """Three workers that wait for jobs."""
    with workers.team(3, "cpu", "ieee") as started:
        yield started


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_average_that_workers_agree_on_is_numpys_gradient_of_the_batch(team, dtype):
    run = random_scenario("", "", (4, 8, 3), 24).astype(dtype)
    checks = shares.by_team(run, team, Place("", "", dtype))
    assert agree(checks)
    assert {c.scenario for c in checks} == {"3 workers, even", "3 workers, uneven", "3 workers, empty"}
    assert len(checks) == 3 * 4


def test_whole_training_of_workers_is_that_of_one_process(team):
    run = random_scenario("", "", (4, 8, 3), 24).astype("float64")
    course = Course(40, 0.1, 10, batch_size=11)  # batches of 11, 11 and 2: no share is like another
    one, three = torch_side.train(run, CPU, course), team.train(run, course)
    assert np.abs(one.losses - three.losses).max() <= 1e-12
    for name, weight in one.snapshots[-1].items():
        assert np.abs(weight - three.snapshots[-1][name]).max() <= 1e-12


def test_error_of_a_worker_is_told():
    run = random_scenario("", "", (4, 8, 3), 24)
    broken = {**run.weights, "fc2.bias": run.weights["fc2.bias"][:2]}
    with (
        pytest.raises(workers.WorkerError, match=r"worker \d of 2 failed: .*fc2.bias"),
        workers.team(2, "cpu", "ieee") as started,
    ):
        started.gradients(replace(run, weights=broken))


@pytest.mark.parametrize(
    ("sent", "how"), [(signal.SIGKILL, "was killed by SIGKILL"), (signal.SIGSTOP, "has been silent for 3 s")]
)
def test_worker_that_dies_or_hangs_ends_the_comparison(monkeypatch, sent, how):
    monkeypatch.setattr(workers, "SILENCE", 3.0)
    run = random_scenario("", "", (4, 8, 3), 24)
    processes = []

    def struck():
        with workers.team(2, "cpu", "ieee") as started:
            processes.extend(started.processes)
            started.gradients(run)
            os.kill(processes[1].pid, sent)
            started.train(run, Course(100, 0.1, 10))

    with pytest.raises(workers.WorkerError, match=f"worker 1 of 2 {how}"):
        struck()
    assert not any(process.is_alive() for process in processes)


def test_dead_worker_is_named_and_not_those_that_fail_for_want_of_it(monkeypatch):
    monkeypatch.setattr(workers, "BEAT", 0.0)
    started = object.__new__(workers.Team)
    started.count, started.processes = 2, [SimpleNamespace(exitcode=None), SimpleNamespace(exitcode=-9)]
    assert "worker 1 of 2 was killed by SIGKILL" in str(started.failed(0, "failed: connection closed"))


@pytest.fixture
def compare(capsys):
    def call(*args):
        try:
            code = compare_run.main(list(args))
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call


def test_comparison_with_workers_agrees_and_says_how_many_there_were(compare, monkeypatch, tmp_path):
    def noted(self, scenario, course):
        sizes.append(course.batch_size)
        return train(self, scenario, course)

    sizes, train = [], workers.Team.train
    monkeypatch.setattr(workers.Team, "train", noted)
    file = tmp_path / "report.json"
    code, out, _ = compare("--workers", "2", "--epochs", "20", "--dtype", "float32", "--json", str(file))
    assert code == 0, out
    assert "trained by 2 workers\n" in out
    report = json.loads(file.read_text())
    assert report["settings"]["workers"] == 2
    assert {"2 workers, even", "2 workers, uneven", "2 workers, empty"} <= {
        check["scenario"] for check in report["checks"]
    }
    assert sizes == [49, None], "both trainings are the workers', and one has uneven shares"


def test_comparison_with_a_worker_that_fails_is_no_disagreement(compare, monkeypatch):
    def fail(self, *_):
        raise self.failed(1, "has ended")

    monkeypatch.setattr(workers.Team, "ask", fail)
    code, out, err = compare("--workers", "2", "--epochs", "20", "--dtype", "float32")
    assert code == 2
    assert "DISAGREE" not in out
    assert err.splitlines()[-1] == "error: worker 1 of 2 has ended; nothing was compared any further"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--workers", "1"], 2, "expected a whole number from 2 to 64"),
        (["--workers", "2", "--fuzz", "3"], 2, "leave out --fuzz"),
        (["--workers", "2", "--self-test"], 2, "leave out --fuzz, --self-test"),
        (["--workers", "2", "--device", "all"], 2, "on one device"),
        (["--workers", "2", "--mode", "compile"], 2, "--mode is for one comparison in one process"),
        (["--workers", "64", "--device", "cuda"], 3, "64 workers need a CUDA device each"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_workers_with_what_they_are_not_for_is_refused_in_one_line(compare, args, code, message):
    found, out, err = compare(*args)
    assert (found, out, err.count("\n")) == (code, "", 1)
    assert message in err
