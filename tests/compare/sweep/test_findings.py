"""The sentences below the table are computed from it."""

from compare.sweep.findings import findings, separated_pairs
from compare.sweep.table import rows


def test_findings_are_counted_from_the_data(made):
    table = rows(
        made(5, 0.1, [0.3, 0.4], [29, 29]) + made(10, 0.1, [0.1, 0.2], [29, 28])
        + made(20, 0.1, [0.19, 0.25], [20, 21])
    )  # fmt: skip
    assert separated_pairs(table) == (3, 2, 2)
    assert findings(table) == [
        "lr 0.1: 29 of 30 right in 3 of 6 runs, 20 to 28 in the others; "
        "by test loss, best first: 10 (0.1500), 20 (0.2200), 5 (0.3500)",
        "of 3 pairs of settings, right answers separate 2, test loss 2 (their ranges over the seeds do not "
        "overlap): here test loss ranks no better than accuracy",
    ]


def test_test_loss_is_advised_only_where_it_separates_more(made):
    alike = rows(made(5, 0.1, [0.3, 0.4], [29, 29]) + made(10, 0.1, [0.1, 0.2], [29, 29]))
    first, second = findings(alike)
    assert first.startswith("lr 0.1: 29 of 30 right in 4 of 4 runs; by test loss")
    assert second.endswith("rank these networks by test loss, not by accuracy")


def test_ranges_that_touch_are_not_separated(made):
    assert separated_pairs(rows(made(5, 0.1, [0.3, 0.4], [9, 8]) + made(10, 0.1, [0.4, 0.5], [8, 7]))) == (
        1,
        0,
        0,
    )


def test_network_whose_units_are_all_dead_is_named(made):
    records = made(5, 0.1, [0.3], [29]) + made(6, 0.1, [0.3, 0.4], [29, 9], dead_units=6)[1:]
    assert (
        "in 1 of 2 runs every hidden unit is dead, so the network gives one answer to all: 6 hidden, seed 1"
        in findings(rows(records))
    )


def test_network_of_seed_1_dies_as_the_homework_says(sweep):
    # seed 1 draws three units that are 0 for every flower, and training drives the other two there
    code, out, _ = sweep("--hidden", "5", "--lr", "0.1", "--seeds", 2, "--epochs", 400, "--jobs", 1)
    assert code == 0
    assert "answer to all: 5 hidden, seed 1\n" in out
