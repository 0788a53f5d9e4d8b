"""Bugs of the data and of inference, and two that change no number at all."""

import numpy as np

from compare.bugs.bug import Bug
from numpy_mlp.data import SPLIT_SEED, Dataset, MinMaxScaler
from numpy_mlp.inference import predict, predict_logits
from numpy_mlp.linear import Linear
from numpy_mlp.mlp import MLP
from numpy_mlp.no_grad import is_grad_enabled, no_grad
from numpy_mlp.parameter import Parameter

LOAD = "data.load_dataset"


def load_scaled_on_all(name: str = "iris", *, dtype: type[np.floating] = np.float32) -> Dataset:
    """Load one of scikit-learn's bundled data sets."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    bunch = getattr(datasets, f"load_{name}")()
    x_train, x_test, y_train, y_test = train_test_split(
        bunch.data, bunch.target, test_size=0.2, random_state=SPLIT_SEED
    )
    scaler = MinMaxScaler.fit(bunch.data)
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


scaler_on_all = Bug(
    name="scaler-fitted-on-all-data",
    family="data",
    why="The test flowers take part in the range, so the test knows what it should not.",
    replacements=((LOAD, load_scaled_on_all),),
    question="Does your scaler see a test flower before the test?",
    answer="It must not: fit it on x_train alone, then transform both parts with it.",
    gate="data",
)


def fit_without_axis(cls: type[MinMaxScaler], x: np.ndarray) -> MinMaxScaler:
    """Take the range of x."""
    features = x.shape[1]
    # min and max over all of x        (N, features) -> (), the same for each feature
    return cls(np.full(features, x.min()), np.full(features, x.max()))


scaler_without_axis = Bug(
    name="scaler-without-axis",
    family="data",
    why="One minimum and maximum for all features: a petal's width is scaled by a sepal's length.",
    replacements=(("data.MinMaxScaler.fit", fit_without_axis),),
    question="x.min() of a (120, 4) array: how many numbers is that, and how many do four features need?",
    answer="One, where four are needed: x.min(axis=0), x.max(axis=0).",
    gate="data",
)


def load_test_on_its_own(name: str = "iris", *, dtype: type[np.floating] = np.float32) -> Dataset:
    """Load one of scikit-learn's bundled data sets."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    bunch = getattr(datasets, f"load_{name}")()
    x_train, x_test, y_train, y_test = train_test_split(
        bunch.data, bunch.target, test_size=0.2, random_state=SPLIT_SEED
    )
    scaler = MinMaxScaler.fit(x_train)
    return Dataset(
        name=name,
        x_train=scaler.transform(x_train).astype(dtype),
        y_train=y_train.astype(np.int64),
        x_test=MinMaxScaler.fit(x_test).transform(x_test).astype(dtype),
        y_test=y_test.astype(np.int64),
        scaler=scaler,
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        class_names=tuple(str(label) for label in bunch.target_names),
    )


test_on_its_own = Bug(
    name="test-scaled-by-its-own-range",
    family="data",
    why="The test set is scaled by its own minimum and maximum: the same flower gets other numbers.",
    replacements=((LOAD, load_test_on_its_own),),
    question="The same flower stands in both parts. Does it get the same four numbers?",
    answer="It must: transform the test set with the scaler that was fitted on the training set.",
    gate="data",
)


def transform_with_epsilon(self: MinMaxScaler, x: np.ndarray) -> np.ndarray:
    """Return x'."""
    # x' = (x - min) / (max - min + 1e-6)      (N, features) - (features,) -> (N, features)
    return (x - self.data_min) / (self.data_max - self.data_min + 1e-6)


span_plus_epsilon = Bug(
    name="span-plus-epsilon",
    family="data",
    why="The range is max - min + 1e-6, against a division by 0: every input is off by a millionth or less. "
    "(It stands for the quiet ddof = 1 of a standardiser, which this project has not.)",
    replacements=(("data.MinMaxScaler.transform", transform_with_epsilon),),
    question="What does your scaler make of the largest training value: exactly 1?",
    answer="It must be 1. Guard against a constant feature where it happens: np.where(span == 0, 1, span).",
    gate="data",
)


def argmax_over_samples(model: MLP, x: np.ndarray) -> np.ndarray:
    """Return the labels."""
    # argmax_n z                 (N, C) -> (C,)
    labels: np.ndarray = predict_logits(model, x).argmax(axis=0)
    return labels


argmax_wrong_axis = Bug(
    name="argmax-over-wrong-axis",
    family="data",
    why="argmax runs down the samples: it says which flower is most of each species.",
    replacements=(("inference.predict", argmax_over_samples),),
    question="How many answers should 30 flowers give: 30 or 3?",
    answer="30: argmax over the classes, axis=1.",
    gate="predictions",
)


