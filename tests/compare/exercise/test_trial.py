"""A piece on trial: alone, with its sibling, and beside what ``compare.run --numpy`` says of the package."""

import numpy as np
import pytest

from compare.bugs.diagnosis import diagnose
from compare.checks import first_divergence
from compare.exercise.pieces import PIECES
from compare.exercise.trial import Trial
from compare.exercise.work import explanation
from compare.gates.material import Material, Settings
from compare.learner.loading import load
from compare.proof import Proof, prove

OWN_INPUTS = [
    ("linear.py", "self.x: np.ndarray | None = None", "self.inputs = None"),
    ("linear.py", "self.x = x if is_grad_enabled() else None", "self.inputs = x"),
    ("linear.py", "if self.x is None", "if self.inputs is None"),
    ("linear.py", "grad_output.T @ self.x", "grad_output.T @ self.inputs"),
]
MASK_HOLDS_X = [
    ("relu.py", "self.mask = x > 0", "self.mask = x"),
    ("relu.py", "grad_output * self.mask", "grad_output * (self.mask > 0)"),
]
SAVED_HOLDS_P = [
    ("cross_entropy.py", "(log_p, labels) if", "(np.exp(log_p), labels) if"),
    ("cross_entropy.py", "grad_logits = np.exp(log_p)", "grad_logits = log_p.copy()"),
]
OWN_LAYERS = [
    ("mlp.py", "self.layer_names: list[str] = []", "self.row = {}"),
    ("mlp.py", "self.layer_names.append(name)", "self.row[name] = layer"),
    ("mlp.py", "for layer in self.children():", "for layer in self.row.values():"),
    ("mlp.py", "in reversed(self.layer_names[1:])", "in reversed(list(self.row)[1:])"),
    ("mlp.py", "grad = getattr(self, name).backward", "grad = self.row[name].backward"),
    (
        "mlp.py",
        "yield from zip(self.layer_names, self.children(), strict=True)",
        "yield from self.row.items()",
    ),
]
READS_ANOTHER = ("linear.py", "grad_output.T @ self.x", "grad_output.T @ self.input")
FORGOTTEN = ("linear.py", "        self.inputs = x\n", "")
KEPT_MASK_AT_0 = ("relu.py", "self.mask = x > 0", "self.mask = x >= 0")
READS_MASC = ("relu.py", "grad_output * self.mask", "grad_output * self.masc")
FORWARD_DOUBLED = ("linear.py", "y = x @ weight.T", "y = 2 * (x @ weight.T)")
BIAS_AVERAGED = ("linear.py", "grad_output.sum(axis=0)", "grad_output.mean(axis=0)")
SLOPE_AT_0 = ("relu.py", "(self.mask > 0)", "(self.mask >= 0)")
KEPT_AT_0 = ("relu.py", "self.mask = x > 0", "self.seen = x >= 0")
LOSS_UPHILL = ("cross_entropy.py", "labels] -= 1", "labels] += 1")
LOSS_SUMMED = (
    "cross_entropy.py",
    'return loss / len(labels) if self.reduction == "mean" else loss',
    "return loss",
)
LAYERS_FORWARD = ("mlp.py", "in reversed(list(self.row)[1:])", "in list(self.row)[1:]")
OWN_SEEN = [
    ("relu.py", "self.mask: np", "self.seen: np"),
    ("relu.py", "if self.mask is None", "if self.seen is None"),
    ("relu.py", "grad_output * self.mask", "grad_output * self.seen"),
]


@pytest.fixture(scope="module")
def verdicts(trials):
    """The verdicts on the pieces of one class of a package: forward's, backward's."""

    def judge(folder, name):
        trial = Trial(folder)
        trial.trials = trials
        found = []
        with np.errstate(all="ignore"):
            for piece in (piece for piece in PIECES if piece.path[0] == name):
                alone = trial.alone(piece)
                judged = alone
                if alone.verdict == "wrong" and alone.package:
                    judged = trial.among_siblings(piece, alone)
                found.append(judged)
        return found

    return judge


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "changes", "expected"),
    [
        ("Linear", OWN_INPUTS, ["done", "done"]),
        ("Linear", [*OWN_INPUTS, BIAS_AVERAGED], ["done", "wrong"]),
        ("Linear", [*OWN_INPUTS, FORWARD_DOUBLED], ["wrong", "done"]),
        ("Linear", [*OWN_INPUTS, FORWARD_DOUBLED, BIAS_AVERAGED], ["wrong", "wrong"]),
        ("Linear", [READS_ANOTHER], ["done", "wrong"]),
        ("Linear", [*OWN_INPUTS[1:], FORGOTTEN], ["wrong", "done"]),
        ("ReLU", [KEPT_MASK_AT_0, READS_MASC], ["wrong", "wrong"]),
        ("ReLU", MASK_HOLDS_X, ["done", "done"]),
        ("ReLU", [*MASK_HOLDS_X, SLOPE_AT_0], ["done", "wrong"]),
        ("ReLU", [*OWN_SEEN, KEPT_AT_0], ["wrong", "done"]),
        ("CrossEntropyLoss", SAVED_HOLDS_P, ["done", "done"]),
        ("CrossEntropyLoss", [*SAVED_HOLDS_P, LOSS_UPHILL], ["done", "wrong"]),
        ("CrossEntropyLoss", [*SAVED_HOLDS_P, LOSS_SUMMED], ["wrong", "done"]),
        ("MLP", OWN_LAYERS, ["done", "done"]),
        ("MLP", [*OWN_LAYERS, LAYERS_FORWARD], ["done", "wrong"]),
    ],
)
def test_own_names_never_make_a_right_sibling_wrong(tmp_path, solved, verdicts, name, changes, expected):
    found = verdicts(solved(tmp_path / "mine", *changes), name)
    assert [one.verdict for one in found] == expected
    slips = READS_ANOTHER, READS_MASC
    assert any("AttributeError" in one.text for one in found) == any(slip in changes for slip in slips)


