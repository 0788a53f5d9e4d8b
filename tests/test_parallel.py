"""Data parallelism by hand: shares, their weighted average, its budget, and the gate that looks at it."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import numpy_mlp
from compare import budget, numpy_side, shares
from compare.budget import Approx, Rounding
from compare.bugs.bug import plant
from compare.bugs.catalogue import bug_named
from compare.bugs.diagnosis import diagnose
from compare.checks import Place, agree, first_divergence
from compare.packages import copy_of_numpy_mlp
from compare.scenario import random_scenario
from numpy_mlp import average_gradients

CPU = torch.device("cpu")
PLACE = Place("", "backward", "float32")
PLAIN = "shares-averaged-plainly"


@given(samples=st.integers(1, 300), workers=st.integers(1, 40))
def test_shares_take_every_sample_once_in_sizes_that_differ_by_one_as_pytorch_splits(samples, workers):
    found = numpy_mlp.shares(samples, workers)
    taken = [np.arange(samples)[share] for share in found]
    np.testing.assert_array_equal(np.concatenate(taken), np.arange(samples))
    sizes = [len(share) for share in taken]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == [len(part) for part in torch.arange(samples).tensor_split(workers)]


def gradients_of(run):
    trace = numpy_side.run(run)
    return {name: trace[f"dL/d{name}"] for name in run.weights}


def averaged(run, slices, average=average_gradients):
    """The average of the shares' gradients; an empty share has NaN for its gradients."""
    parts = [replace(run, x=run.x[share], y=run.y[share]) for share in slices]
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
def test_weighted_average_over_any_shares_is_the_gradient_of_the_batch(cuts, dtype):
    ends = [0, *sorted(cuts), 24]
    slices = [slice(start, end) for start, end in pairwise(ends)]
    assert distance_in_budgets(random_scenario("", "", (4, 8, 3), 24).astype(dtype), slices) <= 1


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_plain_average_is_right_for_even_shares_and_far_off_for_any_others(dtype):
    plain = plant(bug_named(PLAIN)).average_gradients
    run = random_scenario("", "", (4, 8, 3), 24).astype(dtype)
    assert distance_in_budgets(run, numpy_mlp.shares(24, 3), plain) <= 1
    assert distance_in_budgets(run, [slice(0, 12), slice(12, 24)], plain) <= 1
    assert distance_in_budgets(run, numpy_mlp.shares(24, 5), plain) > 100
    assert distance_in_budgets(run, [slice(0, 24), slice(24, 24)], plain) > 100


def test_sizes_out_of_numpy_leave_float32_as_it_is():
    half = {"w": np.ones(3, np.float32)}
    (average,) = average_gradients([half, half], np.array([1, 2])).values()
    assert average.dtype == np.float32


@pytest.mark.parametrize(
    ("gradients", "sizes"),
    [
        ([], []),
        ([{}], [0]),
        ([{}], [1, 2]),
        ([{}, {}], [3, -1]),
        ([{"w": np.ones(2)}, {"b": np.ones(2)}], [1, 1]),
    ],
)
def test_average_refuses_what_has_no_mean(gradients, sizes):
    with pytest.raises(ValueError, match=r"^expected .* worker"):
        average_gradients(gradients, sizes)


@pytest.mark.parametrize(("samples", "workers"), [(0, 2), (5, 0), (-1, 1)])
def test_shares_refuse_no_samples_and_no_workers(samples, workers):
    with pytest.raises(ValueError, match=f"got {samples} and {workers}"):
        numpy_mlp.shares(samples, workers)


# the budget


def test_budget_of_a_weighted_mean_is_the_documented_formula():
    rules = Rounding.of(np.dtype(np.float32))
    parts = [Approx(np.array([value]), np.array([error])) for value, error in ((2.0, 1e-6), (-3.0, 1e-5))]
    got = rules.weighted_mean(parts, [3, 1])
    assert got.value == pytest.approx(0.75 * 2 - 0.25 * 3)
    sizes = 0.75 * (2 + 1e-6) + 0.25 * (3 + 1e-5)
    expected = 0.75 * 1e-6 + 0.25 * 1e-5 + rules.gamma(4) * sizes + 2 * rules.tiny
    np.testing.assert_allclose(got.error, expected, rtol=1e-12)


# the gate


def by_hand(package):
    return shares.by_hand(random_scenario("", "", (4, 8, 3), 24), 3, CPU, PLACE, package)


def test_gate_compares_even_uneven_and_empty_shares():
    checks = by_hand(numpy_mlp)
    assert agree(checks)
    assert {check.scenario for check in checks} == {"even shares", "uneven shares", "empty share"}
    assert len(checks) == 3 * 4
    assert {check.gate for check in checks} == {"backward"}
    assert checks[0].tensor == "average of dL/dfc2.weight", "in the order of computation"


def test_gate_sees_the_plain_average_where_the_shares_differ():
    checks = by_hand(plant(bug_named(PLAIN)))
    assert {check.scenario for check in checks if not check.passed} == {"uneven shares", "empty share"}


@pytest.mark.parametrize("name", ["average_gradients", "shares"])
def test_package_without_averages_is_not_asked_for_them_and_not_diagnosed(name):
    package = copy_of_numpy_mlp()
    delattr(package, name)
    assert by_hand(package) == []
    assert diagnose(package).correct


def test_average_that_raises_is_missing_and_says_why():
    package = copy_of_numpy_mlp()
    package.average_gradients = lambda gradients, sizes: 1 / 0
    found = first_divergence(by_hand(package))
    assert (found.tensor, found.numpy) == (
        "average of dL/dfc2.weight",
        "missing (ZeroDivisionError: division by zero)",
    )
