"""What is handed over: dictionaries, tuples and lists are unpacked; what can't be judged is one line."""

import numpy as np
import pytest

from compare.reference.intake import flattened

ONE = np.ones((2, 2))


@pytest.mark.parametrize(
    ("handed", "names"),
    [
        ({"grads": {"W1": ONE, "db1": ONE}}, ["dW1", "db1"]),
        ({"grads": (ONE, ONE, ONE, ONE)}, ["dW1", "db1", "dW2", "db2"]),
        ({"params_new": [ONE, ONE, ONE, ONE]}, ["W1_new", "b1_new", "W2_new", "b2_new"]),
        ({"cache": {"Z1": ONE, "A1": ONE}}, ["Z1", "A1"]),
        ({"zs": [ONE, ONE]}, ["z1", "z2"]),
        ({"activations": [ONE, ONE, ONE]}, ["a0", "a1", "a2"]),
        ({"nabla_w": [ONE, ONE]}, ["dW1", "dW2"]),
        ({"Z": {1: ONE}}, ["Z[1]"]),
        ({"y": [0, 1]}, ["y"]),
        ({"z1": None, "a1": ONE}, ["a1"]),
    ],
)
def test_containers_are_unpacked(handed, names):
    assert list(flattened(handed, 2)) == names


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [
        (np.array([None, 1]), TypeError, "dtype object"),
        ([[1, 2], [3]], ValueError, "rows of different lengths"),
        (np.array(["a"]), TypeError, "real numbers, got dtype <U1"),
        (np.ones(2, complex), TypeError, "real numbers"),
        (np.ones((0, 3)), ValueError, "empty array of shape (0, 3)"),
    ],
)
def test_what_is_no_array_of_numbers_is_refused_in_one_line(value, error, said):
    with pytest.raises(error) as caught:
        flattened({"z1": value}, 2)
    assert said in str(caught.value)
    assert str(caught.value).startswith("z1: ")
    assert "\n" not in str(caught.value)


def test_a_tuple_of_another_length_is_refused():
    with pytest.raises(ValueError, match="expected 4 arrays in the order W1, b1"):
        flattened({"grads": (ONE, ONE, ONE)}, 2)


def test_the_same_array_twice_is_refused():
    with pytest.raises(ValueError, match="dW1 was handed over twice"):
        flattened({"grads": {"W1": ONE}, "dW1": ONE}, 2)
