"""The exercise as its learner meets it: written, filled in, broken in every way, checked."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from compare import child, judge, run
from compare.exercise import __main__ as exercise
from compare.exercise import skeleton
from compare.exercise.check import check
from compare.exercise.pieces import LEVELS, PIECES
from compare.learner import find, load

ROOT = Path(__file__).parents[1]
NAMES = [piece.name for piece in PIECES]


@pytest.fixture
def command(capfd):
    """Run ``python -m compare.exercise`` or ``compare.run`` in this process; exit code, stdout, stderr."""

    def call(module, *args):
        try:
            code = module.main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
        return code, *capfd.readouterr()

    return call


def solved(folder, *changes):
    """Write a package with the original bodies, some of them changed: (file, old text, new text)."""
    folder.mkdir(parents=True)
    for file in (ROOT / "numpy_mlp").glob("*.py"):
        if file.name != "__main__.py":
            text = re.sub(r"\bnumpy_mlp\b", folder.name, file.read_text(encoding="utf-8"))
            for name, old, new in changes:
                if name == file.name:
                    assert text.count(old) >= 1, (name, old)
                    text = text.replace(old, new, 1)
            (folder / file.name).write_text(text, encoding="utf-8")
    return folder


# Writing the exercise


def function(source, piece):
    """The function of a piece, and the statements that follow its docstring."""
    node = ast.parse(source)
    for name in piece.path:
        (node,) = [child for child in node.body if getattr(child, "name", None) == name]
    has_docstring = ast.get_docstring(node) is not None
    return node, node.body[has_docstring:]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
@pytest.mark.parametrize("level", LEVELS)
def test_body_of_every_piece_is_gone_and_an_error_says_what_to_write(piece, level):
    source = skeleton.package("mine", level)[piece.file]
    node, body = function(source, piece)
    if piece.name == skeleton.STEP:
        loop = max((n for n in ast.walk(node) if isinstance(n, ast.For)), key=lambda n: n.col_offset)
        assert len(loop.body) == 2, "the error, and the sum of the losses"
        body = loop.body[:1]
    assert len(body) == 1
    assert isinstance(body[0], ast.Raise)
    assert ast.literal_eval(body[0].exc.args[0]) == piece.task(level)


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_formulas_keep_docstring_and_comments_as_they_stand_in_the_source(piece):
    source = (ROOT / "numpy_mlp" / piece.file).read_text(encoding="utf-8")
    exercise_source = skeleton.package("numpy_mlp", "formulas")[piece.file]
    node, twin = function(source, piece)[0], function(exercise_source, piece)[0]
    assert ast.get_docstring(node) == ast.get_docstring(twin)
    assert ast.unparse(node.args) == ast.unparse(twin.args)
    if piece.name != skeleton.STEP:
        lines = source.splitlines()[node.lineno : node.end_lineno]
        comments = [line.strip() for line in lines if line.strip().startswith("#")]
        assert all(comment in exercise_source for comment in comments)


def test_outside_of_the_pieces_the_exercise_is_the_source():
    for file, text in skeleton.package("numpy_mlp", "formulas").items():
        source = (ROOT / "numpy_mlp" / file).read_text(encoding="utf-8")
        added = [line for line in text.splitlines() if line not in source.splitlines()]
        if file not in {piece.file for piece in PIECES}:
            assert text == source
        # the errors, over several lines, and comments that have moved to the margin
        assert all(re.match(r'\s+(raise NotImplementedError\(|"|\)|#)', line) for line in added), added


def test_levels_give_formulas_then_shapes_then_nothing():
    formulas, shapes, signatures = (skeleton.package("mine", level)["linear.py"] for level in LEVELS)
    assert "dL/dW = (dL/dy)ᵀ x" in formulas
    assert "x Wᵀ" not in shapes
    assert "dL/d" not in shapes
    assert "(out, N) @ (N, in) -> (out, in)" in shapes
    assert "ValueError: x is not (N, in)." in shapes
    assert "->" not in re.sub(r"\) ->.*:", "", signatures)
    assert function(signatures, PIECES[0])[0].body[0].lineno - function(signatures, PIECES[0])[0].lineno == 1
    for text in (shapes, signatures):
        assert '"""Write Linear.forward, Linear.backward.' in text
    for level in LEVELS[1:]:
        for piece in PIECES:
            if piece.name != skeleton.STEP:
                node, _ = function(skeleton.package("mine", level)[piece.file], piece)
                assert "=" not in (ast.get_docstring(node) or ""), piece.name
                assert piece.formula not in ast.unparse(node)


@pytest.mark.parametrize("level", LEVELS)
def test_written_package_needs_numpy_alone(tmp_path, command, level):
    assert command(exercise, "new", tmp_path / "my_network", "--level", level)[0] == 0
    code = "import sys, my_network; print(*sys.modules)"
    found = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in found.stdout.split()}
    assert not loaded & {"numpy_mlp", "torch", "sklearn", "matplotlib", "tqdm", "compare"}


