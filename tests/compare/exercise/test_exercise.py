"""The exercise as its learner meets it: written, filled in, broken in every way, checked."""

import re
import shutil
import subprocess
import sys
from pathlib import Path
from textwrap import indent

import pytest

from compare import run
from compare.exercise import __main__ as exercise
from compare.exercise.check import check
from compare.exercise.pieces import LEVELS, PIECES
from compare.learner import child
from compare.learner import supervised as judge
from compare.learner.loading import load
from compare.learner.package import find

ROOT = Path(__file__).parents[3]
NAMES = [piece.name for piece in PIECES]


# Writing the exercise


@pytest.mark.parametrize("level", LEVELS)
def test_written_package_needs_no_more_than_numpy_and_numpy_mlp(tmp_path, command, level):
    assert command(exercise, "new", tmp_path / "my_network", "--level", level)[0] == 0
    code = "import sys, my_network; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=True,
    )
    loaded = {name.partition(".")[0] for name in found.stdout.split()}
    assert not loaded & {"torch", "sklearn", "matplotlib", "tqdm", "compare"}


def test_new_never_overwrites(tmp_path, command):
    kept = tmp_path / "mine"
    kept.mkdir()
    (kept / "work.txt").write_text("mine", encoding="utf-8")
    code, out, err = command(exercise, "new", kept)
    assert (code, out) == (2, "")
    assert "nothing is overwritten" in err
    assert [file.name for file in kept.iterdir()] == ["work.txt"]


@pytest.mark.parametrize("name", ["my-network", "class", "3d", "numpy", "json", "absent/mine"])
def test_name_that_cannot_be_imported_is_refused_in_one_line(tmp_path, command, name):
    code, out, err = command(exercise, "new", tmp_path / name)
    assert (code, out, err.count("\n")) == (2, "", 1)
    assert not list(tmp_path.iterdir())


def test_interrupted_writing_leaves_nothing_behind(tmp_path, command, monkeypatch):
    monkeypatch.setattr(Path, "rename", lambda *_: (_ for _ in ()).throw(OSError("full")))
    assert command(exercise, "new", tmp_path / "mine")[0] == 2
    assert not list(tmp_path.iterdir())


# Checking it


@pytest.mark.slow
def test_original_bodies_are_12_of_12(tmp_path, command, no_child, solved):
    folder = solved(tmp_path / "mine")
    code, out, _ = command(exercise, "check", folder)
    assert code == 0
    assert "12 of 12 done" in out
    assert [line.split(maxsplit=1)[1] for line in out.splitlines() if line.startswith("done ")] == NAMES


@pytest.mark.slow
def test_nothing_filled_in_is_0_of_12_and_says_what_to_do_first(tmp_path, command, no_child):
    command(exercise, "new", tmp_path / "mine")
    code, out, _ = command(exercise, "check", tmp_path / "mine")
    assert code == 1
    assert out.endswith("0 of 12 done · next: Linear.forward\n")
    assert out.count("not written yet") == 12


# a loop that waits takes no core from the tests beside it; one that computes has its test in test_child.py
LOOP = "import time\nwhile True: time.sleep(1)\n"
LEAVE = "import os; os._exit(9)\n"
BROKEN = {
    "Linear.forward": ("linear.py", "        return y\n", "        return list(y)\n"),
    "Linear.backward": ("linear.py", "        if not needs", f"        {LEAVE}\n        if not needs"),
    "ReLU.forward": ("relu.py", "self.mask = x > 0", "print('{}')\n        self.mask = x >= 0"),
    "ReLU.backward": ("relu.py", "return grad_output * self.mask", "return grad_output * self.masc"),
    "log_softmax": ("cross_entropy.py", "def log_softmax(", "def log_of_softmax("),
    "CrossEntropyLoss.backward": (
        "cross_entropy.py", "grad_logits = np.exp(log_p)\n", "grad_logits = np.zeros((10**6, 10**6))\n"
    ),
    "MLP.forward": ("mlp.py", "x = layer.forward(x)", "x = self.forward(x)"),
    "MLP.backward": ("mlp.py", "        grad: Any = grad_logits", "        exit(3)"),
    "SGD.step": ("sgd.py", "if update is None:", "if param.grad is None"),
    "train's step": ("training.py", "                optimizer.zero_grad()\n", ""),
    "summary.count": ("summary.py", "    kind =", indent(LOOP, "    ") + "    kind ="),
}  # fmt: skip

