"""The picture shows the table's means and ranges."""

import numpy as np
import pytest

from compare.sweep.figure import figure
from compare.sweep.table import rows


def test_figure_shows_means_and_ranges_of_the_table(made):
    records = made(10, 0.1, [0.1, 0.3], [29, 28]) + made(5, 0.1, [0.4, 0.6], [20, 30])
    records += made(5, 0.5, [5.0, 7.0], [10, 10])
    picture = figure(rows(records))
    losses, answers = picture.axes
    drawn = {box.get_label(): box for box in losses.containers}
    assert list(drawn) == ["0.1", "0.5"]
    assert drawn["0.1"].lines[0].get_ydata() == pytest.approx([0.5, 0.2]), "by parameters, fewest first"
    assert drawn["0.1"].lines[0].get_xdata() == pytest.approx([43, 83], rel=0.05)
    bars = [segment[:, 1] for segment in drawn["0.1"].lines[2][0].get_segments()]
    assert np.array(bars) == pytest.approx(np.array([[0.4, 0.6], [0.1, 0.3]]))
    assert losses.get_yscale() == "log"
    right = [segment[:, 1].tolist() for segment in answers.containers[0].lines[2][0].get_segments()]
    assert right == [[20, 30], [28, 29]]
    assert picture.get_suptitle() == "Of 3 pairs of settings, test loss separates 3, right answers 2"
    picture.draw_without_rendering()
    assert all("e" not in label.get_text() for label in losses.get_yticklabels())
