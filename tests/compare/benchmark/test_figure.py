"""The picture shows every implementation that was measured."""

import numpy as np

from compare.benchmark.figure import LINES, figure
from compare.benchmark.implementations import EAGER, FUSED, NERVA, ON_CPU, ON_CUDA, ONE_SAMPLE
from compare.benchmark.measure import Timing
from compare.benchmark.workload import IRIS, WORKLOADS


def test_figure_shows_every_implementation_that_was_measured():
    times = {name: np.array([1e-3, 2e-3, 4e-3]) for name in (ON_CPU | ON_CUDA) if name != NERVA}
    axes = figure([Timing(IRIS, times), Timing(WORKLOADS[2], times)], "a machine").axes[0]
    shown = {box.get_label(): box for box in axes.containers}
    assert set(shown) == set(ON_CPU | ON_CUDA) - {NERVA, FUSED, ONE_SAMPLE}
    assert set(shown) == set(LINES) - {NERVA}
    bars = [segment[:, 1].tolist() for segment in shown[EAGER].lines[2][0].get_segments()]
    assert np.allclose(bars, [[1.5e-3, 3e-3]] * 2)
    assert "lower is better" in axes.get_ylabel()
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [
        "4-10-3\nN = 120",
        "784-512-10\nN = 1,024",
    ]
