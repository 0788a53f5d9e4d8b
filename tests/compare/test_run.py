"""``python -m compare.run`` as its users meet it: text, JSON, exit codes."""

import json
import math
import os
import signal
import subprocess
import sys
import time

import pytest

import numpy_mlp
from compare.gate import GATES

FAST = ["--epochs", "20", "--dtype", "float32"]


@pytest.fixture
def faulty(monkeypatch):
    """NumPy's Linear without its bias."""

    def forward(self, x):
        self.x = x
        return x @ self.weight.data.T

    monkeypatch.setattr(numpy_mlp.Linear, "forward", forward)


@pytest.fixture
def no_search(monkeypatch):
    """What is none of the known bugs stays unknown at once: the search for an edit has its own tests."""
    monkeypatch.setattr("compare.bugs.diagnosis.explain", lambda *_: (None, False))


def test_agreement_exits_0_with_a_line_for_each_gate(compare):
    code, out, err = compare(*FAST)
    assert code == 0
    gates = [gate.split()[0] for gate in GATES]
    assert [line.split()[1] for line in out.splitlines() if line[:1].isdigit() and " agree " in line] == gates
    assert "AGREE: " in out
    assert "83 parameters" in out
    assert err.startswith("device: ")
    assert "\033[" not in out, "no colour where there is no terminal"


def test_disagreement_exits_1_and_names_the_first_array(compare, faulty):
    code, out, _ = compare(*FAST)
    assert code == 1
    assert "DISAGREE" in out
    report = out[out.index("first to disagree") :]
    for part in (
        "array     fc1, shape (120, 10)",
        "y = x W^T + b",
        "at        [",
        "NumPy  ",
        "PyTorch  ",
        "ulp",
    ):
        assert part in report


def test_verbose_has_a_line_for_each_array(compare):
    code, out, _ = compare(*FAST, "-v")
    assert code == 0
    lines = [line.split() for line in out.splitlines() if line.startswith("  ")]
    assert [line for line in lines if line[:5] == ["backward", "float32", "cpu", "fresh", "dL/drelu"]]
    assert sum("pass" in line for line in lines) > 300


def test_verbose_says_what_is_wrong_with_what_can_not_be_compared(compare, no_search, monkeypatch):
    monkeypatch.setattr(numpy_mlp.ReLU, "backward", lambda self, grad: None)
    code, out, _ = compare(*FAST, "-v")
    assert code == 1
    assert "dL/dfc1" in out
    assert "missing" in out


def test_quiet_prints_nothing(compare, faulty):
    assert compare(*FAST, "-q") == (1, "", "")


def test_json_on_stdout_stands_alone_and_has_the_documented_keys(compare):
    code, out, err = compare("--epochs", 20, "--json", "-")
    assert code == 0
    report = json.loads(out)
    assert report["schema"] == "compare/1"
    assert report["verdict"] == "agree"
    assert report["parameters"] == {"numpy": 83, "torch": 83}
    assert report["first_divergence"] is None
    keys = {
        "scenario", "gate", "dtype", "device", "tensor", "shape", "status", "max_abs", "max_ulp",
        "budget_used", "worst_index", "numpy", "torch", "closer",
    }  # fmt: skip
    assert all(keys <= check.keys() for check in report["checks"])
    assert {check["status"] for check in report["checks"]} == {"pass"}
    assert {check["dtype"] for check in report["checks"]} == {"float32", "float64"}
    assert all({"epoch", "dtype", "pair", "self_noise", "limit"} <= p.keys() for p in report["trajectory"])
    assert len(report["predictions"]) == 60
    assert {"numpy", "torch", "python"} <= report["environment"].keys()
    assert "AGREE" in err, "the report for people gives way to stderr"


def test_json_file_is_valid_even_with_numbers_that_json_lacks(compare, no_search, monkeypatch, tmp_path):
    monkeypatch.setattr(numpy_mlp.ReLU, "forward", lambda self, x: x * math.nan)
    path = tmp_path / "report.json"
    code, _, _ = compare(*FAST, "--json", path)
    assert code == 1
    report = json.loads(
        path.read_text(encoding="utf-8"), parse_constant=lambda name: pytest.fail(f"{name} is not JSON")
    )
    assert report["verdict"] == "disagree"
    assert report["first_divergence"]["tensor"] == "relu"
    assert [p.name for p in tmp_path.iterdir()] == ["report.json"]


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--epochs", "0"], "expected a whole number of 1 or more, got '0'"),
        (["--epochs", "many"], "expected a whole number of 1 or more, got 'many'"),
        (["--hidden", "0"], "expected a whole number of 1 or more, got '0'"),
        (["--hidden"], "expected at least one argument"),
        (["--seed", "-1"], "expected a whole number from 0 to 4294967295"),
        (["--seed", str(2**32)], "expected a whole number from 0 to 4294967295"),
        (["--dataset", "tulips"], "got 'tulips'"),
        (["--device", "gpu"], "expected auto, cpu, cuda or cuda:N, got 'gpu'"),
        (["--dtype", "float16"], "invalid choice: 'float16'"),
        (["--quick", "--epochs", "5"], "not allowed with argument"),
        (["-q", "-v"], "not allowed with argument"),
        (["--json", "/no/such/folder/report.json"], "does not exist; create it first"),
        (["--json", "."], "is a folder"),
        (["--what"], "unrecognized arguments: --what"),
    ],
)
def test_wrong_usage_exits_2_with_one_line(compare, args, message):
    code, out, err = compare(*args)
    assert code == 2
    assert out == ""
    assert message in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize("args", [["--device", "cuda:99"], ["--device", "cpu", "--precision", "tf32"]])
