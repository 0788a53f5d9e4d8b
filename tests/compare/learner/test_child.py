"""The child process: its messages, its limits, and how it ends."""

import os
import signal
import subprocess
import sys
import time

import pytest

from compare.learner.child import Child, StoppedError

WORK = """
import os, signal, subprocess, time
def talk(job, channel):
    print("noise on stdout")
    try:
        input()
    except EOFError:
        channel.send(got=job["number"], input="is empty")
def loop(job, channel):
    channel.watch(0.3, stage="loop")
    while True: pass
def slowly(job, channel):
    for number in range(4):
        channel.watch(2.0, number=number)
        time.sleep(0.8)
def ends_while_it_is_watched(job, channel):
    channel.watch(0.2)
    time.sleep(0.4)
    os.kill(os.getpid(), signal.SIGSEGV)
def late_but_goes_on(job, channel):
    channel.watch(0.2)
    time.sleep(0.4)
    channel.watch(5.0)
    os._exit(9)
def killed(job, channel):
    os.kill(os.getpid(), signal.SIGKILL)
def parent(job, channel):
    channel.send(pid=subprocess.Popen(["sleep", "60"]).pid)
    time.sleep(60)
def forks(job, channel):
    for _ in range(10):
        os.fork()
    channel.send(pid=os.getpid())
def hungry(job, channel):
    try:
        bytearray(8 * 2**30)
    except MemoryError:
        channel.send(refused=True)
"""


@pytest.fixture
def child(tmp_path, monkeypatch):
    """Start a function of the text above in a child."""
    (tmp_path / "work_of_a_test.py").write_text(WORK, encoding="utf-8")
    path = os.pathsep.join([str(tmp_path), *filter(None, [os.environ.get("PYTHONPATH")])])
    monkeypatch.setenv("PYTHONPATH", path)
    return lambda name: Child(f"work_of_a_test:{name}", {"number": 7}, tmp_path, show=False)


def test_messages_come_back_and_neither_prints_nor_input_get_in_between(child):
    with child("talk") as process:
        assert list(process.messages(5)) == [{"got": 7, "input": "is empty"}]


def test_loop_without_an_end_is_stopped_and_its_line_is_named(child):
    with child("loop") as process, pytest.raises(StoppedError) as stopped:
        list(process.messages(5))
    line = WORK.splitlines().index("    while True: pass") + 1
    assert "within 0.3 s: a loop without an end?" in str(stopped.value)
    assert str(stopped.value).endswith(f"work_of_a_test.py, line {line}, in loop")


def test_crash_after_the_time_limit_is_no_other_verdict(child):
    # faulthandler reads the stack of what is running, which once in a while ends the process
    with child("ends_while_it_is_watched") as process, pytest.raises(StoppedError) as stopped:
        list(process.messages(5))
    assert "within 0.2 s: a loop without an end?" in str(stopped.value)
    with child("late_but_goes_on") as process, pytest.raises(StoppedError, match="ended with exit code 9"):
        list(process.messages(5))


def test_each_message_restarts_the_time_limit(child):
    started = time.monotonic()
    with child("slowly") as process:
        assert [message["number"] for message in process.messages(5)] == [0, 1, 2, 3]
    assert time.monotonic() - started > 2.0 + 0.5, "longer in all than one limit allows"


def test_signal_that_ended_the_child_is_named(child):
    with child("killed") as process, pytest.raises(StoppedError, match="by SIGKILL: out of memory"):
        list(process.messages(5))


def test_end_of_the_child_is_the_end_of_what_it_has_started(child):
    with child("parent") as process:
        pid = next(process.messages(5))["pid"]
        os.kill(pid, 0)
    for _ in range(50):
        try:
            with open(f"/proc/{pid}/stat", encoding="utf-8") as file:
                gone = file.read().rpartition(")")[2].split()[0] == "Z"
        except FileNotFoundError:
            gone = True
        if gone:
            break
        time.sleep(0.1)
    assert gone
    assert process.process.returncode == -signal.SIGKILL


def test_array_that_is_too_large_is_an_error_and_not_the_end_of_the_machine(child):
    with child("hungry") as process:
        assert list(process.messages(5)) == [{"refused": True}]


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system")
def test_fork_of_the_child_ends_at_once_and_says_nothing(child):
    with child("forks") as process:
        assert list(process.messages(5)) == [{"pid": process.process.pid}]


def test_child_ends_when_its_parent_does(child, tmp_path):
    command = [sys.executable, "-m", "compare.learner.child", "work_of_a_test:loop", "{}"]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    with process:
        assert b"loop" in process.stdout.readline()
        process.stdin.close()
        assert process.wait(timeout=10) == 1
