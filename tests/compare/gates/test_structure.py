"""Gate 1: what is counted, what is copied, and what is only a matter of form."""

import numpy as np
import pytest

import numpy_mlp
from compare.checks import agree, first_divergence
from compare.gates.scenarios import random_scenario
from compare.gates.structure import large_summary_gate, structure_gate
from numpy_mlp.shared import summary_text
from numpy_mlp.summary import Summary

SIZES = (4, 8, 3)


def gate(frozen=frozenset()):
    return structure_gate("float32", SIZES, random_scenario("", "", SIZES, 1).weights, frozen)


@pytest.mark.parametrize("frozen", [frozenset(), frozenset({"fc1.weight", "fc2.bias"})])
def test_structure_of_both_libraries_is_the_same(frozen):
    assert agree(gate(frozen).checks())
    assert agree(large_summary_gate("float64").checks())


def test_other_text_is_a_matter_of_form_and_a_wrong_count_is_not(monkeypatch):
    monkeypatch.setattr(numpy_mlp.MLP, "__repr__", lambda self: "my network")
    failed = [check for check in gate().checks() if not check.passed]
    assert [(check.tensor, check.form) for check in failed] == [("print(model)", True)]
    monkeypatch.setattr(Summary, "total_params", property(lambda self: 84))
    found = first_divergence(gate().checks())
    assert (found.tensor, found.form) == ("parameters in all", False), "a number comes before the form"


@pytest.mark.parametrize("name", ["total_input", "total_output_bytes", "total_param_bytes"])
def test_wrong_factor_in_a_memory_column_is_seen_in_a_large_network(monkeypatch, name):
    right = getattr(Summary, name).fget
    monkeypatch.setattr(Summary, name, property(lambda self: int(right(self) * 1.1)))
    assert agree(gate().checks()), "a small network prints 0.00 MB"
    assert not agree(large_summary_gate("float32").checks())


def test_unit_of_the_multiply_adds_is_seen(monkeypatch):
    monkeypatch.setattr(summary_text, "in_units", lambda mult_adds: f"(M): {mult_adds / 1e7:,.2f}")
    assert not agree(large_summary_gate("float32").checks())


def test_array_that_is_kept_instead_of_copied_is_seen(monkeypatch):
    def load(self, state):
        for name, param in self.named_parameters():
            param.data = state[name]

    monkeypatch.setattr(numpy_mlp.MLP, "load_state_dict", load)
    assert first_divergence(gate().checks()).tensor == "fc1.weight shares memory"


def test_transposed_weight_is_seen_although_its_count_is_right(monkeypatch):
    monkeypatch.setattr(numpy_mlp.MLP, "load_state_dict", lambda self, new: [
        setattr(p, "data", np.array(new[n].T)) for n, p in self.named_parameters()
    ])  # fmt: skip
    assert first_divergence(gate().checks()).tensor == "fc1.weight after copying"
