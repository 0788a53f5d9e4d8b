# ruff: noqa: E501 (tables of source lines)
"""Every convention in which correct programs differ is accepted, in two styles, and recognised."""

import numpy as np
import pytest

# name: replaced lines of the script, of the program over columns; what the report must say of it
CONVENTIONS = {
    "as it is": ([], [], "dZ2 is 120 x PyTorch's: it is probs - onehot."),
    "p - y, 1/N in dW and db": (
        [("dscores /= N\n", ""), ("dW2 = a1.T @ dscores", "dW2 = a1.T @ dscores / N"), ("db2 = dscores.sum(axis=0)", "db2 = dscores.mean(axis=0)"),
         ("dW1 = x.T @ dz1", "dW1 = x.T @ dz1 / N"), ("db1 = dz1.sum(axis=0)", "db1 = dz1.sum(axis=0) / N")],
        [], "is 120 x PyTorch's",
    ),
    "1/N in dz": ([], [("A2 - Y", "(A2 - Y) / m"), ("1 / m * ", "")], ""),
    "sum gradient, lr / N": (
        [("dscores /= N\n", ""), ("lr = len(x), W2.shape[1], 0.1", "lr = len(x), W2.shape[1], 0.1 / len(x)")],
        [("1 / m * ", ""), ("lr = X.shape[1], W2.shape[0], 0.1", "lr = X.shape[1], W2.shape[0], 0.1 / 120")],
        "sums over the samples",
    ),
    "sum gradient, sum loss": (
        [("dscores /= N\n", ""), (".mean()", ".sum()")], [("1 / m * ", ""), (" / m\ndZ2", "\ndZ2")], "The loss is summed",
    ),
    "mean loss beside a sum gradient": ([("dscores /= N\n", "")], [("1 / m * ", "")], "sums over the samples"),
    "sum loss beside a mean gradient": ([(".mean()", ".sum()")], [(" / m\ndZ2", "\ndZ2")], "The loss is summed"),
    "y - p, and W += lr * dW": (
        [("dscores = probs.copy()\ndscores[range(N), y] -= 1", "dscores = -probs\ndscores[range(N), y] += 1"), ("- lr *", "+ lr *")],
        [("A2 - Y", "Y - A2"), ("- lr *", "+ lr *")], "other sign",
    ),
    "y - p, the sign back in dW": (
        [("dscores = probs.copy()\ndscores[range(N), y] -= 1", "dscores = -probs\ndscores[range(N), y] += 1"),
         ("dW2 = a1.T", "dW2 = -a1.T"), ("dW1 = x.T", "dW1 = -x.T"), ("db2 = ", "db2 = -"), ("db1 = ", "db1 = -")],
        [("A2 - Y", "Y - A2"), ("1 / m", "-1 / m")], "have the sign back",
    ),
    "log(p + 1e-7)": ([("probs[range(N), y])", "probs[range(N), y] + 1e-7)")], [("log(A2)", "log(A2 + 1e-7)")], "log(p + 1e-07)"),
    "log(p + 1e-15)": ([("probs[range(N), y])", "probs[range(N), y] + 1e-15)")], [("log(A2)", "log(A2 + 1e-15)")], ""),
    "clipped probabilities": (
        [("probs[range(N), y])", "np.clip(probs, 1e-5, 1 - 1e-5)[range(N), y])")],
        [("log(A2)", "log(np.clip(A2, 1e-5, 1 - 1e-5))")], "",
    ),
    "averaged over the classes": ([(".mean()", ".sum() / (N * C)")], [(" / m\ndZ2", " / m / C\ndZ2")], "averaged over the classes, too"),
    "log2": ([("np.log(", "np.log2(")], [("np.log(", "np.log2(")], "in bits"),
    "loss of shape (1, 1)": (
        [("dscores = probs.copy()", "loss = np.reshape(loss, (1, 1))\ndscores = probs.copy()")],
        [("dZ2 = A2", "cost = np.reshape(cost, (1, 1))\ndZ2 = A2")], "",
    ),
    "a loss for each sample": ([(".mean()", "")], [("-np.sum(Y * np.log(A2)) / m", "-np.sum(Y * np.log(A2), axis=0)")], "kept for each sample"),
    "biases (1, H) or (H,)": (
        [("db2 = dscores.sum(axis=0)", "db2 = dscores.sum(axis=0, keepdims=True)")],
        [(", keepdims=True", ""), ("b1 - lr * db1", "b1 - lr * db1.reshape(-1, 1)"), ("b2 - lr * db2", "b2 - lr * db2[:, None]")], "",
    ),
    "ReLU's slope 1 at 0": ([("(z1 > 0)", "(z1 >= 0)")], [("dA1 * (Z1 > 0)", "np.where(Z1 < 0, 0, dA1)")], ""),
    "stable softmax or not": (
        [("exps = np.exp(scores)", "exps = np.exp(scores - scores.max(axis=1, keepdims=True))")],
        [("Z2 - np.max(Z2, axis=0)", "Z2")], "",
    ),
    "loss by log-sum-exp": (
        [("-np.log(probs[range(N), y]).mean()", "(np.log(exps.sum(axis=1)) - scores[range(N), y]).mean()")],
        [("-np.sum(Y * np.log(A2)) / m", "np.mean(np.log(np.sum(np.exp(Z2), axis=0)) - np.sum(Y * Z2, axis=0))")], "",
    ),
    "dz in one line": ([], [("dA1 = W2.T.dot(dZ2)\ndZ1 = dA1 * (Z1 > 0)", "dZ1 = W2.T.dot(dZ2)\ndZ1[A1 <= 0] = 0")], ""),
    "decay l2 / 2": (
        [("dscores = probs.copy()", "loss += 0.5 * 0.01 * (np.sum(W1**2) + np.sum(W2**2))\ndscores = probs.copy()"),
         ("da1 =", "dW2 += 0.01 * W2\nda1 ="), ("W1_new,", "dW1 += 0.01 * W1\nW1_new,")],
        [("dZ2 = A2", "cost += 0.5 * 0.01 * (np.sum(W1**2) + np.sum(W2**2))\ndZ2 = A2"),
         ("dA1 =", "dW2 = dW2 + 0.01 * W2\ndA1 ="), ("W1_new,", "dW1 = dW1 + 0.01 * W1\nW1_new,")], "Weight decay: l2 * W with l2 = 0.01",
    ),
    "decay l2": (
        [("dscores = probs.copy()", "loss += 0.01 * (np.sum(W1**2) + np.sum(W2**2))\ndscores = probs.copy()"),
         ("da1 =", "dW2 += 2 * 0.01 * W2\nda1 ="), ("W1_new,", "dW1 += 2 * 0.01 * W1\nW1_new,")],
        [("dZ2 = A2", "cost += 0.01 * (np.sum(W1**2) + np.sum(W2**2))\ndZ2 = A2"),
         ("dA1 =", "dW2 = dW2 + 0.02 * W2\ndA1 ="), ("W1_new,", "dW1 = dW1 + 0.02 * W1\nW1_new,")], "Weight decay: l2 * W with l2 = 0.02",
    ),
    "decay l2 / 2m": (
        [("dscores = probs.copy()", "loss += 0.7 / (2 * N) * (np.sum(W1**2) + np.sum(W2**2))\ndscores = probs.copy()"),
         ("da1 =", "dW2 += 0.7 / N * W2\nda1 ="), ("W1_new,", "dW1 += 0.7 / N * W1\nW1_new,")],
        [("dZ2 = A2", "cost += 0.7 / (2 * m) * (np.sum(W1**2) + np.sum(W2**2))\ndZ2 = A2"),
         ("dA1 =", "dW2 = dW2 + 0.7 / m * W2\ndA1 ="), ("W1_new,", "dW1 = dW1 + 0.7 / m * W1\nW1_new,")], "Weight decay",
    ),
    "decay of the biases, too": (
        [("da1 =", "dW2 += 0.01 * W2\ndb2 += 0.01 * b2\nda1 ="), ("W1_new,", "dW1 += 0.01 * W1\ndb1 += 0.01 * b1\nW1_new,")],
        [("dA1 =", "dW2 = dW2 + 0.01 * W2\ndb2 = db2 + 0.01 * b2\ndA1 ="), ("W1_new,", "dW1 = dW1 + 0.01 * W1\ndb1 = db1 + 0.01 * b1\nW1_new,")],
        "gradients of the weights and biases",
    ),
    "decay in the update": (
        [("lr * dW1", "lr * (dW1 + 0.01 * W1)"), ("lr * dW2", "lr * (dW2 + 0.01 * W2)")],
        [("lr * dW1", "lr * (dW1 + 0.01 * W1)"), ("lr * dW2", "lr * (dW2 + 0.01 * W2)")], "in the update",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize("style", ["script", "columns"])
def test_a_correct_convention_is_no_mistake(name, style, by_script, by_columns):
    *changes, said = CONVENTIONS[name]
    run, changed = (by_script, changes[0]) if style == "script" else (by_columns, changes[1])
    report = run(*changed)
    assert report, str(report)
    if changed:
        assert said in str(report)


@pytest.mark.parametrize("name", CONVENTIONS)
@pytest.mark.parametrize("style", ["script", "columns"])
def test_the_same_convention_in_float32_without_inner_arrays(name, style, by_script, by_columns):
    *changes, _ = CONVENTIONS[name]
    run, changed = (by_script, changes[0]) if style == "script" else (by_columns, changes[1])
    report = run(
        *changed, leave_out=("a1", "A1", "dscores", "dZ2", "da1", "dA1", "probs", "A2"), dtype=np.float32
    )
    assert report, str(report)
