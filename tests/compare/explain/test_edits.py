"""Edits: every usual slip of a line is among them, each is valid Python, and reads as the line does."""

import ast
import inspect
import textwrap

import pytest

import numpy_mlp
from compare.explain.edits import edits


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("db = dz.sum(axis=0)", "db = dz.mean(axis=0)"),
        ("db = dz.sum(axis=0)", "db = dz.sum(axis=1)"),
        ("db = dz.sum(axis=0)", "db = dz.sum()"),
        ("db = dz.sum(axis=0)", "db = dz[0]"),
        ("db = dz.sum(axis=0) / N", "db = dz.sum(axis=0)"),
        ("db = dz.sum(axis=0) / N", "db = dz.sum(axis=0) / N / N"),
        ("db = dz.sum(axis=0) / N", "db = dz.sum(axis=0) // N"),
        ("db = dz.sum(axis=0) / N", "db = dz.sum(axis=0) / (N - 1)"),
        ("dW = x.T @ dz", "dW = dz.T @ x"),
        ("y = x @ W + b", "y = x @ W"),
        ("dz = p - t", "dz = p + t"),
        ("dz = p - t", "dz = t - p"),
        ("dz = p - t", "dz = p"),
        ("dx = dy * (z > 0)", "dx = dy * (z >= 0)"),
        ("dx = dy * (z > 0)", "dx = dy"),
        ("W -= lr * dW", "W += lr * dW"),
        ("v = mu * v - lr * g", "v = mu * v - g"),
        ("e = np.log(p)", "e = np.log10(p)"),
        ("y = np.maximum(x, 0)", "y = np.minimum(x, 0)"),
        ("y = np.maximum(x, 0)", "y = np.maximum(x, 0.01 * x)"),
        ("y = np.maximum(x, 0)", "y = np.tanh(x)"),
        ("d = g + c * W", "d = g + c * W + W"),
        ("dW = g.T @ x", "dW = g[:-1].T @ x[:-1]"),
        ("db = g.sum(axis=0)", "db = g[1:].sum(axis=0)"),
        ("db = g.sum(axis=0)", "db = g.sum(axis=0) / (len(g) - 1)"),
        ("W -= lr * g", "W -= lr * (g + W)"),
        ("W -= lr * g", "W -= lr * (g / np.linalg.norm(g))"),
        ("W -= lr * g", "W -= lr * g.mean()"),
        ("y = x @ W.T", "y = x @ W.reshape(W.shape[::-1])"),
        ("s = (x - m) / d", "s = x - m / d"),
        ("s = (x - m) / d", "s = x * d + m"),
        ("s = x - m / d", "s = (x - m) / d"),
        ("s = a - (b - c)", "s = a - b - c"),
        ("s = a / b / c", "s = a / (b / c)"),
        ("loss = np.log(p)", "loss = np.log(np.clip(p, 1e-7, 1 - 1e-7))"),
        ("g[rows, y] -= 1", "g[:, y] -= 1"),
        ("order = rng.permutation(n)", "order = rng.integers(0, n, n)"),
        ("order = rng.permutation(n)", "order = np.arange(n)"),
        ("s = train_test_split(x, y, random_state=42)", "s = train_test_split(x, y, shuffle=False)"),
        ("s = train_test_split(x, y)", "s = train_test_split(x, y, stratify=y)"),
        ("w = init.uniform(rng, bound, (3, 4))", "w = rng.randn(*(3, 4)) * 0.01"),
        ("self.x = x", "self.x = x if self.x is None else self.x"),
        ("d = d + c * W", "d += c * W"),
        ("self.b.accumulate(g)", "self.b.grad = g"),
        ("order = rng.permutation(n)", "order = np.random.permutation(n)"),
        ("rng = np.random.default_rng(seed)", "rng = np.random.RandomState(seed)"),
        ("w = init.uniform(rng, bound(n), (3, 4))", "w = rng.randn(*(3, 4)) * bound(n)"),
        ("w = init.uniform(rng, bound(n), (3, 4))", "w = np.random.rand(*(3, 4)) * 0.1"),
        ("k = z.argmax(axis=1)", "k = z.max(axis=1)"),
        ("p = np.exp(z)", "p = np.clip(np.exp(z), 1e-7, 1 - 1e-7)"),
        ("db = g.sum(axis=0)", "db = g.sum(axis=0) * 4"),
        (
            "def f(x, rng):\n    for i in x:\n        yield i\n",
            "def f(x, rng):\n    random.shuffle(x)\n    for i in x:\n        yield i\n",
        ),
        (
            "def backward(self, dy):\n    self.W.accumulate(dy)\n    return dy\n",
            "def backward(self, dy):\n    self.W.accumulate(dy)\n"
            "    self.W.data -= 0.1 * self.W.grad\n    return dy\n",
        ),
    ],
)
def test_usual_slip_is_among_the_edits(right, wrong):
    assert wrong in [edit.text for edit in edits(right)]


