"""What the tests of the sweep share."""

import csv
import json

import pytest

from compare.sweep import __main__ as main_module
from compare.sweep import runs, workers
from compare.sweep.runs import Record, Run
from numpy_mlp.shared.plots import style


@pytest.fixture
def small():
    """The arguments of eight short runs."""
    return ["--hidden", "2,5", "--lr", "0.01,0.5", "--seeds", "2", "--epochs", "40", "--jobs", "1"]


@pytest.fixture
def saved_pictures():
    """A test that looks at the picture's files requests this."""


@pytest.fixture(autouse=True)
def unsaved_pictures(request, monkeypatch):
    """Draw, but write no picture: that takes longer than all the training here."""
    if "saved_pictures" not in request.fixturenames:
        monkeypatch.setattr(style, "save", lambda figure, path: figure)


@pytest.fixture
def sweep(capsys):
    """Run the command in this process; return exit code, stdout, stderr."""

    def call(*args):
        try:
            code = main_module.main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def trained(monkeypatch):
    """The runs that are trained, as they start; ``stop_at`` raises KeyboardInterrupt in the n-th of them."""

    class Runs(list):
        stop_at = 0

    started = Runs()

    def measure(run):
        started.append(run)
        if len(started) == started.stop_at:
            raise KeyboardInterrupt
        return runs.measure(run)

    monkeypatch.setattr(workers, "measure", measure)
    return started


@pytest.fixture
def table_of():
    """The rows of a folder's table.csv, without the seconds, which no two runs share."""

    def read(folder):
        rows = csv.DictReader((folder / "table.csv").read_text(encoding="utf-8").splitlines())
        return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]

    return read


@pytest.fixture
def lines_of():
    """The lines of a folder's runs.jsonl."""
    return lambda folder: [
        json.loads(line) for line in (folder / "runs.jsonl").read_text(encoding="utf-8").splitlines()
    ]


@pytest.fixture
def made():
    """Records that never ran, one for each seed."""

    def build(hidden, lr, losses, right, *, epochs_to_loss=7, backend="numpy", dead_units=0):
        return [
            Record(
                Run("iris", (hidden,), lr, seed, 100, backend, 0.1), 8 * hidden + 3, 0.1, loss, correct, 30,
                1.0, epochs_to_loss, dead_units, False,
            )
            for seed, (loss, correct) in enumerate(zip(losses, right, strict=True))
        ]  # fmt: skip

    return build


@pytest.fixture
def untrained(monkeypatch, made):
    """Every run is finished at once, with the same numbers: for tests of what stands around it."""
    monkeypatch.setattr(workers, "records_of", lambda runs, jobs, out: made(5, 0.1, [0.3, 0.4], [29, 28]))
