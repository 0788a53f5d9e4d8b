import numpy as np
import pytest

from numpy_mlp import MLP
from numpy_mlp.shared.plots.heatmaps import heatmaps

CLASSES = ("setosa", "versicolor", "virginica")

BEFORE = {name: data.copy() for name, data in MLP(4, 10, 3, seed=1).state_dict().items()}

AFTER = {name: 3 * data + 0.1 for name, data in BEFORE.items()}

MATRICES = {name: data for name, data in AFTER.items() if data.ndim == 2}

INPUTS = [f"feature {i}" for i in range(4)]


def test_heatmaps_show_the_matrices_about_zero_with_their_signs(read):
    figure = heatmaps(MATRICES, INPUTS, CLASSES)
    read.fits(figure)
    for axes, (name, data) in zip(figure.axes, MATRICES.items(), strict=True):
        (image,) = axes.images
        assert np.array_equal(image.get_array(), data)
        assert image.norm.vcenter == 0
        assert image.norm(0.0) == 0.5
        blue, red = (image.cmap(image.norm(sign * np.abs(data).max())) for sign in (1, -1))
        assert blue[2] > blue[0]
        assert red[0] > red[2]
        assert read.texts(axes) == [f"{value:+.2f}" for value in data.ravel()]
        assert axes.get_title(loc="left") == f"{name} {list(data.shape)}"
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == INPUTS
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == list(CLASSES)


def test_heatmaps_name_the_feature_with_the_largest_column(read):
    first = np.zeros((10, 4), np.float32)
    first[:, 2] = 1
    figure = heatmaps({**MATRICES, "fc1.weight": first}, INPUTS, CLASSES)
    assert read.title(figure).startswith("Most weight lies on feature 2")
    assert "100% of the squares" in read.title(figure)


def test_large_heatmaps_stand_below_one_another_without_values(read):
    matrices = {name: data for name, data in MLP(64, 32, 16, 10).state_dict().items() if data.ndim == 2}
    figure = heatmaps(matrices, [f"pixel_{i}" for i in range(64)], [str(i) for i in range(10)])
    read.fits(figure)
    assert [len(axes.texts) for axes in figure.axes if axes.images] == [0, 0, 0]
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]
    assert rows == [f"h1.{unit}" for unit in range(0, 32, 2)], "of many rows evenly some are named"


def test_values_are_written_only_where_every_row_and_column_has_its_name():
    matrices = {name: data for name, data in MLP(4, 40, 3).state_dict().items() if data.ndim == 2}
    figure = heatmaps(matrices, INPUTS, CLASSES)
    assert [len(axes.texts) for axes in figure.axes if axes.images] == [0, 0]


@pytest.mark.parametrize("factor", [1e3, 1e19])
def test_large_values_stay_inside_their_cells(factor):
    figure = heatmaps({name: factor * data for name, data in MATRICES.items()}, INPUTS, CLASSES)
    texts = [text.get_text() for axes in figure.axes for text in axes.texts]
    assert max(map(len, texts), default=0) <= 6
