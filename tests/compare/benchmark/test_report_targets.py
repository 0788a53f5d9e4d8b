"""What the project promises of its speed, and when a promise is kept."""

import numpy as np
import pytest

from compare.benchmark.implementations import BARE, EAGER, NUMPY, PRODUCTS
from compare.benchmark.measure import Timing
from compare.benchmark.report import Target, targets
from compare.benchmark.workload import IRIS, WORKLOADS


@pytest.mark.parametrize(
    ("value", "at_least", "met"),
    [(1.3, True, True), (1.1, True, False), (1.3, False, False), (1.1, False, True)],
)
def test_target_is_met_on_its_side_of_the_bound(value, at_least, met):
    assert Target("a / b", value, 1.2, at_least).met is met


def test_small_network_must_be_near_the_bare_loop_and_four_times_as_fast_as_eager():
    times = {NUMPY: 1.0, BARE: 0.8, EAGER: 4.0, PRODUCTS: 0.1}
    found = [*targets([Timing(IRIS, {name: np.array([value]) for name, value in times.items()})], {})]
    assert [(target.value, target.bound, target.at_least, target.met) for target in found] == [
        (4.0, 4, True, True), (1.25, 1.25, False, True),
    ]  # fmt: skip


def test_large_network_must_run_at_the_rate_of_the_products_in_little_more_memory():
    times = {NUMPY: 1.0, BARE: 0.8, EAGER: 0.9, PRODUCTS: 0.75}
    timing = Timing(WORKLOADS[2], {name: np.array([value]) for name, value in times.items()}, peak=10**9)
    assert [(target.value, target.met) for target in targets([timing], {})][:2] == [
        (0.9, False),
        (0.75, False),
    ]
    assert [target.met for target in targets([timing], {})] == [False] * 3


def test_targets_of_a_gpu_come_from_its_whole_trainings():
    found = [*targets([], {"eager": 3.0, "compile": 1.0, "graph": 0.4})]
    assert [(target.value, target.bound, target.met) for target in found] == [
        (0.4, 0.5, True), (pytest.approx(7.5), 4, True),
    ]  # fmt: skip
