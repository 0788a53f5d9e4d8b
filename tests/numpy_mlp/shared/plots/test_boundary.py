import numpy as np
from matplotlib.colors import to_rgba

from numpy_mlp.shared.plots import style
from numpy_mlp.shared.plots.boundary import boundary, plane_features

RNG = np.random.default_rng(0)

CLASSES = ("setosa", "versicolor", "virginica")

INPUTS = [f"feature {i}" for i in range(4)]


def test_boundary_colours_each_point_by_the_answer_with_the_rest_at_medians(read):
    samples = []

    def proba(x):
        samples.append(x)
        # class 1 where feature 2 is above 1, else class 0
        return np.eye(2)[(x[:, 2] > 1).astype(int)]

    x_train = RNG.uniform(0, 2, (21, 4))
    x_test = np.array([[0, 0, 0.5, 1], [0, 0, 1.5, 1], [0, 0, 1.2, 0.3]])
    y_train = (x_train[:, 2] > 1).astype(int)
    y_test = np.array([0, 1, 0])
    figure = boundary(proba, x_train, y_train, x_test, y_test, (2, 3), INPUTS, CLASSES[:2], "flower")
    read.fits(figure)
    (axes,) = figure.axes
    medians = np.median(x_train, axis=0)
    assert np.array_equal(samples[0][:, :2], np.tile(medians[:2], (len(samples[0]), 1)))
    image = axes.images[0]
    left, right, _, _ = image.get_extent()
    columns = np.linspace(left, right, image.get_array().shape[1])
    colours = [np.array(to_rgba(colour)[:3]) for colour in style.CLASS_COLOURS[:2]]
    for answer, colour in enumerate(colours):
        there = image.get_array()[:, (columns > 1) == bool(answer)]
        assert np.allclose(there, 1 - 0.45 + 0.45 * colour)
    # training and test samples of class 0, of class 1, then the ring around the wrong one
    drawn = [np.asarray(points.get_offsets()) for points in axes.collections]
    assert np.array_equal(drawn[0], x_train[y_train == 0][:, 2:])
    assert np.array_equal(drawn[1], x_test[y_test == 0][:, 2:])
    assert np.array_equal(drawn[2], x_train[y_train == 1][:, 2:])
    assert np.array_equal(drawn[4], x_test[[2]][:, 2:])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("feature 2", "feature 3")
    assert read.title(figure) == (
        "2 of 3 test flowers right with all 4 features; the plane of two of them gives each the same answer"
    )
    assert f"feature 0 {medians[0]:g}, feature 1 {medians[1]:g}." in figure._supxlabel.get_text()


def test_the_plane_is_that_of_the_class_means_farthest_apart(iris):
    assert [iris.feature_names[i] for i in plane_features(iris.x_train, iris.y_train)] == [
        "petal length (cm)", "petal width (cm)",
    ]  # fmt: skip


def test_samples_that_the_plane_answers_otherwise_are_crossed_and_counted(read):
    def proba(x):
        # the answer depends on feature 0, which the plane of the features 2 and 3 holds at its median
        return np.eye(2)[(x[:, 0] > 1.5).astype(int)]

    x_train, y_train = np.ones((6, 4)), np.array([0, 1, 0, 1, 0, 1])
    x_test, y_test = np.array([[2, 1, 0.2, 0.3], [1, 1, 0.5, 0.4], [1, 1, 0.6, 0.6]]), np.array([1, 0, 0])
    figure = boundary(proba, x_train, y_train, x_test, y_test, (2, 3), INPUTS, CLASSES[:2], "flower")
    read.fits(figure)
    assert read.title(figure) == (
        "3 of 3 test flowers right with all 4 features; 1 is answered otherwise in this plane of two"
    )
    crosses = figure.axes[0].collections[-1]
    assert np.asarray(crosses.get_offsets()).tolist() == [[0.2, 0.3]]
    legend = [text.get_text() for text in figure.axes[0].get_legend().get_texts()]
    assert "answered otherwise here" in legend
    assert "wrong with all features" not in legend, "none is wrong"


def test_a_plane_that_shows_little_says_so_first(read):
    def proba(x):
        return np.eye(2)[(x[:, 0] > 1.5).astype(int)]

    x_test = np.array([[2, 1, 0.2, 0.3], [2, 1, 0.5, 0.4], [1, 1, 0.6, 0.6]])
    figure = boundary(
        proba, np.ones((6, 4)), np.array([0, 1] * 3), x_test, np.array([1, 1, 0]), (2, 3), INPUTS, CLASSES[:2]
    )
    assert read.title(figure).startswith(
        "This plane of 2 of 4 features shows little of what the network does: it"
    )
    assert "answers 2 of 3 test samples otherwise" in read.title(figure)
