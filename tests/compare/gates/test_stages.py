"""The stages in order: what each of them catches, beyond what the catalogue of bugs shows."""

from contextlib import nullcontext
from dataclasses import replace

import numpy as np
import pytest
import torch

import numpy_mlp
from compare import torch_side
from compare.checks import DTYPES, agree, first_divergence
from compare.gate import GATES
from compare.gates.material import Material, Settings
from compare.gates.stages import STAGES
from compare.proof import Proof, prove, run
from numpy_mlp import summary


@pytest.fixture(scope="module")
def shared():
    proof = Proof(Material(Settings(epochs=40)))
    assert tuple(prove(proof)) == GATES
    return proof


@pytest.fixture
def healthy(shared):
    """A proof whose reference half all tests share; numpy_mlp itself is what these tests change."""
    yield shared
    shared.material._kept.clear()


def train_without_the_last_epoch(model, optimizer, x, y, *, epochs, **more):
    history = original_train(model, optimizer, x, y, epochs=epochs, **more)
    if epochs == 40:  # the long training, not the referees' one
        history.snapshots[-1] = history.snapshots[-2]
    return history


original_train = numpy_mlp.train
NO_ROW = summary.Row("ReLU", (1, 3), (1, 3), 0, 0, 0, True)
FAULTS = [
    (summary, "count", lambda *_: NO_ROW, "structure", "parameters in all", "preparation"),
    (
        numpy_mlp.cross_entropy,
        "check_labels",
        lambda *_: None,
        "referees",
        "negative labels",
        "invalid input",
    ),
    (numpy_mlp, "no_grad", nullcontext, "referees", "backward() after no_grad()", "invalid input"),
    (numpy_mlp.MLP, "eval", lambda self: self, "structure", "eval(), train()", "preparation"),
    (
        numpy_mlp.MLP,
        "load_state_dict",
        lambda self, state: [setattr(p, "data", state[n]) for n, p in self.named_parameters()],
        "structure",
        "fc1.weight shares memory",
        "preparation",
    ),
    (numpy_mlp, "train", train_without_the_last_epoch, "trajectory", "fc1.weight after", "whole training"),
]


@pytest.mark.parametrize(("owner", "name", "faulty", "gate", "tensor", "scenario"), FAULTS)
def test_planted_fault_is_named_first(healthy, monkeypatch, owner, name, faulty, gate, tensor, scenario):
    monkeypatch.setattr(owner, name, faulty)
    proof = healthy.of(numpy_mlp)
    found = None
    for _ in prove(proof):
        found = found or first_divergence(proof.checks)
    assert (found.gate, found.scenario) == (gate, scenario)
    assert found.tensor.startswith(tensor)


def test_healthy_pair_passes_all_gates_in_both_dtypes(healthy):
    assert first_divergence(healthy.checks) is None
    for gate in GATES:
        for dtype in DTYPES:
            assert agree(c for c in healthy.checks if (c.gate, c.dtype) == (gate, dtype)), (gate, dtype)
    assert healthy.parameters == {"numpy": 83, "torch": 83}
    assert len(healthy.predictions) == 60
    answered = {check.scenario for check in healthy.checks if check.gate == "predictions"}
    assert answered == {"whole training", "fresh"}


@pytest.mark.parametrize(
    ("dataset", "hidden"),
    [("breast_cancer", (3,)), ("wine", (5, 4, 3))],  # digits is one of README's
)
def test_healthy_pair_passes_on_other_data_and_depths(dataset, hidden):
    proof = Proof(Material(Settings(dataset, hidden, epochs=10, dtypes=("float32",))))
    list(prove(proof))
    assert first_divergence(proof.checks) is None
    assert proof.material.sizes[1:-1] == hidden


def test_stage_that_raises_is_a_failed_check_and_not_a_crash(monkeypatch, capsys):
    material = Material(Settings(epochs=1, dtypes=("float32",)))
    monkeypatch.setattr(material, "scenarios", lambda dtype: 1 / 0)
    proof = Proof(material)
    gates = prove(proof, verbose=True)
    while next(gates) != "forward":
        pass
    found = first_divergence(proof.checks)
    assert (found.gate, found.tensor) == ("forward", "runs to its end")
    assert found.numpy == "ZeroDivisionError: division by zero"
    assert "Traceback" in capsys.readouterr().err


def test_gate_that_raises_keeps_no_other_gate_of_its_stage_from_running(healthy, monkeypatch):
    (key,) = (key for key in healthy.gates if key[0][0] == "forward" and key[1] == "float32")
    first, *others = healthy.gates[key]
    broken = replace(first, expected=lambda _: 1 / 0)
    proof = healthy.of(numpy_mlp)
    monkeypatch.setitem(proof.gates, key, [broken, *others])
    run(proof, next(stage for stage in STAGES if stage.names == key[0]), "float32")
    failed = [check for check in proof.checks if not check.passed]
    assert [(check.scenario, check.tensor) for check in failed] == [("fresh", "runs to its end")]
    assert {check.scenario for check in proof.checks} >= {gate.context.scenario for gate in others}


def test_package_that_raises_fails_where_it_raises_and_the_other_gates_still_run(monkeypatch):
    def broken(*_args, **_options):
        raise RuntimeError("no")

    monkeypatch.setattr(numpy_mlp, "summarize", broken)
    proof = Proof(Material(Settings(epochs=2, dtypes=("float32",))))
    assert tuple(prove(proof)) == GATES
    failed = [check for check in proof.checks if not check.passed]
    assert {check.gate for check in failed} == {"structure"}
    assert failed[0].numpy == "missing (RuntimeError: no)"


@pytest.mark.parametrize("accident", [MemoryError, torch.OutOfMemoryError, torch.AcceleratorError])
@pytest.mark.parametrize("side", ["numpy", "torch"])
def test_accident_of_the_machine_is_no_verdict(monkeypatch, accident, side):
    def broken(*_args, **_options):
        raise accident("out of memory")

    if side == "numpy" and accident is not MemoryError:
        pytest.skip("NumPy has one kind of accident")
    monkeypatch.setattr(*((numpy_mlp, "train") if side == "numpy" else (torch_side, "run")), broken)
    proof = Proof(Material(Settings(epochs=1, dtypes=("float32",))))
    with pytest.raises(accident):
        list(prove(proof))


def test_reference_half_is_computed_once_for_any_number_of_packages(healthy, monkeypatch):
    def forbidden(*_args, **_options):
        raise AssertionError("PyTorch ran once more")

    for name in ("run", "train", "build"):
        monkeypatch.setattr(torch_side, name, forbidden)
    proof = healthy.of(numpy_mlp)
    assert tuple(prove(proof)) == GATES
    assert agree(proof.checks)
    assert len(proof.checks) == len(healthy.checks)


def test_every_gate_stands_in_one_stage_in_the_order_of_the_proof():
    assert tuple(name for stage in STAGES for name in stage.names) == GATES


def test_given_arrays_are_left_as_they_are(healthy):
    scenario = healthy.material.scenario("float32")
    before = {name: weight.copy() for name, weight in scenario.weights.items()}, scenario.x.copy()
    list(prove(healthy.of(numpy_mlp)))
    after = healthy.material.scenario("float32")
    assert all(np.array_equal(after.weights[name], weight) for name, weight in before[0].items())
    np.testing.assert_array_equal(after.x, before[1])