def accuracy_of_batches(model: MLP, x: np.ndarray, y: np.ndarray) -> float:
    """Return the share of samples whose predicted label is y."""
    size = 16
    # 1/N Σ_n [predicted == y] of each batch
    shares = [
        float((predict(model, x[i : i + size]) == y[i : i + size]).mean()) for i in range(0, len(x), size)
    ]
    # their mean
    return sum(shares) / len(shares)


accuracy_over_batches = Bug(
    name="accuracy-averaged-over-batches",
    family="data",
    why="The accuracy is a mean of batch means: a flower in a small last batch counts more than the others.",
    replacements=(("inference.accuracy", accuracy_of_batches),),
    question="30 flowers in batches of 16 and 14. How much does each flower weigh in your mean?",
    answer="1/32 or 1/28, where it should be 1/30. Count the right answers, then divide once by N.",
    gate="predictions",
)


def load_in_float64(name: str = "iris", *, dtype: type[np.floating] = np.float32) -> Dataset:
    """Load one of scikit-learn's bundled data sets."""
    from sklearn import datasets
    from sklearn.model_selection import train_test_split

    bunch = getattr(datasets, f"load_{name}")()
    x_train, x_test, y_train, y_test = train_test_split(
        bunch.data, bunch.target, test_size=0.2, random_state=SPLIT_SEED
    )
    scaler = MinMaxScaler.fit(x_train)
    return Dataset(
        name=name,
        x_train=scaler.transform(x_train),
        y_train=y_train.astype(np.int64),
        x_test=scaler.transform(x_test),
        y_test=y_test.astype(np.int64),
        scaler=scaler,
        feature_names=tuple(str(feature) for feature in bunch.feature_names),
        class_names=tuple(str(label) for label in bunch.target_names),
    )


def forward_of_any_dtype(self: Linear, x: np.ndarray) -> np.ndarray:
    """Return y."""
    weight, bias = self.weight.data, self.bias.data
    if x.ndim != 2 or x.shape[1] != weight.shape[1]:
        raise ValueError(f"Linear expected an input of shape (N, {weight.shape[1]}), got {x.shape}")
    self.x = x if is_grad_enabled() else None
    # y = x Wᵀ + b               (N, in) @ (in, out) + (out,) -> (N, out), in the wider of both dtypes
    return x @ weight.T + bias


def accumulate_any_dtype(self: Parameter, grad: np.ndarray) -> None:
    """Add ``grad``."""
    if grad.shape != self.data.shape:
        raise ValueError(f"expected a gradient of shape {self.data.shape}, got {grad.shape}")
    if self.requires_grad:
        self.grad = grad if self.grad is None else self.grad + grad


float64_data = Bug(
    name="float64-data",
    family="data",
    why="The data stay float64 and nothing refuses them, so a float32 network computes in float64.",
    replacements=(
        (LOAD, load_in_float64),
        ("linear.Linear.forward", forward_of_any_dtype),
        ("parameter.Parameter.accumulate", accumulate_any_dtype),
    ),
    question="What is the dtype of np.ones(3) * np.ones(3, np.float32)?",
    answer="float64: the wider one wins, without a word. Cast the data to the model's: x.astype(dtype).",
    gate="data",
)


def predict_logits_in_training_mode(model: MLP, x: np.ndarray) -> np.ndarray:
    """Return the logits."""
    with no_grad():
        return model(x)


eval_forgotten = Bug(
    name="eval-forgotten",
    family="data",
    why="model.eval() is not called before inference.",
    replacements=(("inference.predict_logits", predict_logits_in_training_mode),),
    question="Which layers behave differently in training and in evaluation?",
    answer="Dropout and batch norm. This network has neither, but the habit is a good one.",
    gate="",
    equivalent="no layer of this network asks for the mode: there is no dropout and no batch norm",
)


def predict_logits_with_bookkeeping(model: MLP, x: np.ndarray) -> np.ndarray:
    """Return the logits."""
    was_training = model.training
    model.eval()
    try:
        return model(x)
    finally:
        model.train(was_training)


no_grad_forgotten = Bug(
    name="no-grad-forgotten",
    family="data",
    why="Inference runs without no_grad(), so every layer keeps what no backward pass will ask for.",
    replacements=(("inference.predict_logits", predict_logits_with_bookkeeping),),
    question="What does no_grad() change: the results, or what is kept?",
    answer="What is kept. The numbers are the same; memory is not.",
    gate="",
    equivalent="no_grad() saves memory and changes no number",
)

BUGS = (
    scaler_on_all,
    scaler_without_axis,
    test_on_its_own,
    span_plus_epsilon,
    argmax_wrong_axis,
    accuracy_over_batches,
    float64_data,
    eval_forgotten,
    no_grad_forgotten,
)
