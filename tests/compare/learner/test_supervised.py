"""A learner's package under the gates: correct code passes in any form, and errors are told from faults."""

import pytest

from compare import run
from compare.learner import supervised
from compare.learner.package import load

FAST = ["--epochs", "5", "--dtype", "float32", "--device", "cpu"]


@pytest.fixture
def loaded(package, no_trace):
    """Load a package of these changes."""
    return lambda *changes: load(package(*changes))


@pytest.mark.slow
def test_parameter_of_three_names_and_refusals_in_other_words_are_enough(package, capfd):
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


def test_stream_sends_each_text_under_its_name_with_the_time_limit():
    sent = []

    class Channel:
        def watch(self, limit, **message):
            sent.append((limit, message))

    stream = supervised.Stream(Channel(), "err", 3.0, terminal=True)
    stream.write("text")
    assert sent == [(3.0, {"err": "text"})]
    assert stream.isatty()
