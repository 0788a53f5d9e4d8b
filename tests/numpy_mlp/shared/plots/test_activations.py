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
    assert [t.get_text() for t in axes.get_yticklabels()] == ["unit 0  100%", "unit 1  dead", "unit 2  60%"]
    assert [t.get_color() == style.VERMILLION for t in axes.get_yticklabels()] == [False, True, False]
    assert [line.get_xdata()[0] for line in axes.lines] == [1.5, 2.5]
    assert read.title(figure).startswith("1 of 3 hidden units is dead: no training sample wakes it")
    assert "answers 80% of the training samples" in read.title(figure)


def test_no_dead_unit_is_said_to_be_none(read):
    figure = activations({"relu": np.ones((3, 2))}, np.array([0, 1, 2]), CLASSES)
    assert read.title(figure).startswith("None of the 2 hidden units is dead")
