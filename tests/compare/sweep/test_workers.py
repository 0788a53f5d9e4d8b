"""Worker processes: the same records as without them, none left behind, and the progress that is shown."""

import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from compare.sweep import __main__ as main_module
from compare.sweep.runs import Run
from compare.sweep.workers import measure_all

ROOT = Path(__file__).parents[3]


def children(pid):
    """The worker processes that a process has started and that still run (Linux)."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            status = (folder / "status").read_text(encoding="utf-8")
            words = (folder / "cmdline").read_text(encoding="utf-8")
        except OSError:
            continue
        if f"\nPPid:\t{pid}\n" in status and "loky" in words and "resource_tracker" not in words:
            found.append(int(folder.name))
    return found


@pytest.mark.slow
def test_two_workers_give_the_same_records_as_none_and_leave():
    runs = [Run("iris", (hidden,), 0.1, 0, 20, "numpy", 0.1) for hidden in (2, 5, 10)]
    records = [
        {replace(record, seconds=0) for one in measure_all(runs, jobs) for record in one} for jobs in (1, 2)
    ]
    assert records[0] == records[1]
    assert len(records[0]) == 3
    assert not children(os.getpid())


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="looks for workers in /proc")
def test_ctrl_c_of_a_terminal_stops_the_workers_too(tmp_path, lines_of):
    arguments = ["--hidden", "10", "--lr", "0.1", "--seeds", "100", "--epochs", "1000", "--jobs", "2"]
    with subprocess.Popen(
        [sys.executable, "-m", "compare.sweep", *arguments, "--out", str(tmp_path)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        start_new_session=True,
    ) as process:  # fmt: skip
        first = next(line for line in process.stderr if line.startswith("sweep: "))
        workers = children(process.pid)
        os.killpg(process.pid, signal.SIGINT)
        out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (130, "")
    assert first == "sweep: 10 of 100 runs\n"
    done = len(lines_of(tmp_path))
    assert 10 <= done < 100
    assert err.splitlines()[-1] == f"stopped: {done} of 100 runs are done; the same command resumes"
    assert "Traceback" not in err
    assert "Warning" not in err
    assert len(workers) == 2
    assert not any(Path(f"/proc/{pid}").exists() for pid in workers)


def test_terminal_gets_a_bar_and_no_plain_lines(terminal, small):
    with terminal() as stderr:
        assert main_module.main([*small, "--seeds", "1"]) == 0
    assert "4/4" in stderr.getvalue()
    assert "of 4 runs" not in stderr.getvalue()
