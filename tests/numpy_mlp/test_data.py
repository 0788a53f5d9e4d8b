import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn import datasets, preprocessing
from sklearn.model_selection import train_test_split

from numpy_mlp import load_dataset
from numpy_mlp.data import DATASETS, MinMaxScaler, batch_indices, batches


def test_scaler_equals_the_numbers_worked_by_hand():
    scaler = MinMaxScaler.fit(np.array([[1.0, 10.0], [3.0, 10.0], [5.0, 10.0]]))
    # first feature: (x - 1) / (5 - 1);   the second is constant: (x - 10) / 1
    x = np.array([[1.0, 10.0], [2.0, 10.0], [7.0, 11.0]])
    np.testing.assert_array_equal(scaler.transform(x), [[0, 0], [0.25, 0], [1.5, 1]])
    np.testing.assert_array_equal(x[0], [1, 10])


@given(data=st.data())
def test_scaler_agrees_with_sklearns_within_rounding(data, gamma, assert_within):
    shape = data.draw(st.tuples(st.integers(1, 10), st.integers(1, 5)))
    # steps of 1/8 keep a feature's range well above 10 ulp, below which scikit-learn calls it constant
    numbers = st.integers(-4000, 4000).map(lambda k: k / 8)
    x, other = (data.draw(hnp.arrays(np.float64, shape, elements=numbers)) for _ in range(2))
    scaler, expected = MinMaxScaler.fit(x), preprocessing.MinMaxScaler().fit(x)
    np.testing.assert_array_equal(scaler.data_min, expected.data_min_)
    np.testing.assert_array_equal(scaler.data_max, expected.data_max_)
    # ours:         (x - min) / span, three roundings of the result
    # scikit-learn: x s - min s with s = 1 / span, five roundings of |x| s and |min| s
    span = np.where(scaler.data_max == scaler.data_min, 1, scaler.data_max - scaler.data_min)
    for samples in (x, other):
        scaled = scaler.transform(samples)
        bound = gamma(3, np.float64) * np.abs(scaled)
        bound += gamma(5, np.float64) * (np.abs(samples) + np.abs(scaler.data_min)) / span
        assert_within(scaled, expected.transform(samples), bound)


@pytest.mark.parametrize("shape", [(4,), (2, 3), (1, 2, 4)], ids=str)
def test_scaler_refuses_another_number_of_features(shape, iris):
    with pytest.raises(ValueError, match=r"^expected samples of 4 features, got shape \("):
        iris.scaler.transform(np.zeros(shape))


SHAPES = {"iris": (150, 4, 3), "wine": (178, 13, 3), "breast_cancer": (569, 30, 2), "digits": (1797, 64, 10)}


@pytest.mark.parametrize("name", DATASETS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_dataset_is_sklearns_split_scaled_by_the_training_part_alone(name, dtype):
    data = load_dataset(name, dtype=dtype)
    samples, features, classes = SHAPES[name]
    bunch = getattr(datasets, f"load_{name}")()
    raw_train, raw_test, y_train, y_test = train_test_split(
        bunch.data, bunch.target, test_size=0.2, random_state=42
    )
    assert len(data.x_train) + len(data.x_test) == samples
    np.testing.assert_array_equal(data.scaler.data_min, raw_train.min(axis=0))
    np.testing.assert_array_equal(data.scaler.data_max, raw_train.max(axis=0))
    x_train, x_test = data.scaler.transform(raw_train), data.scaler.transform(raw_test)
    np.testing.assert_array_equal(data.x_train, x_train.astype(dtype), strict=True)
    np.testing.assert_array_equal(data.x_test, x_test.astype(dtype), strict=True)
    np.testing.assert_array_equal(data.y_train, y_train.astype(np.int64), strict=True)
    np.testing.assert_array_equal(data.y_test, y_test.astype(np.int64), strict=True)
    assert data.name == name
    assert len(data.feature_names) == features
    assert len(data.class_names) == classes
    assert all(type(text) is str for text in (*data.feature_names, *data.class_names))
    assert data.x_train.min() == 0
    assert data.x_train.max() == 1


def test_scaled_test_samples_may_leave_0_to_1():
    x_test = load_dataset("wine").x_test
    assert x_test.min() < 0 or x_test.max() > 1


def test_unknown_dataset_is_refused_with_the_known_names():
    message = r"^expected a data set out of iris, wine, breast_cancer, digits, or a CSV file; got 'mnist'$"
    with pytest.raises(ValueError, match=message):
        load_dataset("mnist")


@given(samples=st.integers(1, 40), batch_size=st.integers(1, 50), seed=st.integers(0, 99))
def test_batches_hold_each_sample_once_and_only_the_last_is_smaller(samples, batch_size, seed):
    indices = list(batch_indices(samples, batch_size, np.random.default_rng(seed)))
    assert sorted(np.concatenate(indices)) == list(range(samples))
    assert [len(index) for index in indices[:-1]] == [batch_size] * (len(indices) - 1)
    assert len(indices) == -(-samples // batch_size)
    assert 1 <= len(indices[-1]) <= batch_size


def test_full_batch_is_everything_in_its_own_order():
    x, y = np.arange(10).reshape(5, 2), np.arange(5)
    [(x_batch, y_batch)] = batches(x, y, None, np.random.default_rng(0))
    np.testing.assert_array_equal(x_batch, x)
    np.testing.assert_array_equal(y_batch, y)


def test_seed_decides_the_order_of_the_batches():
    first, again, other = (
        np.concatenate(list(batch_indices(20, 6, np.random.default_rng(seed)))).tolist() for seed in (1, 1, 2)
    )
    assert first == again
    assert first != other


@pytest.mark.parametrize("batch_size", [0, -1])
def test_batch_size_below_one_is_refused(batch_size):
    with pytest.raises(ValueError, match=rf"^expected a batch size of 1 or more, got {batch_size}$"):
        list(batch_indices(5, batch_size, np.random.default_rng(0)))
