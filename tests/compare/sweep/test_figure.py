"""The picture shows the table's means and ranges."""

import numpy as np
import pytest

from compare.sweep.figure import figure
from compare.sweep.table import rows


def test_figure_shows_a_dot_for_each_run_and_a_stroke_at_each_median(made):
    records = made(10, 0.1, [0.1, 0.3, 0.2], [29, 28, 29]) + made(5, 0.1, [0.4, 0.6, 0.4], [20, 30, 30])
    records += made(5, 0.5, [5.0, 7.0, 6.0], [10, 10, 10])
    picture = figure(rows(records))
    losses, answers = picture.axes
    assert losses.get_legend_handles_labels()[1] == ["0.1", "0.5"]
    drawn = [np.asarray(points.get_offsets()) for points in losses.collections if len(points.get_offsets())]
    assert drawn[0][:, 1].tolist() == [0.1, 0.3, 0.2], "every run"
    assert drawn[1][:, 1].tolist() == [0.2], "the median"
    assert drawn[2][:, 1].tolist() == [0.4, 0.6, 0.4]
    assert drawn[0][:, 0] == pytest.approx([83] * 3, rel=0.05)
    assert not losses.lines, "no line joins the settings"
    assert losses.get_yscale() == "log"
    assert np.asarray(answers.collections[0].get_offsets())[:, 1].tolist() == [29, 28, 29]
    title = picture.get_suptitle().replace("\n", " ")
    assert title == "Rank by test loss: it separates 3 of 3 pairs of settings, right answers 2"
    picture.draw_without_rendering()
    assert all("e" not in label.get_text() for label in losses.get_yticklabels())


def test_figure_says_how_many_networks_died(made):
    records = made(5, 0.1, [1.1, 0.2], [9, 29], dead_units=5)
    assert "In 2 of 2 trainings every hidden unit is dead." in figure(
        rows(records)
    )._supxlabel.get_text().replace("\n", " ")
