import numpy as np
from matplotlib.colors import to_rgba

from numpy_mlp.shared.plots import style
from numpy_mlp.shared.plots.confidence import confidence

CLASSES = ("setosa", "versicolor", "virginica")

TRUTH = np.array([0, 1, 2, 1, 2])

SURE = np.array([[0.9, 0.1, 0], [0.1, 0.8, 0.1], [0, 0.05, 0.95], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7]])


def test_confidence_shows_the_probability_of_the_truth_least_sure_first(read):
    figure = confidence({"run": SURE}, TRUTH, CLASSES, "flower")
    read.fits(figure)
    (axes,) = figure.axes
    by_class = [np.asarray(points.get_offsets()) for points in axes.collections[:3]]
    # classes in their order, with a gap between them; flower 3 is less sure than flower 1, and 4 than 2
    assert [points.tolist() for points in by_class] == [
        [[0, 0.9]],
        [[3, 0.8], [2, 0.3]],
        [[6, 0.95], [5, 0.7]],
    ]
    wrong = axes.collections[3]
    assert np.asarray(wrong.get_offsets()).tolist() == [[2, 0.3]]
    assert np.allclose(wrong.get_edgecolors()[0], to_rgba(style.VERMILLION))
    assert "flower 3: wrong" in read.texts(axes)
    assert (
        read.title(figure)
        == "4 of 5 test flowers right; the wrong one: flower 3, which gets 0.300 for its own class"
    )


def test_confidence_of_a_second_run_stands_at_the_same_places(read):
    figure = confidence({"a": SURE, "b": SURE[:, ::-1]}, TRUTH, CLASSES)
    read.fits(figure)
    (axes,) = figure.axes
    second = np.asarray(axes.collections[3].get_offsets())
    assert second.tolist() == [[0, 0.0], [3, 0.8], [6, 0.0], [2, 0.3], [5, 0.1]]
    assert axes.collections[3].get_label() == "b"
    assert read.title(figure).endswith("differ by 0.9 at most")
