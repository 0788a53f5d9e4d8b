"""The referees besides PyTorch: complex-step differentiation, and scikit-learn's training."""

import numpy as np
import pytest

import numpy_mlp
from compare.bugs.bug import plant
from compare.bugs.catalogue import bug_named
from compare.checks import agree, first_divergence
from compare.gates import referees
from compare.gates.scenarios import random_scenario
from compare.scenario import Scenario


def test_complex_step_is_the_derivative_by_hand():
    """One sample, one weight: L = log(1 + exp(-(w x))) for logits (w x, 0), so dL/dw = -x sigmoid(-w x)."""
    x, w = 0.75, 0.5
    weights = {"fc1.weight": np.array([[w], [0.0]]), "fc1.bias": np.zeros(2)}
    run = Scenario("", "", (1, 2), weights, np.array([[x]]), np.array([0]))
    gradient = referees.complex_step(run)["fc1.weight"][0, 0]
    assert gradient == pytest.approx(-x / (1 + np.exp(w * x)), rel=1e-15)


def test_backward_pass_that_is_not_the_derivative_is_seen():
    run = random_scenario("", "", (4, 8, 3), 12).astype("float64")
    package = plant(bug_named("divided-by-n-minus-one"))
    check = first_divergence(referees.derivative_gate(run).checks(package))
    assert check.tensor == "dL/dfc2.weight by complex step", "the first in the order of computation"
    assert check.sides == ("NumPy", "complex step")


@pytest.mark.parametrize("sizes", [(4, 10, 3), (4, 8, 7, 5, 3), (6, 6, 6)])
def test_complex_step_stays_within_its_budget(sizes):
    run = random_scenario("", "", sizes, 24).astype("float64")
    checks = referees.derivative_gate(run).checks()
    assert agree(checks)
    assert all(check.max_abs < 1e-14 for check in checks)


def test_package_that_can_not_compute_with_complex_numbers_is_not_accused(monkeypatch):
    """(x + |x|) / 2 is a ReLU for real numbers, and none for complex ones."""
    run = random_scenario("", "", (4, 8, 3), 12).astype("float64")
    gate = referees.derivative_gate(run)

    def forward(self, x):
        self.mask = x > 0
        return (x + np.abs(x)) / 2

    monkeypatch.setattr(numpy_mlp.ReLU, "forward", forward)
    assert agree(gate.checks())


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("sizes", [(4, 8, 3), (4, 6, 2)])
def test_every_epoch_of_scikit_learns_training_is_the_exact_one(dtype, sizes):
    run = random_scenario("", "", sizes, 24).astype(dtype)
    package, scikit_learn = referees.scikit_learn_gates(run, seed=3)
    assert agree(package.checks())
    checks = scikit_learn.checks()
    assert agree(checks)
    assert {check.sides for check in checks} == {("scikit-learn", "float64")}
