"""The learner's commands where a machine lacks process groups, signals and limits, as Windows does."""

import os
import subprocess
import sys

import pytest

from compare.learner import machine

# what every process of a test starts with; Popen.kill is POSIX's and needs SIGKILL itself
WITHOUT = """
import os, signal, subprocess, sys
for name in ("killpg", "getpgid", "setsid", "set_blocking"):
    delattr(os, name)
subprocess.Popen.kill = lambda self: self.poll() is None and os.kill(self.pid, 9)
for name in ("SIGKILL", "SIGSTOP", "setitimer", "alarm"):
    delattr(signal, name)
sys.modules["resource"] = None
"""


@pytest.fixture
def command(tmp_path):
    """Run a command of compare without those names; return its exit code, stdout and stderr."""
    (tmp_path / "sitecustomize.py").write_text(WITHOUT, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])

    def call(*args):
        result = subprocess.run(
            [sys.executable, "-m", *args], env=os.environ | {"PYTHONPATH": path}, cwd=tmp_path,
            capture_output=True, encoding="utf-8", check=False,
        )  # fmt: skip
        return result.returncode, result.stdout, result.stderr

    return call


@pytest.mark.slow
def test_exercise_is_written_and_checked(command):
    assert command("compare.exercise", "new", "mine") == (
        0, "written    mine: 12 pieces to write, the first is Linear.forward\n"
        "check      python -m compare.exercise check mine\n", "",
    )  # fmt: skip
    code, out, err = command("compare.exercise", "check", "mine")
    assert (code, err) == (1, "")
    assert out.endswith("0 of 12 done · next: Linear.forward\n")


@pytest.mark.slow
def test_package_runs_and_one_that_does_not_end_is_stopped(command, package):
    waits = "        import time\n        while True: time.sleep(1)\n        for layer in self"
    folder = package(("mlp.py", "        for layer in self", waits))
    code, out, err = command("compare.run", "--numpy", str(folder), "--timeout", "1")
    assert (code, out) == (1, "")
    assert err.startswith("mine: it did not come to an end within 1 s")


def test_windows_crash_codes_have_names():
    assert machine.crash(0xC00000FD).reason == machine.crash(-11).reason == "a recursion that is too deep?"
    assert machine.crash(1) is None