SAID = {
    "Linear.forward": "TypeError: '>' not supported between instances of 'list' and 'int'\n      raised",
    "Linear.backward": "its process ended with exit code 9, without a word: does it call os._exit()?",
    "ReLU.forward": "array     dL/dfc1, shape (16, 8)\n      where     gate backward, scenario at zero",
    "ReLU.backward": "AttributeError: 'ReLU' object has no attribute 'masc'\n      in mine/relu.py, line ",
    "log_softmax": "cross_entropy.py has no log_softmax any more",
    "CrossEntropyLoss.backward": "MemoryError: Unable to allocate",
    "MLP.forward": "RecursionError: maximum recursion depth exceeded ... \n      in mine/mlp.py, line ",
    "MLP.backward": "it called exit(3), where a result was to be returned\n      in mine/mlp.py, line ",
    "SGD.step": "SyntaxError: expected ':'\n      in mine/sgd.py, line ",
    "train's step": "array     fc1.weight after epochs 1 to 200 ... scenario training beside scikit-learn",
    "summary.count": "within 3 s: a loop without an end?\n      in mine/summary.py, line ",
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory, solved):
    """The table of a package of which every piece but one is broken, each in its own way."""
    folder = solved(tmp_path_factory.mktemp("broken") / "mine", *BROKEN.values())
    from compare.exercise.check import table

    return table(check(folder, 3.0, level="line"))


@pytest.mark.slow
@pytest.mark.parametrize("name", SAID)
def test_each_breakage_gives_its_own_paragraph(broken, name):
    (paragraph,) = re.findall(rf"^wrong            {re.escape(name)}\n((?:    .*\n)+)", broken, re.MULTILINE)
    assert all(part in paragraph for part in SAID[name].split(" ... "))


@pytest.mark.slow
def test_broken_pieces_hide_neither_a_right_one_nor_each_other(broken):
    assert "done             CrossEntropyLoss.forward\n" in broken
    assert broken.endswith("1 of 12 done · next: Linear.forward")
    assert "Traceback" not in broken
    assert str(ROOT) not in broken


@pytest.mark.slow
def test_wrong_piece_is_named_by_the_bug_lab(broken):
    assert "diagnosis: mask-greater-or-equal" in broken
    assert "look at   ReLU.forward in mine/relu.py" in broken
    training = broken.partition("train's step")[2]
    assert "diagnosis: zero-grad-forgotten" in training


def test_check_of_no_package_is_wrong_usage(tmp_path, command):
    for path in (tmp_path / "absent", tmp_path):
        code, out, err = command(exercise, "check", path)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_time_limit_must_be_positive(command, tmp_path):
    assert command(exercise, "check", tmp_path, "--timeout", "0")[0] == 2


# The whole package through all gates

FAST = ["--epochs", "5", "--dtype", "float32", "--device", "cpu"]


@pytest.mark.slow
def test_original_bodies_pass_all_gates_and_prints_stay_out_of_the_report(tmp_path, command, solved):
    hello = ("linear.py", "        weight, bias =", "        print('hello')\n        weight, bias =")
    code, out, err = command(run, "--numpy", solved(tmp_path / "mine", hello), *FAST)
    assert code == 0, err
    assert "AGREE" in out
    assert "hello" not in out
    assert "hello" in err


@pytest.mark.slow
def test_wrong_package_disagrees_at_its_first_array(tmp_path, command, no_child, solved):
    folder = solved(tmp_path / "mine", ("linear.py", "        y += bias", "        y += 0 * bias"))
    code, out, _ = command(run, "--numpy", folder, *FAST)
    assert code == 1
    assert "first to disagree:\n  array     fc1" in out


@pytest.mark.slow
def test_fuzz_takes_a_learners_package_and_its_command_names_it(tmp_path, command, no_child, solved):
    change = ("relu.py", "self.mask = x > 0", "self.mask = x >= 0")
    folder = solved(tmp_path / "mine", change)
    code, out, _ = command(run, "--numpy", folder, "--fuzz", 60, "--device", "cpu")
    assert code == 1
    assert f"--device cpu --numpy {folder}" in out