def test_name_of_the_scope_may_stand_for_another():
    assert "dz1 = dz2 @ W1" in [edit.text for edit in edits("dz1 = dz2 @ W2", scope=["W1"])]
    assert "dz1 = dz2 @ W1" not in [edit.text for edit in edits("dz1 = dz2 @ W2")]


def test_same_change_is_made_in_several_places_at_once():
    right = "e = np.exp(z - z.max(axis=1))\np = e / e.sum(axis=1)"
    edit = next(edit for edit in edits(right) if edit.text.count("axis=0") == 2)
    assert edit.kind == "axis"
    assert edit.changes == (
        ("e = np.exp(z - z.max(axis=1))", "e = np.exp(z - z.max(axis=0))"),
        ("p = e / e.sum(axis=1)", "p = e / e.sum(axis=0)"),
    )


def test_other_activation_comes_with_its_slope():
    right = "mask = x > 0\ny = np.maximum(x, 0)"
    edit = next(edit for edit in edits(right) if edit.text.count("np.tanh(x)") == 2)
    assert edit.text == "mask = (1 - np.tanh(x) ** 2)\ny = np.tanh(x)"


def test_statement_that_moves_into_a_loop_is_shown_with_it_at_the_left_margin():
    right = "def f(n):\n    a = 0\n    for i in n:\n        a += i\n        a += 1\n    return a"
    found = list(edits(right))
    behind, before = (
        next(edit for edit in found if f"        {line}" in edit.text) for line in ("return a", "a = 0")
    )
    assert behind.changes == (
        (
            "for i in n:\n    a += i\n    a += 1\nreturn a",
            "for i in n:\n    a += i\n    a += 1\n    return a",
        ),
    )
    assert before.changes[0][1].startswith("for i in n:\n    a = 0\n    a += i")


FUNCTIONS = (
    numpy_mlp.Linear.forward, numpy_mlp.Linear.backward, numpy_mlp.ReLU.forward, numpy_mlp.SGD.step,
    numpy_mlp.cross_entropy.log_softmax, numpy_mlp.CrossEntropyLoss.backward, numpy_mlp.train,
    numpy_mlp.data.batches, numpy_mlp.data.load_dataset, numpy_mlp.summary.count,
    numpy_mlp.data.batch_indices, numpy_mlp.init.uniform,
)  # fmt: skip


@pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.__qualname__)
def test_each_edit_of_a_function_is_python_and_differs(function):
    text = inspect.getsource(function)
    found = list(edits(text))
    assert len(found) > 50
    assert len({edit.text for edit in found} | {text}) == len(found) + 1
    for edit in found:
        ast.parse(textwrap.dedent(edit.text))
        assert all(before != after for before, after in edit.changes)


def test_edits_come_by_their_cost():
    costs = [edit.cost for edit in edits(inspect.getsource(numpy_mlp.SGD.step))]
    assert costs == sorted(costs)


def test_product_that_becomes_a_sum_keeps_its_place():
    assert "y = (a + b) / c" in [edit.text for edit in edits("y = a * b / c")]
