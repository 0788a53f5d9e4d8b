"""What learners call their arrays: names that are known at once, names with several meanings, others."""

import pytest

from compare.reference.names import Counting, candidates, nearest, of_trace

KNOWN = {
    "W1": "W1 w1 weights[0] weights_1 w_h weight_h theta1 fc1.weight Theta1",
    "b1": "b1 biases[0] b_h fc1.bias",
    "W2": "W2 w2 weights[1] weight2 w_out fc2.weight",
    "z1": "z1 Z1 z_h zs[0] hpreact fc1",
    "a1": "a1 A1 a_h h1 hidden h_relu activations[1] relu",
    "z2": "z2 Z2 scores logits z_out fc2",
    "probs": "probs p y_hat y_pred A2 AL a2 output",
    "loss": "loss cost J",
    "dz2": "dz2 dZ2 dscores dlogits delta_out delta2 dL/dfc2",
    "da1": "dA1 da1 grad_h_relu dL/drelu",
    "dz1": "dz1 dZ1 grad_h dhidden delta1",
    "dW1": "dW1 dw1 grad_w1 nabla_w[0] dL/dfc1.weight dW",
    "db2": "db2 grad_b2 nabla_b[1] dL/dfc2.bias",
    "W1_new": "W1_new w1_new new_W1 updated_w1",
    "b2_new": "b2_new b2_after",
}


@pytest.mark.parametrize(("meaning", "name"), [(m, n) for m, names in KNOWN.items() for n in names.split()])
def test_a_usual_name_is_known(meaning, name):
    # a list's entry counts from 0; activations begin with the input
    counting = Counting(from_zero="[" in name and "activations" not in name)
    assert candidates(name, 2, counting)[0] == meaning


def test_counting_is_seen_from_all_names():
    assert Counting.of(["W0", "b0", "W1"], 2) == Counting(from_zero=True)
    assert Counting.of(["a2", "z3"], 2) == Counting(from_input=True)
    assert Counting.of(["a1", "delta3", "delta2"], 2) == Counting(deltas_from_input=True)
    assert candidates("W0", 2, Counting(from_zero=True)) == ["W1"]
    assert candidates("a2", 2, Counting(from_input=True))[0] == "a1"
    assert candidates("delta2", 2, Counting(deltas_from_input=True))[0] == "dz1"


def test_layers_that_are_not_there_have_no_name():
    assert candidates("W3", 2) == []
    assert candidates("dz7", 3) == []
    assert candidates("quux", 2) == []


def test_a_trace_of_a_deep_network():
    assert of_trace("dL/drelu2") == ["da2"]
    assert candidates("relu2", 3) == ["a2"]


def test_the_nearest_name_is_offered():
    assert nearest("dW1s", ["dW1", "dW2", "z1"]) == "dW1"
    assert nearest("quux", ["dW1"]) == ""