AT_IMPORT = {
    "syntax": ("relu.py", "class ReLU:", "class ReLU", 1, "SyntaxError: expected ':'\n  in mine/relu.py"),
    "exception": ("relu.py", "class ReLU:", "1 / 0\n\n\nclass ReLU:", 1, "ZeroDivisionError: division by"),
    "exit": ("sgd.py", "class SGD:", "exit()\n\n\nclass SGD:", 1, "it called exit(None)"),
    "names": ("__init__.py", "from mine.sgd import SGD", "", 2, "the package lacks SGD"),
}
ENDS_ITS_PROCESS = {
    "loop": ("mlp.py", "class MLP:", f"{LOOP}\n\nclass MLP:", 1, "a loop without an end?\n  in mine/mlp.py"),
    "os._exit": ("sgd.py", "class SGD:", f"{LEAVE}\n\nclass SGD:", 1, "ended with exit code 9"),
    "input": ("sgd.py", "class SGD:", "input()\n\n\nclass SGD:", 1, "EOFError"),
}


@pytest.fixture
def assert_one_paragraph(tmp_path, command, solved):
    """Run a package with a change through the gates: it can't be imported, which takes one paragraph."""

    def check(file, old, new, code, said, *options):
        folder = solved(tmp_path / "mine", (file, old, new))
        found, out, err = command(run, "--numpy", folder, "--timeout", 1, *FAST, *options)
        assert (found, out) == (code, "")
        assert said in err
        assert "Traceback" not in err
        assert err.startswith("mine: ")
        assert len(err.splitlines()) <= 2 + (code == 2)  # what is missing, and from where it can come

    return check


@pytest.mark.parametrize("case", AT_IMPORT.values(), ids=AT_IMPORT)
def test_package_that_cannot_be_imported_gives_one_paragraph(assert_one_paragraph, no_child, case):
    assert_one_paragraph(*case)


@pytest.mark.slow
@pytest.mark.parametrize("case", ENDS_ITS_PROCESS.values(), ids=ENDS_ITS_PROCESS)
def test_package_whose_import_ends_or_holds_its_process_gives_one_paragraph(assert_one_paragraph, case):
    assert_one_paragraph(*case, "--quiet")  # no second process looks for the piece at fault


@pytest.mark.slow
def test_unwritten_package_is_sent_to_the_exercise(tmp_path, command, no_child):
    command(exercise, "new", tmp_path / "mine")
    code, out, err = command(run, "--numpy", tmp_path / "mine", *FAST)
    assert (code, out) == (1, "")
    assert "NotImplementedError: write " in err
    assert "python -m compare.exercise check" in err


def test_no_such_package_is_wrong_usage(tmp_path, command):
    for target in (tmp_path / "absent", "no_such_module", "sys", tmp_path):
        code, out, err = command(run, "--numpy", target, *FAST)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_package_is_found_by_its_module_name_and_loaded_beside_one_of_the_same_name(tmp_path):
    import numpy_mlp

    assert find("numpy_mlp") == ROOT / "numpy_mlp"
    other = shutil.copytree(ROOT / "numpy_mlp", tmp_path / "numpy_mlp")
    copy = load(other)
    assert Path(copy.__file__).parent == other
    assert sys.modules["numpy_mlp"] is numpy_mlp
    assert Path(numpy_mlp.__file__).parent == ROOT / "numpy_mlp"


# The child


@pytest.mark.parametrize("module", ["compare.exercise", "compare.run"])
def test_help_does_not_wait_for_torch(module):
    code = f"""
import runpy, sys
sys.argv = ["x", "--help"]
try: runpy.run_module({module!r}, run_name="__main__")
except SystemExit: pass
print(*sys.modules, file=sys.stderr)"""
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True
    )
    assert not {"torch", "sklearn", "matplotlib"} & set(result.stderr.split())


def test_child_that_ends_early_is_said_to(tmp_path):
    with (
        child.Child("compare.absent:work", {}, tmp_path, show=False) as process,
        pytest.raises(child.StoppedError, match="ended with exit code 1"),
    ):
        list(process.messages(1))


def test_quiet_child_says_nothing(tmp_path, command, no_child, solved):
    folder = solved(tmp_path / "mine", ("sgd.py", "class SGD:", "exit()\n\n\nclass SGD:"))
    assert command(run, "--numpy", folder, *FAST, "--quiet")[:2] == (1, "")
    assert judge.DISAGREE == 1
