"""The scenarios reach what they promise."""

import numpy as np

from compare import numpy_side
from compare.bugs.bug import Bug, plant
from compare.bugs.patch import Patch
from compare.gates.scenarios import random_scenario, scenarios, two_of_a_shape
from compare.gates.steps import step_gate


def test_scenarios_differ_in_name_and_reach_what_they_promise(iris):
    weights = random_scenario("", "", (4, 10, 3), 1).weights
    runs = {run.name: run for run in scenarios(iris, (4, 10, 3), weights, weights)}
    assert len(runs) == 14
    at_zero = numpy_side.run(runs["at zero"])["fc1"]
    assert (at_zero[::2] == 0).all()
    assert (at_zero[1::2] != 0).all()
    logits = numpy_side.run(runs["logits of +-1000"])["fc2"]
    assert logits.max() > 900
    assert logits.max(axis=1).min() < -800, "a whole row far below the others, or a global maximum would do"
    assert [len(runs["uneven batches"].x[index]) for index in runs["uneven batches"].steps] == [50, 50, 20]
    assert not (runs["test data"].x.min() >= 0 and runs["test data"].x.max() <= 1)


def test_velocities_kept_by_shape_are_seen_where_two_parameters_have_one_shape_and_only_there(iris):
    kept_by_shape = [
        ("sgd.SGD.__init__", "[None] * len(self.params)", "{}"),
        ("sgd.SGD.step", "self.velocities[i]\n                #", "self.velocities.get(param.shape)\n #"),
        ("sgd.SGD.step", "self.velocities[i] = velocity", "self.velocities[param.shape] = velocity"),
    ]
    shared = plant(Bug("by shape", "", "", tuple(Patch(*edit) for edit in kept_by_shape)))
    weights = random_scenario("", "", (4, 10, 3), 1).weights
    runs = {run.name: run for run in scenarios(iris, (4, 10, 3), weights, weights)}
    with np.errstate(all="ignore"):
        assert all(check.passed for check in step_gate(runs["momentum"]).checks(shared))
        failed = [check for check in step_gate(two_of_a_shape()).checks(shared) if not check.passed]
    assert failed[0].tensor == "fc2.weight after step 1"
