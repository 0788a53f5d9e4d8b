"""Each gate of the proof catches the fault that is planted for it, and names the right array first."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

import numpy_mlp
from compare import numpy_side, predictions, referees, torch_side, trajectory
from compare import proof as proof_module
from compare.checks import Place, agree, first_divergence
from compare.proof import STAGES, Proof, Settings, prove
from compare.scenario import random_scenario, scenarios
from compare.trajectory import Course
from numpy_mlp import cross_entropy, data, init
from numpy_mlp import summary as summary_module
from numpy_mlp.history import History

CPU = torch.device("cpu")


def fresh_proof(**settings) -> Proof:
    return Proof.prepare(Settings(**{"epochs": 40, "dtypes": ("float32",), **settings}))


def run_all(**settings) -> Proof:
    proof = fresh_proof(**settings)
    assert list(prove(proof)) == [gate for gates, _ in STAGES for gate in gates]
    return proof


def scaled_linear_gradient(self, grad_output, *, needs_input_grad=True):
    self.weight.accumulate(grad_output.T @ self.x * np.float32(1.001))
    self.bias.accumulate(grad_output.sum(axis=0))
    return grad_output @ self.weight.data if needs_input_grad else None


def slope_one_at_zero(self, x):
    self.mask = x >= 0
    return np.maximum(x, 0)


def unstable_log_softmax(logits):
    return logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))


def backward_of_n_minus_one(self):
    log_p, target = self.saved
    return (np.exp(log_p) - target) / max(1, len(target) - 1)


def one_hot_from_the_end(labels, classes):
    return (np.arange(classes)[:, None] == labels % classes).T


def step_without_decay(self):
    self.weight_decay = 0
    return original_step(self)


original_step = numpy_mlp.SGD.step


def batches_with_unshuffled_labels(x, y, batch_size, rng):
    if batch_size is None:
        yield x, y
        return
    start = 0
    for index in data.batch_indices(len(x), batch_size, rng):
        taken = x[index]
        yield taken, y[start : start + len(taken)]
        start += len(taken)


def scaler_on_one_range(cls, x):
    return cls(np.full(x.shape[1], x.min()), np.full(x.shape[1], x.max()))


def train_without_the_last_epoch(model, optimizer, x, y, *, epochs, **more):
    history = original_train(model, optimizer, x, y, epochs=epochs, **more)
    if epochs == 40:  # the long training, not the referees' one
        history.snapshots[-1] = history.snapshots[-2]
    return history


original_train = numpy_mlp.train

NO_ROW = summary_module.Row("ReLU", (1, 3), (1, 3), 0, 0, 0, True)
LINEAR, RELU, LOSS, SGD = numpy_mlp.Linear, numpy_mlp.ReLU, numpy_mlp.CrossEntropyLoss, numpy_mlp.SGD
FAULTS = [
    (LINEAR, "backward", scaled_linear_gradient, "backward", "dL/dfc2.weight", "fresh"),
    (RELU, "forward", slope_one_at_zero, "backward", "dL/dfc1", "at zero"),
    (cross_entropy, "log_softmax", unstable_log_softmax, "forward", "loss", "logits of +-1000"),
    (LOSS, "backward", backward_of_n_minus_one, "backward", "dL/dfc2", "fresh"),
    (SGD, "step", step_without_decay, "update", "fc1.weight after step 1", "momentum"),
    (SGD, "zero_grad", lambda self: None, "backward", "dL/dfc2.weight (step 2)", "uneven batches"),
    (data, "batches", batches_with_unshuffled_labels, "data", "batches of y as PyTorch's", "preparation"),
    (data.MinMaxScaler, "fit", classmethod(scaler_on_one_range), "data", "x_train", "preparation"),
    (init, "bias_bound", lambda n: 1 / n, "same seed", "fc1.bias", "preparation"),
    (summary_module, "count", lambda *_: NO_ROW, "structure", "parameters in all", "preparation"),
    (cross_entropy, "one_hot", one_hot_from_the_end, "referees", "negative labels", "refusals"),
    (numpy_mlp, "no_grad", nullcontext, "referees", "backward() after no_grad()", "refusals"),
    (numpy_mlp, "train", train_without_the_last_epoch, "trajectory", "fc1.weight of", "whole training"),
    (numpy_mlp, "predict", lambda model, x: np.zeros(len(x), int), "predictions", "answer for", "training"),
    (numpy_mlp, "predict_proba", numpy_mlp.predict_logits, "predictions", "probabilities", "training"),
    (numpy_mlp, "accuracy", lambda model, x, y: 1.0, "predictions", "NumPy's accuracy", "training"),
]


@pytest.mark.parametrize(("owner", "name", "faulty", "gate", "tensor", "scenario"), FAULTS)
def test_planted_fault_is_named_first(monkeypatch, owner, name, faulty, gate, tensor, scenario):
    monkeypatch.setattr(owner, name, faulty)
    proof = fresh_proof()
    found = None
    for _ in prove(proof):
        found = found or first_divergence(proof.checks)
    assert (found.gate, found.scenario) == (gate, scenario)
    assert found.tensor.startswith(tensor)


def test_healthy_pair_passes_all_gates_in_both_dtypes():
    proof = run_all(dtypes=("float32", "float64"))
    assert first_divergence(proof.checks) is None
    for gates, _ in STAGES:
        for gate in gates:
            for dtype in ("float32", "float64"):
                assert agree(c for c in proof.checks if (c.gate, c.dtype) == (gate, dtype)), (gate, dtype)
    assert proof.parameters == {"numpy": 83, "torch": 83}
    assert len(proof.flowers) == 60
    assert {point.tensor for point in proof.points} == {"weights", "loss"}


@pytest.mark.parametrize(
    ("dataset", "hidden"), [("breast_cancer", (3,)), ("digits", (32, 16)), ("wine", (5, 4, 3))]
)
def test_healthy_pair_passes_on_other_data_and_depths(dataset, hidden):
    proof = run_all(dataset=dataset, hidden=hidden, epochs=10)
    assert first_divergence(proof.checks) is None
    assert proof.sizes[1:-1] == hidden


def test_gate_that_raises_is_a_failed_check_and_not_a_crash(monkeypatch, capsys):
    def broken(*_args, **_options):
        raise RuntimeError("no")

    monkeypatch.setattr(numpy_mlp, "summarize", broken)
    proof = fresh_proof(verbose=True)
    proof.checks += proof_module.guarded(proof, proof_module.structure, "structure", "float32")
    found = first_divergence(proof.checks)
    assert (found.gate, found.tensor, found.numpy) == ("structure", "runs to its end", "RuntimeError: no")
    assert "Traceback" in capsys.readouterr().err


def test_scenarios_differ_in_name_and_reach_what_they_promise(iris):
    weights = random_scenario("", "", (4, 10, 3), 1).weights
    runs = {run.name: run for run in scenarios(iris, (4, 10, 3), weights, weights)}
    assert len(runs) == 13
    at_zero = numpy_side.run(runs["at zero"])["fc1"]
    assert (at_zero[::2] == 0).all()
    assert (at_zero[1::2] != 0).all()
    logits = numpy_side.run(runs["logits of +-1000"])["fc2"]
    assert logits.max() > 900
    assert logits.max(axis=1).min() < -800, "a whole row far below the others, or a global maximum would do"
    assert [len(runs["uneven batches"].x[index]) for index in runs["uneven batches"].steps] == [50, 50, 20]
    assert not (runs["test data"].x.min() >= 0 and runs["test data"].x.max() <= 1)


# referees


def test_complex_step_is_the_derivative_by_hand():
    """One sample, one weight: L = log(1 + exp(-(w x))) for logits (w x, 0), so dL/dw = -x sigmoid(-w x)."""
    x, w = 0.75, 0.5
    weights = {"fc1.weight": np.array([[w], [0.0]]), "fc1.bias": np.zeros(2)}
    run = referees.Scenario("", "", (1, 2), weights, np.array([[x]]), np.array([0]))
    gradient = referees.complex_step(run)["fc1.weight"][0, 0]
    assert gradient == pytest.approx(-x / (1 + np.exp(w * x)), rel=1e-15)


def test_complex_step_sees_a_backward_pass_that_is_not_the_derivative_of_its_forward(monkeypatch):
    monkeypatch.setattr(numpy_mlp.Linear, "backward", scaled_linear_gradient)
    run = random_scenario("", "", (4, 8, 3), 12).astype("float64")
    checks = referees.derivative_checks(run, Place("", "referees", "float64"))
    assert first_divergence(checks).tensor == "dL/dfc1.weight by complex step"


@pytest.mark.parametrize("sizes", [(4, 10, 3), (4, 8, 7, 5, 3), (6, 6, 6)])
def test_complex_step_stays_within_its_budget(sizes):
    run = random_scenario("", "", sizes, 24).astype("float64")
    checks = referees.derivative_checks(run, Place("", "referees", "float64"))
    assert agree(checks)
    assert all(check.max_abs < 1e-14 for check in checks)


# trajectory


def test_reordered_twin_is_the_same_network_and_comes_back():
    run = random_scenario("", "", (4, 8, 7, 3), 24).astype("float64")
    twin, back = trajectory.reordered(run, np.random.default_rng(3))
    assert not np.array_equal(twin.weights["fc1.weight"], run.weights["fc1.weight"])
    model, other = (numpy_side.build(s.sizes, s.weights) for s in (run, twin))
    x = run.x[:5]
    np.testing.assert_allclose(model(x), other(x), rtol=1e-12)
    restored = back(History(np.empty(0), [0], [twin.weights])).snapshots[0]
    for name, weight in run.weights.items():
        np.testing.assert_array_equal(restored[name], weight)


def test_yardstick_is_noise_and_not_zero_nor_large():
    run = random_scenario("", "", (4, 8, 3), 24)
    stick = trajectory.yardstick(run, Course(200, 0.1, 100))
    assert stick.history.snapshot_epochs == [0, 100, 200]
    assert 0 < stick.noise["weights"][-1] < 1e-5
    assert (np.diff(stick.noise["weights"]) >= 0).all(), "the largest so far never shrinks"
    assert (stick.limit["weights"] >= 8 * stick.noise["weights"]).all()


def test_float64_limit_is_absolute():
    run = random_scenario("", "", (4, 8, 3), 24).astype("float64")
    stick = trajectory.yardstick(run, Course(50, 0.1, 25))
    assert max(stick.limit["weights"].max(), stick.limit["loss"].max()) <= 1e-12


@pytest.mark.parametrize("lr", [0.1001, 0.0999])
def test_trajectory_sees_a_learning_rate_off_by_a_thousandth(lr):
    run = random_scenario("", "", (4, 8, 3), 24)
    stick = trajectory.yardstick(run, Course(60, 0.1, 20))
    other = torch_side.train(run, CPU, Course(60, lr, 20))
    checks = trajectory.along_the_way(stick, other, Place("", "trajectory", "float32"), "PyTorch")
    assert first_divergence(checks).tensor == "losses of PyTorch up to epoch 20"


def test_training_is_measured_on_many_twins_before_it_counts_as_a_disagreement():
    run = random_scenario("", "", (4, 8, 3), 24)
    course, place = Course(40, 0.1, 20), Place("", "trajectory", "float32")
    honest = trajectory.yardstick(run, course)
    tight = replace(honest, limit={name: 0 * limit for name, limit in honest.limit.items()})
    asked = []

    def measure_again():
        asked.append(True)
        return honest

    stick, checks = trajectory.judged(
        honest, torch_side.train(run, CPU, course), place, "PyTorch", measure_again
    )
    assert (agree(checks), stick, asked) == (True, honest, [])
    stick, checks = trajectory.judged(
        tight, torch_side.train(run, CPU, course), place, "PyTorch", measure_again
    )
    assert (agree(checks), stick, asked) == (True, honest, [True])
    wrong = torch_side.train(run, CPU, Course(40, 0.1001, 20))
    assert not agree(trajectory.judged(tight, wrong, place, "PyTorch", measure_again)[1])


def test_more_twins_never_measure_less_noise():
    run = random_scenario("", "", (4, 8, 3), 24)
    few, many = (trajectory.yardstick(run, Course(60, 0.1, 20), twins=n) for n in (2, 6))
    assert (many.noise["weights"] >= few.noise["weights"]).all()


# predictions


def prediction_checks(iris, ours, theirs, limit=0.0):
    place = Place("training", "predictions", "float32")
    return predictions.prediction_gate(iris, ours, theirs, limit, CPU, place)


def test_flip_between_two_equal_logits_is_allowed_and_any_other_is_not(iris, monkeypatch):
    weights = {name: np.zeros_like(w) for name, w in random_scenario("", "", (4, 10, 3), 1).weights.items()}
    weights["fc2.bias"][:] = [1, 1, 0]
    monkeypatch.setattr(numpy_mlp, "predict", lambda model, x: np.ones(len(x), np.int64))
    checks, flowers = prediction_checks(iris, weights, weights)
    answers = [c for c in checks if c.tensor.startswith("answer for")]
    assert all(flower["may_flip"] and flower["numpy"] != flower["torch"] for flower in flowers)
    assert agree(answers)
    monkeypatch.setattr(numpy_mlp, "predict", lambda model, x: np.full(len(x), 2))
    answers = [c for c in prediction_checks(iris, weights, weights)[0] if c.tensor.startswith("answer for")]
    assert not any(check.passed for check in answers)


def test_weights_further_apart_than_their_limit_show_in_the_logits(iris):
    ours = random_scenario("", "", (4, 10, 3), 1).weights
    theirs = {name: w + np.float32(1e-3) for name, w in ours.items()}
    assert first_divergence(prediction_checks(iris, ours, theirs)[0]).tensor == "logits"
    allowed = prediction_checks(iris, ours, theirs, limit=2e-3)[0]
    assert all(c.passed for c in allowed if c.tensor in ("logits", "probabilities"))


# PyTorch's side


def test_generator_and_precision_are_left_as_they_were():
    torch.manual_seed(5)
    before = torch.get_rng_state().clone(), torch.backends.cuda.matmul.fp32_precision
    torch_side.drawn((4, 10, 3), 1)
    torch_side.run(random_scenario("", "", (4, 8, 3), 4), CPU)
    with torch_side.matmul_precision("tf32"):
        assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.backends.cuda.matmul.fp32_precision == before[1]
