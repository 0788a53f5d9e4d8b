"""A learner's package, imported: as a copy of numpy_mlp, as one file, beside another of its name."""

import shutil
import sys
from pathlib import Path

import numpy as np
import pytest

import numpy_mlp
from compare.learner.loading import load

ROOT = Path(__file__).parents[3]
pytestmark = pytest.mark.usefixtures("no_trace")


@pytest.fixture
def copied(tmp_path):
    """A copy of numpy_mlp, with its imports as they are, and a mistake in linear.py."""
    folder = shutil.copytree(ROOT / "numpy_mlp", tmp_path / "mine", ignore=shutil.ignore_patterns("shared"))
    text = (folder / "linear.py").read_text(encoding="utf-8")
    (folder / "linear.py").write_text(text.replace("y += bias", "y -= bias"), encoding="utf-8")
    return folder


def output(package):
    model = package.MLP(2, 2, seed=0)
    for weight in model.state_dict().values():
        weight[...] = 1
    return model(np.ones((1, 2), np.float32))[0, 0]


def test_mistake_in_a_copy_of_numpy_mlp_is_in_the_package_that_runs(copied):
    assert output(load(copied)) == 1
    assert output(numpy_mlp) == 3


def test_shared_stays_ours(copied):
    package = load(copied)
    assert package.training.History is numpy_mlp.training.History


def test_numpy_mlp_in_use_stays_as_it_is(copied):
    before = {name: module for name, module in sys.modules.items() if name.startswith("numpy_mlp")}
    load(copied)
    assert before.items() <= sys.modules.items()
    assert sys.modules["numpy_mlp"] is numpy_mlp


def test_borrowed_functions_work_with_the_classes_of_a_package_of_one_file(tmp_path):
    text = (ROOT / "numpy_mlp" / "linear.py").read_text(encoding="utf-8").replace("y += bias", "y -= bias")
    lines = "from numpy_mlp import MLP, summarize\nfrom numpy_mlp.data import batches\n"
    (tmp_path / "mine.py").write_text(text + lines, encoding="utf-8")
    package = load(tmp_path / "mine.py")
    assert package.data.batches is package.batches
    assert output(package) == 1
    model = package.MLP(2, 2, seed=0)
    assert isinstance(model.fc1, package.Linear)
    assert package.summarize(model, (1, 2)).total_params == 6


def test_import_inside_a_function_finds_the_package_later(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "__init__.py").write_text(
        "def late():\n    from mine import more\n    return more.X\n", encoding="utf-8"
    )
    (tmp_path / "mine" / "more.py").write_text("X = 7\n", encoding="utf-8")
    assert load(tmp_path / "mine").late() == 7
