"""The table's statistics and texts, from records that never ran."""

import pytest

from compare.sweep.table import Row, as_csv, as_text, cells, of_one_library, rows, summary


def test_rows_are_grouped_by_width_rate_and_library_in_their_order(made):
    records = made(10, 0.1, [0.1], [29]) + made(5, 0.1, [0.2], [29]) + made(10, 0.1, [0.3], [28])
    records += made(10, 0.2, [0.1], [29]) + made(10, 0.1, [0.1], [29], backend="torch")
    table = rows(records)
    assert [(row.run.hidden, row.run.lr, row.run.backend, len(row.records)) for row in table] == [
        ((10,), 0.1, "numpy", 2), ((5,), 0.1, "numpy", 1), ((10,), 0.2, "numpy", 1), ((10,), 0.1, "torch", 1),
    ]  # fmt: skip
    assert of_one_library(table) == table[:3]


def test_never_is_printed_where_most_runs_never_reach_the_loss(made):
    some = made(5, 0.1, [0.3], [29]) + made(5, 0.1, [0.3], [29], epochs_to_loss=None)
    assert cells(Row(some))["epochs to loss 0.1"] == "never (1 of 2 did)"
    assert cells(Row(some[:1] * 2 + some))["epochs to loss 0.1"] == "7 (3 of 4 did)"
    assert cells(Row(some[1:]))["epochs to loss 0.1"] == "never"
    assert cells(Row(some[:1]))["epochs to loss 0.1"] == "7"


def test_deviation_has_n_minus_1_in_its_denominator(made):
    row = Row(made(5, 0.1, [0.3, 0.5], [29, 27]))
    assert summary(row)["test_loss_deviation"] == pytest.approx(0.2 / 2**0.5)
    assert (cells(row)["test loss"], cells(row)["right of 30"]) == ("0.4000 ± 0.1414", "27-29")
    one = cells(Row(row.records[:1]))
    assert (one["test loss"], one["right of 30"]) == ("0.3000", "29")


def test_table_names_what_was_swept_and_csv_leaves_empty_what_is_no_number(made):
    table = rows(made(5, 0.1, [0.3], [29], epochs_to_loss=None))
    assert as_text(table).splitlines()[0] == "iris, 100 epochs, full batch; one seed"
    head, line = (text.split(",") for text in as_csv(table).splitlines())
    assert dict(zip(head, line, strict=True)) == {
        "hidden": "5", "lr": "0.1", "library": "numpy", "params": "43", "runs": "1", "diverged": "0",
        "test_loss": "0.3", "test_loss_deviation": "", "right_min": "29", "right_max": "29",
        "right_total": "30", "seconds": "1.0", "epochs_to_loss": "", "reached": "0", "dead_units": "0.0",
    }  # fmt: skip
