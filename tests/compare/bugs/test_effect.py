"""What a bug does to training."""

import pytest

from compare.bugs import effect
from compare.bugs.catalogue import bug_named
from compare.bugs.effect import Effect


@pytest.mark.parametrize(
    ("name", "seen"),
    [
        ("parameters-rebound", True),
        ("relu-leaky", False),
        ("weight-not-transposed", True),  # an error shows as well
        ("eval-forgotten", False),
    ],
)
def test_accuracy_alone_shows_a_bug_by_an_error_or_more_than_one_sample(name, seen):
    assert effect.seen_by_accuracy(bug_named(name)) == seen


def test_healthy_run_learns():
    for end in effect.effects(None).values():
        assert end.loss < 0.1
        assert (end.correct, end.samples) == (29, 30)


def test_error_is_the_text_of_an_effect():
    assert str(Effect(0.08514, 29, 30)) == "loss 0.0851, 29 of 30 flowers right"
    (end, _) = effect.effects(bug_named("weight-not-transposed")).values()
    assert str(end).startswith("ValueError: matmul")
