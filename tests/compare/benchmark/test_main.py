"""``python -m compare.benchmark``: what it measures, prints and writes; wrong usage."""

import json

import pytest
import torch
from threadpoolctl import threadpool_info

from compare import threads
from compare.benchmark import __main__ as command
from compare.benchmark import implementations as made
from compare.benchmark import report, workload
from compare.benchmark.implementations import (
    COMPILED,
    ON_CPU,
    ON_CUDA,
    ONE_SAMPLE,
)
from compare.benchmark.workload import IRIS, WORKLOADS, Workload


def test_command_measures_prints_draws_and_writes(capsys, tmp_path, monkeypatch):
    tiny = [Workload((4, 10, 3), 120, epochs=2), Workload((6, 8, 3), 20, epochs=1, large=True)]
    monkeypatch.setattr(workload, "WORKLOADS", tiny)
    monkeypatch.setattr(workload, "IRIS", tiny[0])
    monkeypatch.setattr(report, "IRIS", tiny[0])
    monkeypatch.setattr(made, "IRIS", tiny[0])
    without_compiler = {name: prepare for name, prepare in ON_CPU.items() if name != COMPILED}
    monkeypatch.setattr(made, "ON_CPU", without_compiler)
    monkeypatch.setattr(command, "warn_if_busy", lambda threads: None)
    paths = tmp_path / "times.json", tmp_path / "times.svg"
    argv = ["--rounds", "2", "--threads", "1", "--device", "cpu"]
    assert command.main([*argv, "--json", str(paths[0]), "--plot", str(paths[1])]) == 0
    out, err = capsys.readouterr()
    assert err.splitlines() == [f"benchmark: {one.name}, 2 rounds" for one in tiny], (
        "progress without a terminal"
    )
    assert "4-10-3 at 120 samples: median of 2 rounds of 2 epochs" in out
    found = json.loads(paths[0].read_text(encoding="utf-8"))
    assert (found["schema"], found["threads"]) == ("benchmark/1", 1)
    assert [one["name"] for one in found["workloads"]] == [one.name for one in tiny]
    for one in found["workloads"]:
        names = [entry["name"] for entry in one["contestants"]]
        assert {made.NUMPY, made.BARE, made.EAGER, made.SKLEARN} <= set(names)
        assert all(len(entry["seconds"]) == 2 for entry in one["contestants"])
    marks = {mark["text"]: mark for mark in found["marks"]}
    assert f"{tiny[0].name}: NumPy / {made.BARE}" in marks
    assert f"{tiny[1].name}: NumPy's peak memory / what must be held" in marks
    assert all(f"{mark['value']:.2f}" in out for mark in marks.values())
    assert paths[1].read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(
    ("quick", "given", "left_out"),
    [(False, IRIS, set()), (False, WORKLOADS[1], {ONE_SAMPLE}), (True, IRIS, set()),
     (True, WORKLOADS[1], {ONE_SAMPLE, COMPILED})],
)  # fmt: skip
def test_compiling_is_left_out_of_quick_large_networks_and_one_sample_of_all(quick, given, left_out):
    for device, names in (("cpu", set(ON_CPU)), ("auto", set(ON_CPU | ON_CUDA))):
        assert set(made.chosen(given, device, quick)) == names - left_out


def test_threads_are_set_for_both_libraries_and_put_back():
    # the tests run with one thread
    before = torch.get_num_threads(), [pool["num_threads"] for pool in threadpool_info()]
    with threads.threads(2):
        assert torch.get_num_threads() == 2
        assert {pool["num_threads"] for pool in threadpool_info()} == {2}
    assert (torch.get_num_threads(), [pool["num_threads"] for pool in threadpool_info()]) == before


@pytest.mark.parametrize(("load", "count", "noted"), [(0.2, 2, False), (1.2, 2, True), (1.2, 1, False)])
def test_busy_machine_is_noted(load, count, noted, capsys, monkeypatch):
    monkeypatch.setattr(command.os, "getloadavg", lambda: (load, 0, 0), raising=False)
    monkeypatch.setattr(command, "available_cores", lambda: 2)
    command.warn_if_busy(count)
    out, err = capsys.readouterr()
    assert (out, f"load {load} on 2 cores" in err) == ("", noted)


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--threads", "0"], "expected a whole number of 1 or more, got '0'"),
        (["--rounds", "none"], "expected a whole number from 1 to 10000, got 'none'"),
        (["--threads", "99999"], "the cores of this machine, got 99999"),
        (["--rounds", "3", "--quick"], "not allowed with argument"),
        (["--device", "tpu"], "invalid choice: 'tpu'"),
        (["--plot", "times.pdf"], "expected a name that ends with .png or .svg, got 'times.pdf'"),
        (["--json", "/nowhere/times.json"], "/nowhere"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(argv, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(argv)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_missing_gpu_is_exit_code_3(capsys):
    assert command.main(["--device", "cuda"]) == 3
    assert "--device cuda" in capsys.readouterr().err


@pytest.mark.parametrize(("value", "threads"), [("1", 1), ("none", 7), ("0", 7), ("99999", 7), (None, 7)])
def test_threads_are_those_of_omp_num_threads_where_it_names_some(value, threads, monkeypatch):
    monkeypatch.setattr(command, "available_cores", lambda: 7)
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    if value:
        monkeypatch.setenv("OMP_NUM_THREADS", value)
    assert command.parser().parse_args([]).threads == threads
