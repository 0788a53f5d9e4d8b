"""``numpy_mlp.plots``: each picture in one line of Python."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import numpy_mlp as nm
import torch_mlp
from numpy_mlp.shared.plots import KINDS

ROOT = Path(__file__).parents[2]
OF_HISTORY, OF_MODEL = ("weights", "loss", "landscape"), set(KINDS) - {"weights", "loss", "landscape"}


@pytest.fixture(scope="module")
def trained():
    """A finished training: model, data and history."""
    data, model = nm.load_dataset("iris"), nm.MLP(4, 10, 3, seed=42)
    history = nm.train(model, nm.SGD(model.parameters(), lr=0.1), data.x_train, data.y_train, epochs=2000)
    return model, data, history


def test_the_functions_have_the_names_of_the_commands_kinds():
    assert sorted(nm.plots.__all__) == sorted(KINDS)


def test_history_alone_gives_its_curves_and_weights(trained, read):
    _, data, history = trained
    assert len(nm.plots.loss(history).axes[0].lines) == 1
    assert read.title(nm.plots.loss(history)) == "Training loss 1.073 → 0.061"
    figure = nm.plots.loss(history, data)
    assert len(figure.axes[0].lines) == 2
    assert read.title(figure).endswith("its lowest: no overfitting")
    assert read.title(nm.plots.weights(history)).startswith("Training stretched")
    assert read.title(nm.plots.landscape(history, data)).startswith("Training walks downhill")


@pytest.mark.parametrize("kind", sorted(OF_MODEL))
def test_models_of_both_packages_give_the_same_picture(kind, trained, read):
    model, data, _ = trained
    theirs = torch_mlp.MLP(4, 10, 3)
    theirs.load_state_dict({name: __import__("torch").tensor(w) for name, w in model.state_dict().items()})
    before = {name: weight.copy() for name, weight in model.state_dict().items()}
    one, two = (getattr(nm.plots, kind)(network, data) for network in (model, theirs))
    assert read.title(one) == read.title(two)
    assert ":" not in read.title(one).partition(" ")[0], "of a model alone there is no training to judge"
    assert all(np.array_equal(before[name], weight) for name, weight in model.state_dict().items())


def test_network_shows_the_sample_and_refuses_one_that_is_not_there(trained, read):
    model, data, _ = trained
    assert "test flower 8" in read.title(nm.plots.network(model, data, sample=8))
    for sample in (30, -1):
        with pytest.raises(ValueError, match=f"expected a sample from 0 to 29, got {sample}"):
            nm.plots.network(model, data, sample=sample)


def test_a_figure_displays_itself_in_a_notebook(trained):
    data, metadata = nm.plots.loss(trained[2])._repr_png_()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20]) == 2 * metadata["width"], "sharp on screens of two pixels to a point"


def test_what_is_no_training_is_refused_in_one_line(trained):
    with pytest.raises(TypeError, match="expected a history or a model, got int"):
        nm.plots.weights(3)
    with pytest.raises(ValueError, match="expected the history of a training, got an empty one"):
        nm.plots.loss(nm.shared.history.History())
    with pytest.raises(
        ValueError, match="expected a network from 13 features to 3 classes for wine, got one from 4"
    ):
        nm.plots.confusion(trained[0], nm.load_dataset("wine"))


def test_plots_are_loaded_when_they_are_named():
    code = (
        "import sys, numpy_mlp as nm; assert 'numpy_mlp.plots' not in sys.modules; nm.plots.loss;"
        "assert 'matplotlib' not in sys.modules and 'sklearn' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
    with pytest.raises(AttributeError, match="module 'numpy_mlp' has no attribute 'plot'"):
        _ = nm.plot
