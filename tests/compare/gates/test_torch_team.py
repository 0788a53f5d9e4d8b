"""``compare.run --workers``: PyTorch's workers against NumPy's shards, and how a team ends."""

import json
import os
import signal
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from compare import run as compare_run
from compare import torch_side
from compare.checks import agree
from compare.gates import shards
from compare.gates import torch_team as workers
from compare.gates.scenarios import random_scenario
from compare.scenario import TrainingSettings


@pytest.fixture(scope="module")
def team():
    """Three workers that wait for jobs."""
    with workers.torch_team(3, "cpu", "ieee") as started:
        yield started


@pytest.mark.slow
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_average_that_workers_agree_on_is_numpys_gradient_of_the_batch(team, dtype):
    run = random_scenario("", "", (4, 8, 3), 24).astype(dtype)
    checks = [check for gate in shards.team_gates(run, team) for check in gate.checks()]
    assert agree(checks)
    assert {c.scenario for c in checks} == {"3 workers, even", "3 workers, uneven", "3 workers, empty"}
    assert len(checks) == 3 * 4


@pytest.mark.slow
def test_whole_training_of_workers_is_that_of_one_process(team):
    run = random_scenario("", "", (4, 8, 3), 24).astype("float64")
    settings = TrainingSettings(
        40, 0.1, 10, batch_size=11
    )  # batches of 11, 11 and 2: no shard is like another
    one, three = torch_side.train(run, settings), team.train(run, settings)
    assert np.abs(one.losses - three.losses).max() <= 1e-12
    for name, weight in one.snapshots[-1].items():
        assert np.abs(weight - three.snapshots[-1][name]).max() <= 1e-12


@pytest.mark.slow
def test_error_of_a_worker_is_reported():
    run = random_scenario("", "", (4, 8, 3), 24)
    broken = {**run.weights, "fc2.bias": run.weights["fc2.bias"][:2]}
    with (
        pytest.raises(workers.WorkerError, match=r"worker \d of 2 failed: .*fc2.bias"),
        workers.torch_team(2, "cpu", "ieee") as started,
    ):
        started.gradients(replace(run, weights=broken))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("sent", "how"), [(signal.SIGKILL, "was killed by SIGKILL"), (signal.SIGSTOP, "has been silent for 3 s")]
)
def test_worker_that_dies_or_hangs_ends_the_comparison(monkeypatch, sent, how):
    monkeypatch.setattr(workers, "SILENCE", 3.0)
    run = random_scenario("", "", (4, 8, 3), 24)
    processes = []

    def struck():
        with workers.torch_team(2, "cpu", "ieee") as started:
            processes.extend(started.processes)
            started.gradients(run)
            os.kill(processes[1].pid, sent)
            started.train(run, TrainingSettings(100, 0.1, 10))

    with pytest.raises(workers.WorkerError, match=f"worker 1 of 2 {how}"):
        struck()
    assert not any(process.is_alive() for process in processes)


def test_dead_worker_is_named_and_not_those_that_fail_for_want_of_it(monkeypatch):
    monkeypatch.setattr(workers, "BEAT", 0.0)
    started = object.__new__(workers.TorchTeam)
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


@pytest.mark.slow
def test_comparison_with_workers_agrees_and_says_how_many_there_were(compare, monkeypatch, tmp_path):
    def noted(self, scenario, settings):
        sizes.append(settings.batch_size)
        return train(self, scenario, settings)

    sizes, train = [], workers.TorchTeam.train
    monkeypatch.setattr(workers.TorchTeam, "train", noted)
    file = tmp_path / "report.json"
    code, out, _ = compare("--workers", "2", "--epochs", "20", "--dtype", "float32", "--json", str(file))
    assert code == 0, out
    assert "trained by 2 workers\n" in out
    report = json.loads(file.read_text(encoding="utf-8"))
    assert report["settings"]["workers"] == 2
    assert {"2 workers, even", "2 workers, uneven", "2 workers, empty"} <= {
        check["scenario"] for check in report["checks"]
    }
    assert sizes == [49, None], "both trainings are the workers', and one has uneven shards"


@pytest.mark.slow
def test_comparison_with_a_worker_that_fails_is_no_disagreement(compare, monkeypatch):
    def fail(self, *_):
        raise self.failed(1, "has ended")

    monkeypatch.setattr(workers.TorchTeam, "call", fail)
    code, out, err = compare("--workers", "2", "--epochs", "20", "--dtype", "float32")
    assert code == 2
    assert "DISAGREE" not in out
    assert err.splitlines()[-1] == "error: worker 1 of 2 has ended; nothing was compared any further"


@pytest.mark.parametrize(
    ("args", "code", "message"),
    [
        (["--workers", "1"], 2, "expected a whole number from 2 to 64"),
        (["--workers", "2", "--fuzz", "3"], 2, "--fuzz makes no use of --workers"),
        (["--workers", "2", "--self-test"], 2, "--self-test makes no use of --workers"),
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


def test_workers_ignore_ctrl_c_from_their_first_import_on(monkeypatch, tmp_path):
    seen = []

    class Process:
        def __init__(self, **_):
            pass

        def start(self):
            seen.append(signal.pthread_sigmask(signal.SIG_BLOCK, []))

    monkeypatch.setattr(workers, "context", lambda: SimpleNamespace(Process=Process))
    before = signal.pthread_sigmask(signal.SIG_BLOCK, [])
    workers.TorchTeam(2, "cpu", "ieee", tmp_path)
    assert [signal.SIGINT in blocked for blocked in seen] == [True, True]
    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == before
