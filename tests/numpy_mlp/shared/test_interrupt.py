"""Ctrl-C before a command runs: its own, and no other program's."""

import signal

import pytest

from numpy_mlp.shared import interrupt
from numpy_mlp.shared.cli import run


@pytest.fixture
def handler(monkeypatch):
    """What handles Ctrl-C after a program of this name has imported the package."""

    def call(program, before=signal.default_int_handler):
        signal.signal(signal.SIGINT, before)
        monkeypatch.setattr(interrupt.sys, "argv", [program] if program else [])
        interrupt.stop_quietly_until_run()
        return signal.getsignal(signal.SIGINT)

    old = signal.getsignal(signal.SIGINT)
    yield call
    signal.signal(signal.SIGINT, old)


@pytest.mark.parametrize("program", ["-m", "/usr/bin/numpy-mlp", "torch-mlp.exe", "/x/mlp-compare"])
def test_command_is_quiet_until_it_runs(handler, program):
    assert handler(program) is interrupt.stop
    assert run(lambda: 0 if signal.getsignal(signal.SIGINT) is signal.default_int_handler else 1) == 0


@pytest.mark.parametrize("program", ["", "mine.py", "/usr/bin/jupyter"])
def test_another_program_keeps_its_own_way(handler, program):
    assert handler(program) is signal.default_int_handler


def test_handler_that_somebody_has_set_stays(handler):
    assert handler("-m", signal.SIG_IGN) is signal.SIG_IGN