def test_new_never_overwrites(tmp_path, command):
    kept = tmp_path / "mine"
    kept.mkdir()
    (kept / "work.txt").write_text("mine")
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


def test_original_bodies_are_12_of_12(tmp_path, command):
    folder = solved(tmp_path / "mine")
    code, out, _ = command(exercise, "check", folder)
    assert code == 0
    assert "12 of 12 done" in out
    assert [line.split(maxsplit=1)[1] for line in out.splitlines() if line.startswith("done ")] == NAMES


def test_nothing_filled_in_is_0_of_12_and_says_what_to_do_first(tmp_path, command):
    command(exercise, "new", tmp_path / "mine")
    code, out, _ = command(exercise, "check", tmp_path / "mine")
    assert code == 1
    assert out.endswith("0 of 12 done · next: Linear.forward\n")
    assert out.count("not written yet") == 12


LOOP, LEAVE = "while True: pass\n", "import os; os._exit(9)\n"
BROKEN = {
    "Linear.forward": ("linear.py", "        return y\n", "        return list(y)\n"),
    "Linear.backward": ("linear.py", "        if not needs", f"        {LEAVE}\n        if not needs"),
    "ReLU.forward": ("relu.py", "self.mask = x > 0", "print('{}')\n        self.mask = x >= 0"),
    "ReLU.backward": ("relu.py", "return grad_output * self.mask", "return grad_output * self.masc"),
    "log_softmax": ("cross_entropy.py", "def log_softmax(", "def log_of_softmax("),
    "CrossEntropyLoss.backward": (
        "cross_entropy.py", "grad_logits = np.exp(log_p) - target", "grad_logits = np.zeros((10**6, 10**6))"
    ),
    "MLP.forward": ("mlp.py", "x = layer.forward(x)", "x = self.forward(x)"),
    "MLP.backward": ("mlp.py", "        grad: Any = grad_logits", "        exit(3)"),
    "SGD.step": ("sgd.py", "if update is None:", "if param.grad is None"),
    "train's step": ("training.py", "                    optimizer.zero_grad()\n", ""),
    "summary.count": ("summary.py", "    kind = type(layer)", "    while True: pass\n    kind = type(layer)"),
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
    "train's step": "array     losses of training up to epoch 10",
    "summary.count": "within 3 s: a loop without an end?\n      in mine/summary.py, line ",
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory):
    """The table of a package of which every piece but one is broken, each in its own way."""
    folder = solved(tmp_path_factory.mktemp("broken") / "mine", *BROKEN.values())
    from compare.exercise.check import table

    return table(check(folder, 3.0))


@pytest.mark.parametrize("name", SAID)
def test_each_breakage_gives_its_own_paragraph(broken, name):
    (paragraph,) = re.findall(rf"^wrong            {re.escape(name)}\n((?:    .*\n)+)", broken, re.MULTILINE)
    assert all(part in paragraph for part in SAID[name].split(" ... "))


def test_broken_pieces_hide_neither_a_right_one_nor_each_other(broken):
    assert "done             CrossEntropyLoss.forward\n" in broken
    assert broken.endswith("1 of 12 done · next: Linear.forward")
    assert "Traceback" not in broken
    assert str(ROOT) not in broken


def test_wrong_piece_is_named_by_the_bug_lab(broken):
    assert "diagnosis: mask-greater-or-equal" in broken
    assert "look at   ReLU.forward in mine/relu.py" in broken
    training = broken.partition("train's step")[2]
    assert "diagnosis: zero-grad-forgotten" in training


WITHOUT_MASK = [
    ("relu.py", "self.mask: np.ndarray | None = None", "self.seen = None"),
    ("relu.py", "self.mask = x > 0 if is_grad_enabled() else None", "self.seen = x.copy()"),
    ("relu.py", "        if self.mask is None:", "        if self.seen is None:"),
    ("relu.py", "return grad_output * self.mask", "return helper(grad_output, self.seen)"),
    ("relu.py", "class ReLU:", "def helper(grad, x):\n    return grad * (x > 0)\n\n\nclass ReLU:"),
]
# a method of its own puts the layers into the row, not __setattr__
WITHOUT_REGISTER = [
    ("mlp.py", "def __setattr__(self, name: str, value: Any)", "def put(self, name: str, value: Any)"),
    ("mlp.py", "super().__setattr__(name, value)", "setattr(self, name, value)"),
    ("mlp.py", "setattr(self, f", "self.put(f"),
    ("mlp.py", 'setattr(self, "relu"', 'self.put("relu"'),
    ("mlp.py", "self._layers: dict[str, Linear | ReLU] = {}", "self.row = {}"),
    *[("mlp.py", "self._layers", "self.row")] * 4,
]


