"""The bare loop computes what numpy_mlp computes, so that their times can be compared."""

import numpy as np
import pytest

from compare.benchmark.bare import BareLoop
from compare.benchmark.workload import Workload


@pytest.mark.parametrize("sizes", [(4, 10, 3), (5, 7, 3)])
def test_bare_loop_computes_what_numpy_mlp_computes_bit_for_bit(sizes, by_numpy):
    workload = Workload(sizes, 120 if sizes[0] == 4 else 11, epochs=30)
    losses, weights = by_numpy(workload, 60)
    loop = BareLoop(workload)
    # a second call continues from the weights of the first
    np.testing.assert_array_equal(np.concatenate([loop(), loop()]), losses, strict=True)
    for ours, expected in zip(loop.weights, weights.values(), strict=True):
        np.testing.assert_array_equal(ours, expected, strict=True)
    assert not np.array_equal(loop.weights[0], workload.weights["fc1.weight"]), "a copy was trained"


def test_one_sample_is_the_first(small):
    loop = BareLoop(small, samples=1)
    np.testing.assert_array_equal(loop.x, small.data[0][:1], strict=True)
    np.testing.assert_array_equal(loop.y, small.data[1][:1], strict=True)
