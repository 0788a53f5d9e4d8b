"""What holds on every machine: texts with an encoding, and commands without what only some systems have."""

import ast
import os
import signal
import sys
from importlib import import_module
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [
    path
    for folder in ("numpy_mlp", "torch_mlp", "compare", "tests")
    for path in (ROOT / folder).rglob("*.py")
]
# what some systems lack, of what code like this uses (PyTorch, where it is on Linux, needs more of it)
LACKING = {
    os: ("fork", "killpg", "sched_getaffinity", "set_blocking", "setsid"),
    signal: ("SIGKILL", "SIGHUP", "SIGALRM", "SIGSTOP", "alarm", "pthread_sigmask"),
}


def imported(tree):
    """The names that a file's imports give."""
    nodes = [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
    return {(alias.asname or alias.name).partition(".")[0] for node in nodes for alias in node.names}


def without_encoding(tree):
    """Yield the lines at which a text is read or written in whatever encoding the machine has."""
    modules = imported(tree)
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        words = {word.arg: word.value for word in call.keywords}
        if "encoding" in words:
            continue
        function = call.func
        name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
        modes = [arg.value for arg in [*call.args, words.get("mode")] if isinstance(arg, ast.Constant)]
        # a file is opened by open(), by Path.open() or by os.fdopen(); tarfile.open() is another thing
        elsewhere = isinstance(function, ast.Attribute) and getattr(function.value, "id", "") in modules
        opens = name == "fdopen" or (name == "open" and not elsewhere)
        opens &= not any(isinstance(mode, str) and "b" in mode and len(mode) < 4 for mode in modes)
        whole = name in ("read_text", "write_text")
        if opens or whole or ast.unparse(words.get("text", call)) == "True":
            yield call.lineno


def test_texts_are_read_and_written_in_an_encoding_that_the_code_names():
    trees = {path: ast.parse(path.read_text(encoding="utf-8")) for path in FILES}
    found = {
        f"{path.relative_to(ROOT)}:{line}" for path, tree in trees.items() for line in without_encoding(tree)
    }
    assert found == set()


@pytest.mark.parametrize(
    "line",
    [
        "open(name)",
        "path.open('w')",
        "os.fdopen(3)",
        "path.read_text()",
        "path.write_text(text)",
        "run(text=True)",
    ],
)
def test_lines_that_name_no_encoding_are_seen(line):
    assert list(without_encoding(ast.parse(f"import os\n{line}"))) == [2]
    assert not list(without_encoding(ast.parse("import tarfile\ntarfile.open(name)\nopen(name, 'rb')")))


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A system without ``resource``, and without what signals and processes have on Linux alone."""
    for module, names in LACKING.items():
        for name in names:
            monkeypatch.delattr(module, name, raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(sys.modules, "resource", None)
    monkeypatch.setitem(sys.modules, "fcntl", None)


@pytest.mark.parametrize(
    ("command", "args"),
    [
        ("numpy_mlp", ["train", "--epochs", "5"]),
        ("torch_mlp", ["train", "--epochs", "5", "--device", "cpu"]),
        ("compare.run", ["--epochs", "5", "--dtype", "float32", "--device", "cpu", "-q"]),
        ("compare.fuzz", ["2"]),
        ("compare.bugs", ["list"]),
        ("compare.sweep", ["--hidden", "2", "--lr", "0.1", "--seeds", "1", "--epochs", "5", "--jobs", "1"]),
    ],
)
def test_commands_need_nothing_that_only_some_systems_have(elsewhere, command, args):
    module = import_module(command if command == "compare.run" else f"{command}.__main__")
    assert module.main(args) == 0
