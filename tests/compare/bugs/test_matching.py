"""A package beside a known bug: alike in every array, in its trainings alone, or not."""

import numpy as np

from compare.bugs.catalogue import bug_named
from compare.bugs.lab import Observation
from compare.bugs.matching import matches, trains_like


def test_bug_is_run_no_further_than_to_the_first_array_that_it_does_not_share(lab, monkeypatch):
    observed, ran = lab.observe_in, []
    monkeypatch.setattr(lab, "observe_in", lambda gate, package: ran.append(gate) or observed(gate, package))
    monkeypatch.setattr(lab, "_observed", {})
    for _ in range(2):  # what has been run is kept
        assert not matches(lab.healthy, bug_named("mean-forgotten"), lab)
        assert 0 < len(ran) < len(lab.gates) / 3
        assert len(ran) == len(set(ran))


def test_array_too_many_or_too_few_is_no_match(lab):
    bug = bug_named("mean-forgotten")
    arrays = lab.observed(bug).arrays
    last = list(arrays)[-1]
    assert matches(Observation(arrays), bug, lab)
    assert not matches(Observation(arrays | {last._replace(tensor="more"): np.zeros(1)}), bug, lab)
    assert not matches(Observation({name: arrays[name] for name in arrays if name != last}), bug, lab)


def test_training_alone_may_show_a_bug_unless_it_changes_none(lab):
    bug, other = bug_named("zero-grad-forgotten"), bug_named("nesterov-ignored")
    right, wrong = lab.healthy.arrays, lab.observed(bug).arrays
    found = Observation(right | {name: wrong[name] for name in wrong if name.run.endswith("training")})
    assert not matches(found, bug, lab)
    assert trains_like(found, bug, lab)
    assert not trains_like(found, other, lab)
    assert not trains_like(lab.healthy, bug_named("accuracy-averaged-over-batches"), lab)
