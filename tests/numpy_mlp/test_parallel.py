"""Data parallelism by hand: shards, and the weighted average of their gradients."""

from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

import numpy_mlp
from numpy_mlp import average_gradients, shards


@given(samples=st.integers(1, 300), workers=st.integers(1, 40))
def test_shards_take_every_sample_once_in_sizes_that_differ_by_one_as_pytorch_splits(samples, workers):
    found = shards(samples, workers)
    parts = [np.arange(samples)[shard] for shard in found]
    np.testing.assert_array_equal(np.concatenate(parts), np.arange(samples))
    sizes = [len(part) for part in parts]
    assert max(sizes) - min(sizes) <= 1
    assert sizes == [len(part) for part in torch.arange(samples).tensor_split(workers)]


def test_shards_in_earlier_versions_were_called_shares():
    assert numpy_mlp.shares is shards


@pytest.mark.parametrize(("samples", "workers"), [(0, 2), (5, 0), (-1, 1)])
def test_shards_refuse_no_samples_and_no_workers(samples, workers):
    with pytest.raises(ValueError, match=f"got {samples} and {workers}"):
        shards(samples, workers)


@given(
    of_samples=st.lists(st.integers(-1000, 1000), min_size=24, max_size=24),
    cuts=st.lists(st.integers(0, 24), max_size=6),
    dtype=st.sampled_from([np.float32, np.float64]),
)
def test_weighted_average_over_any_shards_is_the_mean_over_the_batch(
    of_samples, cuts, dtype, gamma, assert_within
):
    # each sample's gradient is a whole number, so that every sum is exact
    of_samples = np.array(of_samples, dtype)
    parts = [of_samples[start:end] for start, end in pairwise([0, *sorted(cuts), 24])]
    # an empty shard has no mean: NaN must not reach the average
    gradients = [{"w": np.array([part.mean() if len(part) else np.nan], dtype)} for part in parts]
    average = average_gradients(gradients, [len(part) for part in parts])["w"]
    # roundings: one of each shard's mean, two of its weight, one of their product, R of the sum, and the
    # expected mean's own one
    bound = gamma(len(parts) + 5, dtype) * np.abs(of_samples.astype(np.float64)).mean()
    assert_within(average, np.array([of_samples.mean()], dtype), bound)


def test_average_of_uneven_shards_equals_the_numbers_worked_by_hand():
    # 3/4 · 2 + 1/4 · (-6) = 0; the plain average would be -2
    gradients = [{"w": np.array([2.0])}, {"w": np.array([-6.0])}]
    assert average_gradients(gradients, [3, 1])["w"] == 0


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
