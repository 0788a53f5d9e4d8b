"""The scenarios reach what they promise."""

from compare import numpy_side
from compare.gates.scenarios import random_scenario, scenarios


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
