"""Which worker a process is, and which device it takes."""

from torch_mlp.faster.workers import Workers


def test_workers_are_what_torchrun_says_and_none_without_it(monkeypatch, worker):
    worker(1)
    assert Workers.from_environment() == Workers(1, 2, 1, 2)
    monkeypatch.delenv("LOCAL_RANK")
    assert Workers.from_environment() is None