@pytest.mark.parametrize(
    ("changes", "names"),
    [(WITHOUT_MASK, ["ReLU.forward", "ReLU.backward"]), (WITHOUT_REGISTER, ["MLP.forward", "MLP.backward"])],
    ids=["ReLU", "MLP"],
)
def test_class_that_keeps_something_else_is_right_as_a_whole(tmp_path, changes, names):
    folder = solved(tmp_path / "mine", *changes)
    from compare.exercise.trial import Trial
    from compare.exercise.work import attempt

    said = []

    class Listener:
        def watch(self, limit, **message):
            pass

        def send(self, **message):
            said.append(message["verdict"])

    trial = Trial()
    for piece in (piece for piece in PIECES if piece.name in names):
        attempt(trial, folder, piece, 10, Listener())
    assert said[-1] == "done"
    assert said.count("done") == 2


def test_check_of_no_package_is_wrong_usage(tmp_path, command):
    for path in (tmp_path / "absent", tmp_path):
        code, out, err = command(exercise, "check", path)
        assert (code, out, err.count("\n")) == (2, "", 1)


def test_time_limit_must_be_positive(command, tmp_path):
    assert command(exercise, "check", tmp_path, "--timeout", "0")[0] == 2


# The whole package through all gates

FAST = ["--epochs", "5", "--dtype", "float32", "--device", "cpu"]


def test_original_bodies_pass_all_gates_and_prints_stay_out_of_the_report(tmp_path, command):
    hello = ("linear.py", "        weight, bias =", "        print('hello')\n        weight, bias =")
    code, out, err = command(run, "--numpy", solved(tmp_path / "mine", hello), *FAST)
    assert code == 0, err
    assert "AGREE" in out
    assert "hello" not in out
    assert "hello" in err


def test_wrong_package_disagrees_at_its_first_array(tmp_path, command):
    folder = solved(tmp_path / "mine", ("linear.py", "        y += bias", "        y += 0 * bias"))
    code, out, _ = command(run, "--numpy", folder, *FAST)
    assert code == 1
    assert "first to disagree:\n  array     fc1" in out


def test_fuzz_takes_a_learners_package_and_its_command_names_it(tmp_path, command):
    change = ("relu.py", "self.mask = x > 0", "self.mask = x >= 0")
    folder = solved(tmp_path / "mine", change)
    code, out, _ = command(run, "--numpy", folder, "--fuzz", 60, "--device", "cpu")
    assert code == 1
    assert f"--device cpu --numpy {folder}" in out


AT_IMPORT = [
    ("syntax", ("relu.py", "class ReLU:", "class ReLU"), 1, "SyntaxError: expected ':'\n  in mine/relu.py"),
    ("exception", ("relu.py", "class ReLU:", "1 / 0\n\n\nclass ReLU:"), 1, "ZeroDivisionError: division by"),
    (
        "loop",
        ("mlp.py", "class MLP:", f"{LOOP}\n\nclass MLP:"),
        1,
        "a loop without an end?\n  in mine/mlp.py",
    ),
    ("exit", ("sgd.py", "class SGD:", "exit()\n\n\nclass SGD:"), 1, "it called exit(None)"),
    ("os._exit", ("sgd.py", "class SGD:", f"{LEAVE}\n\nclass SGD:"), 1, "ended with exit code 9"),
    ("input", ("sgd.py", "class SGD:", "input()\n\n\nclass SGD:"), 1, "EOFError"),
    ("names", ("__init__.py", "from mine.sgd import SGD", ""), 2, "the package lacks SGD"),
]


@pytest.mark.parametrize(
    ("change", "code", "said"), [case[1:] for case in AT_IMPORT], ids=[c[0] for c in AT_IMPORT]
)
def test_package_that_cannot_be_imported_gives_one_paragraph(tmp_path, command, change, code, said):
    folder = solved(tmp_path / "mine", change)
    found, out, err = command(run, "--numpy", folder, "--timeout", 1, *FAST)
    assert (found, out) == (code, "")
    assert said in err
    assert "Traceback" not in err
    assert err.startswith("mine: ")
    assert len(err.splitlines()) <= 2


def test_unwritten_package_is_sent_to_the_exercise(tmp_path, command):
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
    other = solved(tmp_path / "numpy_mlp")
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
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert not {"torch", "sklearn", "matplotlib"} & set(result.stderr.split())


def test_child_that_ends_early_is_said_to(tmp_path):
    with (
        child.Child("compare.absent:work", {}, tmp_path, show=False) as process,
        pytest.raises(child.StoppedError, match="ended with exit code 1"),
    ):
        list(process.messages(1))


def test_quiet_child_says_nothing(tmp_path, command):
    folder = solved(tmp_path / "mine", ("sgd.py", "class SGD:", "exit()\n\n\nclass SGD:"))
    assert command(run, "--numpy", folder, *FAST, "--quiet")[:2] == (1, "")
    assert judge.DISAGREE == 1
