"""Two programs as learners write them, as texts: a line of either can be replaced by another one."""

import numpy as np
import pytest

import compare
from compare.reference import explanation

# a flat script: samples in rows, W as (in, out), integer labels
SCRIPT = """
N, C, lr = len(x), W2.shape[1], 0.1
z1 = x @ W1 + b1
a1 = np.maximum(0, z1)
scores = a1 @ W2 + b2
exps = np.exp(scores)
probs = exps / exps.sum(axis=1, keepdims=True)
loss = -np.log(probs[range(N), y]).mean()
dscores = probs.copy()
dscores[range(N), y] -= 1
dscores /= N
dW2 = a1.T @ dscores
db2 = dscores.sum(axis=0)
da1 = dscores @ W2.T
dz1 = da1 * (z1 > 0)
dW1 = x.T @ dz1
db1 = dz1.sum(axis=0)
W1_new, b1_new = W1 - lr * dW1, b1 - lr * db1
W2_new, b2_new = W2 - lr * dW2, b2 - lr * db2
"""
# functions in the manner of the well-known notebooks: samples in columns, one-hot columns, 1/m in dW
COLUMNS = """
m, C, lr = X.shape[1], W2.shape[0], 0.1
Z1 = W1.dot(X) + b1
A1 = Z1 * (Z1 > 0)
Z2 = W2.dot(A1) + b2
E = np.exp(Z2 - np.max(Z2, axis=0))
A2 = E / np.sum(E, axis=0)
cost = -np.sum(Y * np.log(A2)) / m
dZ2 = A2 - Y
dW2 = 1 / m * dZ2.dot(A1.T)
db2 = 1 / m * np.sum(dZ2, axis=1, keepdims=True)
dA1 = W2.T.dot(dZ2)
dZ1 = dA1 * (Z1 > 0)
dW1 = 1 / m * dZ1.dot(X.T)
db1 = 1 / m * np.sum(dZ1, axis=1, keepdims=True)
W1_new, b1_new = W1 - lr * dW1, b1 - lr * db1
W2_new, b2_new = W2 - lr * dW2, b2 - lr * db2
"""
ARRAYS = [
    "z1",
    "a1",
    "scores",
    "probs",
    "loss",
    "dscores",
    "dW2",
    "db2",
    "da1",
    "dz1",
    "dW1",
    "db1",
    "Z1",
    "A1",
    "Z2",
    "A2",
    "cost",
    "dZ2",
    "dA1",
    "dZ1",
    "W1_new",
    "b1_new",
    "W2_new",
    "b2_new",
]


@pytest.fixture(scope="session")
def script():
    """The reference of the flat script."""
    return compare.Reference("iris", hidden=(10,), seed=42, layout="in,out")


@pytest.fixture(scope="session")
def columns():
    """The reference of the functions over columns."""
    return compare.Reference("iris", hidden=(10,), seed=42, layout="columns")


def arrays_of(source, ref, changes, leave_out, dtype):
    for right, wrong in changes:
        assert right in source, right
        source = source.replace(right, wrong)
    names = {"np": np, "x": ref.x, "X": ref.x, "y": ref.y, "Y": ref.onehot, **ref.weights}
    names |= {n: a.astype(dtype) for n, a in names.items() if n in ("x", "X", "Y", *ref.weights)}
    exec(source, names)
    return {n: names[n] for n in ARRAYS if n in names and n not in leave_out}


@pytest.fixture(scope="session")
def run_script():
    """Run the script from what a reference hands out, with some lines replaced; return its arrays."""
    return lambda ref, *changes, leave_out=(): arrays_of(SCRIPT, ref, changes, leave_out, ref.dtype)


@pytest.fixture
def hurried(monkeypatch):
    """A search that gives up early, where a test is not about what it finds."""
    monkeypatch.setattr(explanation, "SECONDS", 0.3)


@pytest.fixture
def by_script(script):
    """Run the script with some lines replaced, and check its arrays."""

    def run(*changes, leave_out=(), dtype="float64", **options):
        return script.check(arrays_of(SCRIPT, script, changes, leave_out, dtype), **options)

    return run


@pytest.fixture
def by_columns(columns):
    """The same for the program over columns."""

    def run(*changes, leave_out=(), dtype="float64", **options):
        return columns.check(arrays_of(COLUMNS, columns, changes, leave_out, dtype), **options)

    return run
