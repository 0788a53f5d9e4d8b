"""A learner's package in the process of the tests: it leaves no trace, and needs no child of its own."""

import json
import pkgutil
import sys
from contextlib import AbstractContextManager
from types import SimpleNamespace

import pytest

from compare.exercise import check
from compare.learner import supervised


@pytest.fixture(autouse=True)
def short_trainings_are_kept(trained_once):
    """Comparisons by the dozen train with the same numbers."""


@pytest.fixture
def no_trace(monkeypatch):
    """What a test imports as ``mine`` or ``garden`` leaves no trace in this process."""
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] in ("mine", "garden")]:
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


@pytest.fixture(scope="session")
def trials():
    """The gates that pieces have to pass: their reference half is the same for each package."""
    from compare.gates.trials import Trials

    return Trials()


@pytest.fixture
def no_child(monkeypatch, no_trace, lab, trials):
    """What a learner's code does is looked at without a process for it, which takes seconds to start.

    It is for code that neither ends its process nor hangs, prints or reads.
    """
    for module in (check, supervised):
        monkeypatch.setattr(module, "Child", Here)
    for module in ("compare.exercise.trial", "compare.gates.trials"):
        monkeypatch.setattr(f"{module}.Trials", lambda: trials)
    monkeypatch.setattr("compare.exercise.work.Lab", lambda: lab)