def test_absent_device_exits_3_and_never_falls_back(compare, args):
    code, out, err = compare(*args)
    assert code == 3
    assert out == ""
    assert "cpu or auto" in err or "needs a CUDA device" in err


def test_device_all_compares_on_every_device(compare):
    code, out, _ = compare(*FAST, "--device", "all")
    assert code == 0
    assert "AGREE" in out


def test_colour_only_on_a_terminal_and_without_no_color(monkeypatch):
    from compare.report.text import GREEN, painted

    class Terminal:
        def isatty(self):
            return True

    monkeypatch.delenv("NO_COLOR", raising=False)
    assert painted("agree", GREEN, Terminal()).startswith(GREEN)
    monkeypatch.setenv("NO_COLOR", "1")
    assert painted("agree", GREEN, Terminal()) == "agree"


def test_ctrl_c_stops_with_one_line_and_130():
    process = subprocess.Popen(
        [sys.executable, "-m", "compare.run", "--dtype", "float32"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )  # fmt: skip
    for line in process.stdout:
        if line.startswith("6 referees"):
            break
    time.sleep(0.5)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "training stopped at epoch" in err
    assert "Traceback" not in err


def test_help_does_not_wait_for_torch():
    code = """
import runpy, sys
sys.argv = ["run", "--help"]
try:
    runpy.run_module("compare.run", run_name="__main__")
except SystemExit:
    pass
assert not {"torch", "sklearn", "matplotlib"} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True, stdout=subprocess.DEVNULL)


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (
            ["--self-test", "--inject", "mean-forgotten"],
            "--self-test makes no use of --inject: leave out one",
        ),
        (["--self-test", "--json", "a"], "--self-test makes no use of --json"),
        (["--self-test", "--hidden", "20", "-q"], "--self-test makes no use of --hidden, --quiet"),
        (["--self-test", "--fuzz", "3"], "makes no use of --"),
        (["--fuzz", "3", "--quick"], "--fuzz makes no use of --epochs"),
        (["--fuzz", "3", "--dataset", "wine"], "--fuzz makes no use of --dataset"),
        (["--fuzz", "3", "-v"], "--fuzz makes no use of --verbose"),
        (["--fuzz", "3", "--out", "here"], "--fuzz makes no use of --out"),
        (["--fuzz", str(10**12)], "expected a whole number from 1 to 4294967296"),
        (["--timeout", "5"], "--timeout limits the package of --numpy: leave it out"),
        (["--inject", "mean-forgotten", "--numpy", "numpy_mlp"], "leave out --numpy"),
        (["--json", "a.svg", "--plot", "./a.svg"], "--json and --plot name the same place"),
        (["--json", "a", "--out", "a"], "--json and --out name the same place"),
        (["--json", "kept/report.html", "--out", "kept"], "--out writes report.html itself"),
        (["--plot", "kept/agreement.png", "--out", "kept"], "--out writes agreement.png itself"),
        (["--json", ""], "expected a name, got ''"),
        (["--out", ""], "expected a name, got ''"),
        (["--numpy", ""], "expected a package's folder or module name, got ''"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_flags_that_contradict_each_other_are_refused_in_one_line(
    compare, tmp_path, monkeypatch, args, message
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "kept").mkdir()
    code, out, err = compare(*args)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert message in err
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    "args", [["--epochs", 10**14], ["--epochs", 10**23], ["--hidden", 999999999, "--quick"]]
)
def test_what_no_memory_holds_is_refused_with_its_size_and_is_no_disagreement(compare, args):
    code, out, err = compare(*args, "--device", "cpu")
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert "B, and this machine has " in err


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="sends a signal")
@pytest.mark.parametrize("module", ["numpy_mlp", "torch_mlp", "compare.run", "compare"])
def test_ctrl_c_while_numpy_is_imported_prints_one_line(tmp_path, module):
    # a numpy that takes long, found before the real one
    (tmp_path / "numpy").mkdir()
    slow = "import time\nprint('importing', flush=True)\ntime.sleep(30)\n"
    (tmp_path / "numpy" / "__init__.py").write_text(slow, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, "-m", module, "--help"], cwd=tmp_path,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, encoding="utf-8",
    )  # fmt: skip
    assert process.stdout.readline() == "importing\n"
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=20) == ("", "\nstopped\n")
    assert process.returncode == 130


TWO_EPOCHS = ["--epochs", "2", "--dtype", "float32", "--device", "cpu"]


@pytest.mark.slow
@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="no such device here")
def test_report_for_which_the_disk_has_no_room_is_no_agreement():
    # a process: what is left in the buffer is written once more at its end
    with open("/dev/full", "wb") as stdout:
        found = subprocess.run(
            [sys.executable, "-m", "compare.run", *TWO_EPOCHS],
            stdout=stdout, stderr=subprocess.PIPE, text=True, encoding="utf-8", check=False,
        )  # fmt: skip
    assert found.returncode == 2
    assert "Traceback" not in found.stderr
    assert "Exception ignored" not in found.stderr


@pytest.mark.skipif(os.name != "posix", reason="closed pipes are POSIX's")
def test_report_that_nobody_reads_is_no_agreement(compare, monkeypatch):
    reader, writer = os.pipe()
    os.close(reader)
    with open(writer, "w", encoding="utf-8") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        code, _, err = compare(*TWO_EPOCHS)
    assert code == 2
    assert "error" not in err


def test_hint_of_a_disagreement_is_in_the_requested_language(compare, faulty):
    code, out, _ = compare(*FAST, "--lang", "zh")
    assert code == 1
    assert "最先不一致的是：\n  数组      fc1，形状 (120, 10)\n" in out
    assert "\n由它引起的：\n" in out
    assert "DISAGREE: " in out, "the table and the verdict are the same in every language"
