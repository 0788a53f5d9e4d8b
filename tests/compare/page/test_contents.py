"""What the page holds: the recorded training of both libraries, and the lines of the source."""

import json
import types
from pathlib import Path

import numpy as np
import pytest

import numpy_mlp
from compare import numpy_side
from compare.bugs.bug import plant
from compare.bugs.catalogue import bug_named
from compare.gates.material import Material, Settings
from compare.gates.trajectory import Training
from compare.page.contents import contents, most_snapshots, packed, percent
from compare.page.recording import kept_epochs, numpy_library, record, snapshots, torch_library
from compare.page.source import LINES, lines
from compare.scenario import TrainingSettings

ROOT = Path(__file__).parents[3]
EPOCHS = [0, 1, 2, 25, 30]


@pytest.fixture(scope="module")
def material():
    return Material(Settings(hidden=(5,), epochs=30, dtypes=("float32",)))


@pytest.fixture(scope="module")
def training(material):
    return Training(material.scenario("float32"), TrainingSettings(30, 0.1))


@pytest.fixture(scope="module")
def recorded(material, training):
    data = material.datasets["float32"]
    return record(training, numpy_library(training), data, EPOCHS, shown=20)


def test_the_recorded_weights_are_those_of_the_training(training, recorded):
    (history,) = training.trained_by(numpy_mlp)
    for place, epoch in enumerate(EPOCHS):
        for name, weights in recorded.weights.items():
            assert np.array_equal(weights[place], history.snapshots[epoch][name])
    assert recorded.losses[0] == history.losses[0]
    assert recorded.losses[3] == history.losses[25]


def test_each_library_stays_within_its_budgets(material, training, recorded):
    theirs = record(training, torch_library(training), material.datasets["float32"], EPOCHS, shown=20)
    for one in (recorded, theirs):
        assert all((shares <= 1).all() for shares in one.shares.values())
        assert (one.loss_shares <= 1).all()
        assert one.logits.shape == (5, 40, 3)
    assert any((shares[1:] > 0).any() for shares in recorded.shares.values())
    assert all((shares[0] == 0).all() for shares in recorded.shares.values())


def test_a_wrong_training_leaves_its_budgets(material, training):
    package = plant(bug_named("learning-rate-divided-by-n"))
    found = record(training, numpy_library(training, package), material.datasets["float32"], EPOCHS, shown=20)
    assert all((shares[1:].max() > 1) for shares in found.shares.values())


def test_a_training_in_parts_gives_the_same_snapshots(training):
    whole = dict(snapshots(training.trained_by(numpy_mlp), {0, 9, 10, 11, 30}))

    def parts():
        train = numpy_side.trainer(training.scenario, training.settings)
        for _ in range(3):
            yield train(10)

    cut = dict(snapshots(parts(), {0, 9, 10, 11, 30}))
    assert whole.keys() == cut.keys() == {0, 9, 10, 11, 30}
    assert all(np.array_equal(whole[e][name], cut[e][name]) for e in whole for name in whole[e])


def test_kept_epochs_begin_and_end_with_the_training():
    found = kept_epochs(20_000, 1000)
    assert found[:102] == [*range(101), 200]
    assert found[-1] == 20_000
    assert len(found) == 201
    assert kept_epochs(7, 1000) == list(range(8))
    few = kept_epochs(20_000, 10)
    assert (few[0], few[-1], len(few)) == (0, 20_000, 10)


def test_the_page_of_digits_stays_under_five_megabytes():
    material = Material(Settings("digits", (32, 16), epochs=10, dtypes=("float32",)))
    training = Training(material.scenario("float32"), TrainingSettings(10, 0.01))
    kept, weights, classes = most_snapshots(training, 1797), 2778, 10
    arrays = kept * 2 * (weights * 5 + 4 * classes * 300)
    samples = len(json.dumps(contents(material)["samples"], separators=(",", ":")))
    assert kept > 20
    assert arrays * 4 / 3 + samples + 250_000 < 5e6


def test_packed_arrays_are_read_back(array_of):
    array = np.array([[1.5, np.nan], [-0.0, np.inf]], np.float32)
    assert np.array_equal(array_of(packed(array)), array, equal_nan=True)


def test_percents_are_rounded_up_so_that_100_is_within():
    found = percent(np.array([0, 0.001, 0.999, 1, 1.0001, 9, np.inf, np.nan]))
    assert found.tolist() == [0, 1, 100, 100, 101, 255, 255, 255]


@pytest.mark.parametrize("kind", LINES)
def test_each_line_stands_in_the_file_that_is_named(kind):
    found = lines(numpy_mlp)[kind]
    every = (ROOT / found["file"]).read_text(encoding="utf-8").splitlines()
    first, *_ = found["text"].splitlines()
    assert every[found["line"] - 1].strip() == first.strip()
    assert first.startswith(LINES[kind][1]), "the text of the line that computes it"


def test_a_package_without_these_files_has_no_lines_of_its_own():
    found = lines(types.ModuleType("mine"))
    assert "file" not in found["linear"]
    assert found["linear"]["torch"]
