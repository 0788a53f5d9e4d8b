"""What several test files of the exercise share."""

import json
import pkgutil
import sys
from contextlib import AbstractContextManager
from pathlib import Path
from types import SimpleNamespace

import pytest

from compare.exercise import check
from compare.exercise.skeleton import renamed
from compare.learner import supervised

ROOT = Path(__file__).parents[3]


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


@pytest.fixture
def no_trace(monkeypatch):
    """What a test imports as ``mine`` leaves no trace in this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "mine"]:
        del sys.modules[name]


class Here(AbstractContextManager):
    """Stands for ``compare.learner.child.Child``: the work runs in this process."""

    def __init__(self, work, job, folder, *, show):
        self.work, self.job = pkgutil.resolve_name(work), job

    def messages(self, limit):
        sent = []
        note = lambda *_, **message: sent.append(json.loads(json.dumps(message)))  # noqa: E731
        self.work(self.job, SimpleNamespace(watch=note, send=note))
        return sent

    def __exit__(self, *_):
        pass


@pytest.fixture
def no_child(monkeypatch, no_trace):
    """What a learner's code does is looked at without a process for it, which takes seconds to start.

    It is for code that neither ends its process nor hangs, prints or reads.
    """
    for module in (check, supervised):
        monkeypatch.setattr(module, "Child", Here)


@pytest.fixture(scope="session")
def solved():
    """Write a package with the original bodies, some of them changed: (file, old text, new text)."""

    def write(folder, *changes):
        folder.mkdir(parents=True)
        for file in (ROOT / "numpy_mlp").glob("*.py"):
            if file.name != "__main__.py":
                text = renamed(file.read_text(encoding="utf-8"), folder.name)
                for name, old, new in changes:
                    if name == file.name:
                        assert text.count(old) >= 1, (name, old)
                        text = text.replace(old, new, 1)
                (folder / file.name).write_text(text, encoding="utf-8")
        return folder

    return write
