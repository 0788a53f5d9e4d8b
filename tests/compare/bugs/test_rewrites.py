"""Correct networks, written in another way."""

import numpy as np
import pytest

from compare.bugs.bug import plant
from compare.bugs.catalogue import BUGS, REWRITES, bug_named, in_place, other_order, over


@pytest.mark.parametrize("rewrite", [other_order, in_place], ids=lambda bug: bug.name)
def test_rewrite_rounds_otherwise(rewrite, lab):
    found, healthy = lab.observe(plant(rewrite)).arrays, lab.healthy.arrays
    assert found.keys() == healthy.keys()
    assert any(not np.array_equal(found[name], array) for name, array in healthy.items())


def test_there_are_rewrites_of_every_part_of_the_lesson():
    assert len(REWRITES) >= 25
    files = {patch.place[0] for rewrite in REWRITES for patch in rewrite.patches}
    names = ("linear", "relu", "cross_entropy", "sgd", "mlp", "parameter", "data", "inference")
    assert files == {f"numpy_mlp/{name}.py" for name in names}


def test_rewrite_is_no_bug_of_the_catalogue():
    assert not set(REWRITES) & set(BUGS)
    assert all(rewrite.equivalent and not rewrite.gate for rewrite in REWRITES)


@pytest.mark.parametrize("rewrite", [other_order, in_place], ids=lambda bug: bug.name)
@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_bug_fits_over_every_rewrite_and_wins_where_both_change_a_function(bug, rewrite):
    both = over(rewrite, bug)
    plant(both)
    assert (both.name, both.gate) == (bug.name, bug.gate)
    for at in {patch.at for patch in bug.patches}:
        assert [patch for patch in both.patches if patch.at == at] == [p for p in bug.patches if p.at == at]


def test_functions_that_a_bug_leaves_alone_are_rewritten():
    bug = bug_named("bias-left-out")
    kept = {patch.at for patch in over(other_order, bug).patches}
    assert kept == {patch.at for patch in other_order.patches}
    assert over(in_place, bug).patches == (*in_place.patches, *bug.patches)
