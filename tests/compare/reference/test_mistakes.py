# ruff: noqa: E501 (tables of source lines)
"""Every common mistake is named, in two styles: the first array that differs, the learner's line, the advice."""

import numpy as np
import pytest

import compare

# the first array that differs, the learner's own line as the report must show it, a word of the advice; then
# the replaced lines of the script, and of the program over columns
MISTAKES = {
    "a bias gradient without an axis": (
        "db2", ("dz2.sum()", "dz2.sum() / N"), "sum over the samples only",
        [("dscores.sum(axis=0)", "np.sum(dscores)")], [("np.sum(dZ2, axis=1, keepdims=True)", "np.sum(dZ2)")],
    ),
    "a sum without keepdims, which makes the bias square": (
        "b1_new", ("b1.reshape(-1, 1) - lr * db1.reshape(1, -1)",) * 2, "keepdims=True",
        [("b1 - lr * db1", "b1[:, None] - lr * db1")], [("np.sum(dZ1, axis=1, keepdims=True)", "np.sum(dZ1, 1)")],
    ),
    "the error passed back through W2 after its update": (
        "da1", ("dz2 @ (W2 - lr * dW2).T", "(W2 - lr * dW2).T @ dz2"), "after W2 was updated",
        [("dscores @ W2.T", "dscores @ (W2 - lr * dW2).T")], [("W2.T.dot(dZ2)", "(W2 - lr * dW2).T.dot(dZ2)")],
    ),
    "1/N twice in db": (
        "db1", ("dz1.sum(axis=0) / N", "dz1.sum(axis=1, keepdims=True) / N / N"), "1/N twice",
        [("dz1.sum(axis=0)", "dz1.sum(axis=0) / N")], [("db1 = 1 / m * np.sum", "db1 = 1 / m * np.mean")],
    ),
    "softmax over the whole array": (
        "probs", ("np.exp(z2) / np.exp(z2).sum()", "e / e.sum()"), "each sample by itself",
        [("exps.sum(axis=1, keepdims=True)", "np.sum(exps)")], [("np.sum(E, axis=0)", "np.sum(E)")],
    ),
    "softmax over the samples": (
        "probs", ("np.exp(z2) / np.exp(z2).sum(axis=0, keepdims=True)", "e / e.sum(axis=1, keepdims=True)"), "not over the samples",
        [("exps.sum(axis=1, keepdims=True)", "exps.sum(axis=0)")], [("np.sum(E, axis=0)", "np.sum(E, axis=1, keepdims=True)")],
    ),
    "softmax' elementwise": (
        "dz2", ("(probs - onehot) * probs * (1 - probs) / N", "(probs - onehot) * probs * (1 - probs)"), "no elementwise",
        [("dscores /= N", "dscores *= probs * (1 - probs) / N")], [("A2 - Y", "(A2 - Y) * A2 * (1 - A2)")],
    ),
    "no mask": ("dz1", ("da1",) * 2, "is missing", [("da1 * (z1 > 0)", "da1")], [("dA1 * (Z1 > 0)", "dA1")]),
    "an alias of the probabilities": (
        "probs", ("e / e.sum(axis=1, keepdims=True) - onehot) / N", "- onehot"), "makes no copy",
        [("probs.copy()", "probs")], [("dZ2 = A2 - Y", "dZ2 = A2\ndZ2 -= Y")],
    ),
    "the ReLU in place": (
        "z1", ("np.maximum(0, x @ W1 + b1)", "np.maximum(0, W1 @ x + b1)"), "in place",
        [("a1 = np.maximum(0, z1)", "a1 = np.maximum(0, z1, out=z1)")], [("A1 = Z1 * (Z1 > 0)", "Z1 *= Z1 > 0; A1 = Z1")],
    ),
    "the mask in place": (
        "da1", ("(dz2 @ W2.T) * (z1 > 0)", "(W2.T @ dz2) * (z1 > 0)"), "in place",
        [("dz1 = da1 * (z1 > 0)", "dz1 = da1; dz1[z1 <= 0] = 0")], [("dZ1 = dA1 * (Z1 > 0)", "dZ1 = dA1; dZ1[Z1 <= 0] = 0")],
    ),
    "a loss over all probabilities": (
        "loss", ("-np.log(probs).mean()",) * 2, "at the labels",
        [("probs[range(N), y])", "probs)")], [("-np.sum(Y * np.log(A2)) / m", "-np.mean(np.log(A2))")],
    ),
    "uphill": ("W1_new", ("W1 + lr * dW1",) * 2, "uphill", [("W1 - lr", "W1 + lr")], [("W1 - lr", "W1 + lr")]),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
@pytest.mark.parametrize("style", ["script", "columns"])
def test_a_common_mistake_is_named(name, style, by_script, by_columns):
    array, lines, advice, *changes = MISTAKES[name]
    i = ["script", "columns"].index(style)
    report = (by_script, by_columns)[i](*changes[i])
    first = next(v for v in report.verdicts if not v.passed)
    assert first.name == array, str(report)
    (line,) = report.explanations[0].lines
    assert lines[i] in line.wrong
    assert advice in str(report)
    assert len(report.explanations) == 1, str(report)


@pytest.mark.parametrize("style", ["script", "columns"])
def test_the_update_before_the_error_is_passed_back_is_named_without_da1(style, by_script, by_columns):
    _, _, advice, *changes = MISTAKES["the error passed back through W2 after its update"]
    i = ["script", "columns"].index(style)
    report = (by_script, by_columns)[i](*changes[i], leave_out=("da1", "dA1", "W2_new", "loss", "cost"))
    assert advice in str(report)
    assert [v.name for v in report.verdicts if not v.passed] == ["dz1"]


@pytest.mark.parametrize("style", ["script", "columns"])
def test_a_missing_1_over_n_in_one_layer_is_found_there_and_not_in_dz(style, by_script, by_columns):
    if style == "script":
        scaled = [
            ("a1.T @ dscores", "a1.T @ dscores / N"),
            ("dscores.sum(axis=0)", "dscores.sum(axis=0) / N"),
        ]
        report = by_script(("dscores /= N\n", ""), *scaled, leave_out=("W1_new", "b1_new"))
    else:
        report = by_columns(
            ("dW1 = 1 / m * ", "dW1 = "), ("db1 = 1 / m * ", "db1 = "), leave_out=("W1_new", "b1_new")
        )
    assert [v.name for v in report.verdicts if not v.passed] == ["dW1", "db1"]
    assert "1/N is missing in dW1" in str(report)


@pytest.mark.parametrize("style", ["script", "columns"])
def test_a_learning_rate_that_is_known_is_not_fitted(style, by_script, by_columns):
    changes = [("W1 - lr * dW1", "W1 - lr * lr * dW1")]
    report = (by_script if style == "script" else by_columns)(*changes, lr=0.1)
    assert [v.name for v in report.verdicts if not v.passed] == ["W1_new"]
    assert "lr * lr * dW1" in str(report)


@pytest.mark.parametrize("layout", ["in,out", "columns"])
def test_a_derivative_taken_of_the_activation_again_is_named(layout):
    ref = compare.Reference("iris", hidden=(6,), seed=1, layout=layout, activation="sigmoid")

    def sigmoid(z):
        return 1 / (1 + np.exp(-z))

    def slope(z):
        return sigmoid(z) * (1 - sigmoid(z))

    (w1, b1, w2, b2), n = ref.weights.values(), len(ref.y)
    columns = layout == "columns"
    z1 = w1 @ ref.x + b1 if columns else ref.x @ w1 + b1
    a1 = sigmoid(z1)
    z2 = w2 @ a1 + b2 if columns else a1 @ w2 + b2
    probs = np.exp(z2) / np.exp(z2).sum(axis=0 if columns else 1, keepdims=True)
    dz2 = probs - ref.onehot
    da1 = w2.T @ dz2 if columns else dz2 @ w2.T
    right = da1 * slope(z1)
    dw1 = (right @ ref.x.T if columns else ref.x.T @ right) / n
    assert ref.check(z1=z1, a1=a1, dz2=dz2, dz1=right, dW1=dw1)
    report = ref.check(z1=z1, a1=a1, dz2=dz2, dz1=da1 * slope(a1))
    assert not report
    assert "taken of the activation" in str(report)


def test_other_weights_are_told_apart_from_a_wrong_line(script):
    other = np.random.default_rng(0).normal(size=(4, 10))
    assert "with other weights" in str(script.check(z1=script.x @ other))
    columns = compare.Reference("iris", layout="columns")
    assert "with other weights" in str(columns.check(Z1=other.T @ columns.x))


def test_other_data_is_a_possibility_that_is_named(script):
    weights = list(script.weights.values())
    report = script.check(z1=np.random.default_rng(0).normal(size=script.x.shape) @ weights[0] + weights[1])
    assert "x or the weights may not be the reference's" in str(report)
