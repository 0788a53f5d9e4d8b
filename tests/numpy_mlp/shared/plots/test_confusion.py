import numpy as np
import pytest

from numpy_mlp.shared.plots.confusion import confusion

CLASSES = ("setosa", "versicolor", "virginica")

INPUTS = [f"feature {i}" for i in range(4)]

TRUTH = np.array([0, 1, 2, 1, 2])

SURE = np.array([[0.9, 0.1, 0], [0.1, 0.8, 0.1], [0, 0.05, 0.95], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7]])

RAW = np.arange(20.0).reshape(5, 4) / 10


def test_confusion_counts_truth_by_answer_and_describes_the_wrong_flower(read):
    figure = confusion(TRUTH, SURE, RAW, INPUTS, CLASSES, "flower")
    read.fits(figure)
    matrix, beside = figure.axes
    assert np.array_equal(matrix.images[0].get_array(), [[1, 0, 0], [0, 1, 1], [0, 0, 2]])
    (text,) = read.texts(beside)
    lines = text.splitlines()
    assert lines[0] == "test flower 3"
    assert lines[1].strip() == "is versicolor (p = 0.300)"
    assert lines[2].strip() == "taken for virginica (p = 0.500)"
    assert [line.strip() for line in lines[3:7]] == [
        "feature 0  1.2", "feature 1  1.3", "feature 2  1.4", "feature 3  1.5",
    ]  # fmt: skip
    assert (
        read.title(figure)
        == "4 of 5 test flowers right; the wrong one, a versicolor, is taken for a virginica"
    )


def test_confusion_without_a_mistake_and_with_many(read):
    right = confusion(TRUTH, np.eye(3)[TRUTH], RAW, INPUTS, CLASSES)
    assert read.title(right) == "5 of 5 test samples right: no mistake off the diagonal"
    assert read.texts(right.axes[1]) == [""]
    measured = np.arange(28.0).reshape(7, 4) / 10
    many = confusion(np.zeros(7, int), np.eye(3)[np.array([0, 1, 1, 1, 2, 2, 1])], measured, INPUTS, CLASSES)
    lines = read.texts(many.axes[1])[0].splitlines()
    assert lines[:3] == ["test sample 1", "  is setosa (p = 0.000)", "  taken for versicolor (p = 1.000)"]
    assert lines[3] == "  measures 0.4, 0.5, 0.6, 0.7"
    assert "and 3 more" in lines
    assert read.title(many) == (
        "1 of 7 test samples right; the most frequent mistake: setosa taken for versicolor, 4 times"
    )
    read.fits(many)


@pytest.mark.parametrize(("answers", "times"), [([1, 2, 2], "once"), ([1, 1, 2, 2, 2], "2 times")])
def test_headline_names_no_mistake_where_several_are_as_frequent(read, answers, times):
    truth = np.array([0] * (len(answers) - 1) + [2])
    figure = confusion(truth, np.eye(3)[answers], np.zeros((len(truth), 4)), INPUTS, CLASSES)
    assert read.title(figure) == f"1 of {len(truth)} test samples right; no mistake more often than {times}"
