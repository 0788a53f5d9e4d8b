import numpy as np

from numpy_mlp.shared.plots import style
from numpy_mlp.shared.plots.activations import activations, dead_units

CLASSES = ("setosa", "versicolor", "virginica")


def test_activations_stand_class_beside_class_with_dead_units_marked(read):
    labels = np.array([2, 0, 1, 0, 2])
    data = np.array([[1, 0, 2.0], [3, 0, 0], [5, 0, 1], [7, 0, 0], [9, 0, 3]])
    figure = activations({"relu": data}, labels, CLASSES)
    read.fits(figure)
    axes = figure.axes[0]
    assert np.array_equal(axes.images[0].get_array(), data[[1, 3, 2, 0, 4]].T)
    assert dead_units(data) == [1]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["h0  100%", "h1  dead", "h2  60%"]
    assert [t.get_color() == style.VERMILLION for t in axes.get_yticklabels()] == [False, True, False]
    assert [line.get_xdata()[0] for line in axes.lines] == [1.5, 2.5]
    assert read.title(figure) == (
        "1 of 3 hidden units is dead, 0 for every training sample; each of the others is above 0 for 80% of "
        "the training samples on average"
    )
    assert [patch.get_hatch() for patch in axes.patches] == ["////"], "a dead row is not merely pale"


def test_a_network_of_dead_units_alone_has_no_others_and_is_as_pale_as_0(read):
    figure = activations({"relu": np.zeros((3, 2))}, np.array([0, 1, 2]), CLASSES)
    assert read.title(figure) == (
        "All 2 hidden units are dead: 0 for every training sample, so no gradient reaches fc1"
    )
    image = figure.axes[0].images[0]
    assert image.cmap(image.norm(0.0)) == image.cmap(0)


def test_a_unit_that_is_seldom_above_0_is_neither_dead_nor_in_another_notation(read):
    data = np.zeros((120, 2))
    data[:3, 0] = 1
    data[:, 1] = 1
    labels = [
        text.get_text()
        for text in activations({"relu": data}, np.zeros(120, int), CLASSES).axes[0].get_yticklabels()
    ]
    assert labels == ["h0  2.5%", "h1  100%"]


def test_units_of_several_layers_are_named_with_their_layer():
    layers = {"relu1": np.ones((3, 2)), "relu2": np.ones((3, 1))}
    figure = activations(layers, np.array([0, 1, 2]), CLASSES)
    names = [text.get_text().split()[0] for axes in figure.axes[:2] for text in axes.get_yticklabels()]
    assert names == ["h1.0", "h1.1", "h2.0"]


def test_no_dead_unit_is_said_to_be_none(read):
    figure = activations({"relu": np.ones((3, 2))}, np.array([0, 1, 2]), CLASSES)
    assert read.title(figure).startswith("None of the 2 hidden units is dead")
