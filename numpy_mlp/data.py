"""The data: flowers split by scikit-learn, scaled by hand, and handed out in batches.

Iris has 150 flowers of three species and four lengths in centimetres. scikit-learn splits them, 120 to train
with and 30 to test with; what scaling does is three lines of NumPy, below.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

DATASETS = ("iris", "wine", "breast_cancer", "digits")
SPLIT_SEED = 42


class MinMaxScaler(NamedTuple):
    """Maps each feature's range over the training samples to [0, 1]: x' = (x - min) / (max - min).

    The range is that of the training samples alone, so a test sample may leave [0, 1]. A range that included
    the test samples would pass knowledge of them to the training, and the test would measure less.

    Attributes:
        data_min: The smallest value of each feature, (features,).
        data_max: The largest, (features,).
    """

    data_min: np.ndarray
    data_max: np.ndarray

    @classmethod
    def fit(cls, x: np.ndarray) -> "MinMaxScaler":
        """Take the range of each feature (column) of x (N, features)."""
        return cls(x.min(axis=0), x.max(axis=0))

    def transform(self, x: np.ndarray) -> np.ndarray:
        """Return (x - min) / (max - min), (N, features) -> (N, features); a constant feature becomes 0.

        Raises:
            ValueError: x is not (N, features).
        """
        if x.ndim != 2 or x.shape[1:] != self.data_min.shape:
            raise ValueError(f"expected samples of {len(self.data_min)} features, got shape {x.shape}")
        span = self.data_max - self.data_min
        # x' = (x - min) / (max - min)     (N, features) - (features,) -> (N, features)
        return (x - self.data_min) / np.where(span == 0, 1, span)


class Dataset(NamedTuple):
    """Samples ready for a network, and what their columns and labels mean.

    Attributes:
        name: ``"iris"``, ...
        x_train: Scaled training samples (N, features), in the requested dtype.
        y_train: Their labels (N,), int64, from 0 to classes - 1.
        x_test: Scaled test samples.
        y_test: Their labels.
        scaler: What scaled them, fitted on the training samples alone.
        feature_names: One for each column: ``"sepal length (cm)"``, ...
        class_names: One for each label: ``"setosa"``, ...
    """

    name: str
    x_train: np.ndarray
    y_train: np.ndarray
    x_test: np.ndarray
    y_test: np.ndarray
    scaler: MinMaxScaler
    feature_names: tuple[str, ...]
    class_names: tuple[str, ...]


def load_dataset(
    name: str = "iris", *, dtype: type[np.floating] = np.float32, label: str | None = None
) -> Dataset:
    """Load a bundled data set of scikit-learn or a CSV file: split 80 to 20, scaled to the training range.

    The split is always the same (``random_state=42``), so that runs with other seeds can be compared.

    Args:
        name: Out of ``DATASETS``, or a file with a header and a number in every cell but the class's.
        dtype: Of the samples.
        label: The column of a file that holds the classes; None is the last one.

    Raises:
        OSError: the file can't be read.
        ValueError: an unknown name, or a file that is no such table.
    """
    from numpy_mlp.shared import own_data

    name = own_data.with_label(str(name), label)
    if not own_data.is_file(name) and name not in DATASETS:
        raise ValueError(f"expected a data set out of {', '.join(DATASETS)}, or a CSV file; got {name!r}")
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    own = own_data.is_file(name)
    bunch = own_data.read_table(name) if own else getattr(datasets, f"load_{name}")()
    x_train, x_test, y_train, y_test = train_test_split(
        bunch.data, bunch.target, test_size=0.2, random_state=SPLIT_SEED
    )
    if own:
        own_data.check_split(name, bunch, y_train)
    scaler = MinMaxScaler.fit(x_train)
    return Dataset(
        name=name,
        x_train=scaler.transform(x_train).astype(dtype),
        y_train=y_train.astype(np.int64),
        x_test=scaler.transform(x_test).astype(dtype),
        y_test=y_test.astype(np.int64),
        scaler=scaler,
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        class_names=tuple(str(label) for label in bunch.target_names),
    )


def batch_indices(samples: int, batch_size: int, rng: "np.random.Generator") -> Iterator[np.ndarray]:
    """Yield the indices of each batch of one epoch.

    Every sample comes once, in an order that ``rng`` draws anew for each epoch, ``batch_size`` at a time; the
    last batch may be smaller.

    Raises:
        ValueError: a batch size below 1.
    """
    if batch_size < 1:
        raise ValueError(f"expected a batch size of 1 or more, got {batch_size}")
    order = rng.permutation(samples)
    for start in range(0, samples, batch_size):
        yield order[start : start + batch_size]


def batches(
    x: np.ndarray, y: np.ndarray, batch_size: int | None, rng: "np.random.Generator"
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield (x, y) for each batch of one epoch, samples and labels taken by the same indices.

    A batch size of None means full batch: everything, in its own order.
    """
    if batch_size is None:
        yield x, y
        return
    for index in batch_indices(len(x), batch_size, rng):
        yield x[index], y[index]
