"""The gate of data parallelism by hand: averages over shards, within their budget."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import numpy_mlp
from compare import budget, numpy_side, torch_side
from compare.bugs.bug import plant
from compare.bugs.catalogue import bug_named
from compare.bugs.copies import copy_of_numpy_mlp
from compare.bugs.diagnosis import diagnose
from compare.checks import agree, first_divergence
from compare.gates import shards
from compare.gates.scenarios import random_scenario
from compare.rounding import Approx, Rounding
from numpy_mlp import average_gradients

PLAIN = "shares-averaged-plainly"


def gradients_of(run):
    trace = numpy_side.run(run)
    return {name: trace[f"dL/d{name}"] for name in run.weights}


def averaged(run, slices, average=average_gradients):
    """The average of the shards' gradients; an empty shard has NaN for its gradients."""
    parts = [replace(run, x=run.x[shard], y=run.y[shard]) for shard in slices]
    nothing = {name: np.full_like(weight, np.nan) for name, weight in run.weights.items()}
    found = [gradients_of(part) if len(part.x) else nothing for part in parts]
    return average(found, [len(part.x) for part in parts])


def distance_in_budgets(run, slices, average=average_gradients):
    """How far an average is from the whole batch's gradient, by what rounding allows."""
    ours, whole = averaged(run, slices, average), gradients_of(run)
    allowed, exact = budget.average(run, slices), budget.run(run)
    apart = []
    for name, gradient in whole.items():
        assert ours[name].dtype == gradient.dtype
        assert ours[name].shape == gradient.shape
        limit = allowed[f"dL/d{name}"].error + exact[f"dL/d{name}"].error
        apart.append(np.max(np.abs(ours[name].astype(float) - gradient) / limit))
    return max(apart)


@given(
    cuts=st.lists(st.integers(0, 24), max_size=6),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_weighted_average_over_any_shards_is_the_gradient_of_the_batch(cuts, dtype):
    ends = [0, *sorted(cuts), 24]
    slices = [slice(start, end) for start, end in pairwise(ends)]
    assert distance_in_budgets(random_scenario("", "", (4, 8, 3), 24).astype(dtype), slices) <= 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_plain_average_is_right_for_even_shards_and_far_off_for_any_others(dtype):
    plain = plant(bug_named(PLAIN)).average_gradients
    run = random_scenario("", "", (4, 8, 3), 24).astype(dtype)
    assert distance_in_budgets(run, numpy_mlp.shards(24, 3), plain) <= 1
    assert distance_in_budgets(run, [slice(0, 12), slice(12, 24)], plain) <= 1
    assert distance_in_budgets(run, numpy_mlp.shards(24, 5), plain) > 100
    assert distance_in_budgets(run, [slice(0, 24), slice(24, 24)], plain) > 100


def test_budget_of_a_weighted_mean_is_the_documented_formula():
    rules = Rounding.of(np.dtype(np.float32))
    parts = [Approx(np.array([value]), np.array([error])) for value, error in ((2.0, 1e-6), (-3.0, 1e-5))]
    got = rules.weighted_mean(parts, [3, 1])
    assert got.value == pytest.approx(0.75 * 2 - 0.25 * 3)
    sizes = 0.75 * (2 + 1e-6) + 0.25 * (3 + 1e-5)
    expected = 0.75 * 1e-6 + 0.25 * 1e-5 + rules.gamma(4) * sizes + 2 * rules.tiny
    np.testing.assert_allclose(got.error, expected, rtol=1e-12)


def by_hand(package):
    gates = shards.average_gates(random_scenario("", "", (4, 8, 3), 24), 3, torch_side.CPU)
    return [check for gate in gates for check in gate.checks(package)]


def test_gate_compares_even_uneven_and_empty_shards():
    checks = by_hand(numpy_mlp)
    assert agree(checks)
    assert {check.scenario for check in checks} == {"even shards", "uneven shards", "empty shard"}
    assert len(checks) == 3 * 4
    assert {check.gate for check in checks} == {"backward"}
    assert checks[0].tensor == "average of dL/dfc2.weight", "in the order of computation"


def test_gate_sees_the_plain_average_where_the_shards_differ():
    checks = by_hand(plant(bug_named(PLAIN)))
    assert {check.scenario for check in checks if not check.passed} == {"uneven shards", "empty shard"}


def test_package_without_averages_is_given_ours_and_not_accused():
    package = copy_of_numpy_mlp()
    del package.average_gradients, package.shards, package.shares
    assert agree(by_hand(package))
    assert diagnose(package).correct


def test_average_that_raises_is_missing_and_says_why():
    package = copy_of_numpy_mlp()
    package.average_gradients = lambda gradients, sizes: 1 / 0
    found = first_divergence(by_hand(package))
    assert (found.tensor, found.numpy) == (
        "average of dL/dfc2.weight",
        "missing (ZeroDivisionError: division by zero)",
    )
