"""A learner's package under the gates: correct code passes in any form, and errors are told from faults."""

from dataclasses import asdict
from types import SimpleNamespace

import pytest

import numpy_mlp
from compare import run
from compare.learner import supervised
from compare.learner.child import StoppedError
from compare.learner.loading import load
from compare.request import Request

FAST = ["--epochs", "5", "--dtype", "float32", "--device", "cpu"]


@pytest.fixture
def loaded(package, no_trace):
    """Load a package of these changes."""
    return lambda *changes: load(package(*changes))


@pytest.mark.slow
def test_parameter_of_three_names_and_refusals_in_other_words_are_enough(package, no_child, capfd):
    folder = package(
        ("parameter.py", "def shape(", "def _shape("),
        ("parameter.py", "def dtype(", "def _dtype("),
        ("parameter.py", "def numel(", "def _numel("),
        ("parameter.py", "{self.shape}, dtype={self.dtype}", "{self.data.shape}"),
        ("summary.py", "param.numel()", "param.data.size"),
        ("summary.py", "weight.shape", "weight.data.shape"),
        ("linear.py", "self.weight.shape", "self.weight.data.shape"),
        ("linear.py", ", *, needs_input_grad: bool = True", ""),
        ("linear.py", "        if not needs_input_grad:\n            return None\n", ""),
        ("mlp.py", "(grad, needs_input_grad=False)", "(grad)"),
        ("sgd.py", '"optimizer got an', '"there is an'),
        ("sgd.py", 'f"Invalid', 'f"Not a'),
        ("sgd.py", '"Nesterov momentum requires', '"Nesterov without'),
    )
    code = run.main(["--numpy", str(folder), *FAST])
    out, err = capfd.readouterr()
    assert code == 0, out + err


def test_package_that_is_right_or_only_wrong_has_no_first_error(loaded):
    assert supervised.first_error(loaded(("linear.py", "y += bias", "y -= bias"))) is None


def test_first_error_is_the_one_that_stopped_the_run(loaded):
    error = supervised.first_error(
        loaded(("summary.py", "    kind = type(layer)", "    1 / 0\n    kind = type(layer)"))
    )
    assert isinstance(error, ZeroDivisionError)


@pytest.fixture
def said(tmp_path, no_trace):
    """What the child sends in the end of a package of one file with this text."""

    def call(text):
        (tmp_path / "mine.py").write_text(text, encoding="utf-8")
        sent = []
        channel = SimpleNamespace(watch=lambda *_, **__: None, send=lambda **message: sent.append(message))
        terminals = {"out": False, "err": False}
        request = asdict(Request(numpy="mine.py"))
        job = {"folder": str(tmp_path / "mine.py"), "request": request, "limit": 1, "terminals": terminals}
        supervised.work(job, channel)
        return sent[-1]

    return call


def test_memory_that_is_not_enough_is_no_verdict(said):
    found = said("raise MemoryError('Unable to allocate 7 TiB')")
    assert found["code"] == 2
    assert found["failed"].startswith("no verdict: the memory was not enough\n  MemoryError: Unable")


def test_package_that_is_all_ours_is_refused(said):
    found = said("from numpy_mlp import *\nfrom numpy_mlp import data\n")
    assert found == {"code": 2, "failed": "nothing in it is its own: all of it comes from numpy_mlp"}


def test_each_missing_name_is_told_with_what_it_must_be_and_the_line_that_borrows_it(said):
    found = said("from numpy_mlp import *\n")
    assert found["code"] == 2
    assert found["failed"].splitlines() == [
        "the package lacks data.batches:",
        "  data.batches     batches(x, y, batch_size, rng) yields (x, y); in a package of one file: batches",
        "  what you don't write can be ours: from numpy_mlp import data",
    ]


def test_end_by_the_machine_is_no_verdict_and_by_the_package_is_one(monkeypatch, tmp_path, capsys):
    (tmp_path / "mine.py").write_text("", encoding="utf-8")
    for accident, code in ((True, 2), (False, 1)):

        class Ended:
            def __init__(self, *_, **__):
                pass

            def __enter__(self):
                return self

            def __exit__(self, *_):
                pass

            def messages(self, limit, accident=accident):
                raise StoppedError("ended", accident=accident)

        monkeypatch.setattr(supervised, "Child", Ended)
        assert supervised.supervise(Request(numpy=str(tmp_path / "mine.py")), 1) == code
        assert capsys.readouterr().err == "mine: ended\n"


def test_stream_sends_each_text_under_its_name_with_the_time_limit():
    sent = []

    class Channel:
        def watch(self, limit, **message):
            sent.append((limit, message))

    stream = supervised.Stream(Channel(), "err", 3.0, terminal=True)
    stream.write("text")
    assert sent == [(3.0, {"err": "text"})]
    assert stream.isatty()


def test_functions_of_the_pictures_in_use_stay_as_they_are(loaded):
    before = {name: value for name, value in vars(numpy_mlp.plots).items() if callable(value)}
    loaded(("linear.py", "y += bias", "y -= bias"))
    assert {name: value for name, value in vars(numpy_mlp.plots).items() if callable(value)} == before
