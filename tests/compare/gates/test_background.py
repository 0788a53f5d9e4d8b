"""PyTorch's long trainings in a process beside this one: the same numbers, and no verdict when it ends."""

import signal
from concurrent.futures import Future
from dataclasses import replace
from multiprocessing import resource_tracker

import numpy as np
import pytest
import torch

from compare import torch_side
from compare.gates import background
from compare.gates.background import WORTH_A_PROCESS, trained_beside
from compare.gates.material import Material, Settings
from compare.gates.scenarios import random_scenario
from compare.gates.torch_team import WorkerError, uninterrupted
from compare.gates.trajectory import Training
from compare.scenario import TrainingSettings


def training(dtype="float32", epochs=30):
    return Training(random_scenario("", "", (4, 8, 3), 24).astype(dtype), TrainingSettings(epochs, 0.1))


def beside(*devices, **settings):
    devices = tuple(map(torch.device, devices)) or (torch_side.CPU,)
    return Material(Settings(**{"epochs": WORTH_A_PROCESS, "devices": devices, **settings})).trainings_beside


@pytest.mark.slow
def test_process_beside_trains_the_same_numbers_and_hands_on_an_error():
    broken = training()
    del broken.scenario.weights["fc1.bias"]
    jobs = {"float32": training(), "broken": broken, "float64": training("float64")}
    with trained_beside(jobs) as found:
        for dtype in ("float32", "float64"):
            history, here = (
                found[dtype].result(),
                torch_side.train(jobs[dtype].scenario, jobs[dtype].settings),
            )
            assert np.array_equal(history.losses, here.losses)
            for one, other in zip(history.snapshots, here.snapshots, strict=True):
                assert all(np.array_equal(one[name], other[name]) for name in other)
        with pytest.raises(RuntimeError, match=r"fc1\.bias"):
            found["broken"].result()


@pytest.mark.slow
def test_process_beside_that_ends_is_an_accident_and_no_verdict():
    # it sends what can't be sent: a process that was killed for its memory looks the same
    bad = replace(training(), settings=Unpickled())
    with trained_beside({"float32": bad}) as found, pytest.raises(WorkerError, match="has ended"):
        found["float32"].result()


class Unpickled:
    """Ends the process that receives it."""

    def __reduce__(self):
        import os

        return os._exit, (9,)


def test_only_long_trainings_by_one_eager_process_on_the_cpu_run_beside(monkeypatch):
    monkeypatch.setattr(background.os, "cpu_count", lambda: 2)
    assert list(beside()) == ["float32", "float64"]
    assert list(beside("cpu", "cuda:0", dtypes=("float64",))) == ["float64"]
    for none in (
        beside("cuda:0"), beside(workers=2), beside(mode="compile"), beside(epochs=WORTH_A_PROCESS - 1),
        beside(epochs=10**9),
    ):  # fmt: skip
        assert none == {}
    monkeypatch.setattr(background.os, "cpu_count", lambda: 1)
    assert beside() == {}


def test_no_training_starts_no_process(monkeypatch):
    monkeypatch.setattr(background, "get_context", None)
    with trained_beside({}) as found:
        assert found == {}


def test_long_training_on_the_cpu_is_the_one_that_ran_beside():
    material, found = Material(Settings(epochs=3, dtypes=("float32",))), Future()
    found.set_result(
        torch_side.train(material.scenario("float32"), material.long_training("float32").settings)
    )
    material.beside = {"float32": found}
    assert next(iter(material.long_parts("float32", torch_side.CPU))) is found.result()
    # handed over once: it is not kept in memory
    assert material.beside == {}


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="signals are not masked here")
def test_first_process_of_all_ignores_ctrl_c_from_its_first_instruction(monkeypatch):
    tracker = resource_tracker.ResourceTracker()  # as in a process that has started none
    monkeypatch.setattr(resource_tracker, "ensure_running", tracker.ensure_running)
    try:
        with uninterrupted():
            resource_tracker.ensure_running()  # what multiprocessing does before it starts a process
            assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
    finally:
        tracker._stop()
    assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