@pytest.mark.slow
def test_forward_that_keeps_nothing_is_told_what_to_keep(tmp_path, solved, verdicts):
    keep = ("linear.py", "        self.x = x if is_grad_enabled() else None\n", "")
    forward, backward = verdicts(solved(tmp_path / "mine", keep), "Linear")
    assert (forward.verdict, backward.verdict) == ("wrong", "done")
    assert forward.text == (
        "what it returns is right, but not what it keeps for backward\n  Linear.backward reads self.x"
    )


@pytest.mark.slow
def test_forward_with_own_names_is_right_before_backward_is_written(tmp_path, solved, verdicts):
    unwritten = (
        "linear.py",
        "        # dL/dW = (dL/dy)",
        '        raise NotImplementedError("write Linear.backward")\n        #',
    )
    folder = solved(tmp_path / "mine", *OWN_INPUTS[:2], unwritten)
    forward, _ = verdicts(folder, "Linear")
    assert (forward.verdict, forward.text) == (
        "done", "it keeps self.inputs: to be checked together with Linear.backward",
    )  # fmt: skip
    keep = ("linear.py", "        self.x = x if is_grad_enabled() else None\n", "")
    forward, _ = verdicts(solved(tmp_path / "other" / "mine", keep, unwritten), "Linear")
    assert forward.verdict == "wrong"
    assert forward.text.endswith("\n  keep x in self.x for backward")


MISTAKES = {
    "Linear.forward": ("linear.py", "        y += bias", "        y -= bias"),
    "Linear.backward": BIAS_AVERAGED,
    "Linear.backward, too": ("linear.py", "return grad_output @", "return -grad_output @"),
    "ReLU.forward": ("relu.py", "np.maximum(x, 0)", "np.maximum(x, 0.01 * x)"),
    "ReLU.backward": ("relu.py", "return grad_output * self.mask", "return grad_output"),
    "log_softmax": ("cross_entropy.py", "return shifted - log_sum", "return shifted"),
    "CrossEntropyLoss.forward": ("cross_entropy.py", "np.floating = -log_p", "np.floating = log_p"),
    "CrossEntropyLoss.backward": LOSS_UPHILL,
    "MLP.forward": ("mlp.py", "        return x\n", "        return np.maximum(x, 0)\n"),
    "SGD.step": ("sgd.py", "param.data -=", "param.data +="),
    "SGD.step, too": ("sgd.py", "(1 - self.dampening) * update", "update"),
    "train's step": ("training.py", "                optimizer.zero_grad()\n", ""),
    "summary.count": ("summary.py", "mult_adds=batch * num_params", "mult_adds=num_params"),
}  # fmt: skip


@pytest.fixture(scope="module")
def judges(lab, trials):
    """What the exercise and the proof judge with."""
    return trials, lab, Proof(Material(Settings(epochs=20)))


@pytest.mark.slow
@pytest.mark.parametrize("name", MISTAKES)
def test_exercise_and_proof_give_the_same_first_array_name_and_verdict(
    tmp_path, solved, judges, no_trace, name
):
    trials, lab, proof = judges
    folder = solved(tmp_path / "mine", MISTAKES[name])
    (piece,) = (piece for piece in PIECES if piece.name == name.partition(",")[0])
    trial = Trial(folder)
    trial.trials = trials
    with np.errstate(all="ignore"):
        alone = trial.alone(piece)
        judged = trial.among_siblings(piece, alone) if len(piece.path) == 2 else alone
        package = load(folder)
        mine = proof.of(package)
        first = next(found for _ in prove(mine) if (found := first_divergence(mine.checks)))
        assert judged.verdict == "wrong"
        assert judged.wrong == first
        named = diagnose(package, lab, training=first.epoch is not None).name
        assert explanation(judged, lab, piece).name == named
