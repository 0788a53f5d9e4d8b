"""Columns that are aligned, and Markdown that a page renders as a table."""

import pytest

from compare.report.tables import as_markdown, as_text

ROWS = [["name", "n", "why"], ["a", "1,000", ""], ["longer", "20", "a|b"]]


def test_columns_are_as_wide_as_their_widest_cell_and_lines_end_without_spaces():
    assert as_text(ROWS).splitlines() == ["name    n      why", "a       1,000", "longer  20     a|b"]


def test_numbered_columns_are_right_aligned():
    assert as_text(ROWS, right=(1,)).splitlines() == [
        "name        n  why", "a       1,000", "longer     20  a|b",
    ]  # fmt: skip


def test_row_that_lacks_a_cell_is_an_error():
    with pytest.raises(ValueError, match="shorter"):
        as_text([["a", "b"], ["c"]])


def test_markdown_aligns_columns_and_escapes_bars():
    assert as_markdown(ROWS, right=range(1, 2)).splitlines() == [
        "| name | n | why |", "|---|---:|---|", "| a | 1,000 |  |", "| longer | 20 | a\\|b |",
    ]  # fmt: skip
