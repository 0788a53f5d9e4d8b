"""The tables that are printed."""

import numpy as np

from compare.benchmark import report
from compare.benchmark.implementations import NERVA, NUMPY, PRODUCTS, SKLEARN
from compare.benchmark.measure import Timing
from compare.benchmark.workload import IRIS


def test_table_shows_median_quartiles_ratio_and_rate(small):
    seconds = {NUMPY: np.array([1e-3, 2e-3, 3e-3]), PRODUCTS: np.array([1e-3] * 3)}
    timing = Timing(small, seconds, {SKLEARN: "no room", NERVA: "no room"})
    assert report.timing_table(timing).splitlines() == [
        "5-7-3 at 11 samples: median of 3 rounds of 20 epochs",
        "                           an epoch  half of the rounds  x NumPy  products",
        "NumPy (numpy_mlp)           2.00 ms  1.50 to 2.50           1.00       50%",
        "the matrix products alone   1.00 ms  1.00 to 1.00           0.50      100%",
        "not measured, no room: scikit-learn; nerva-numpy",
        "the matrix products alone: 0 billion operations a second",
    ]
    small_network = Timing(IRIS, {NUMPY: np.array([1e-4]), PRODUCTS: np.array([1e-5])})
    lines = report.timing_table(small_network).splitlines()
    assert lines[1].endswith("x NumPy")
    assert "100.0 us" in lines[2]
    assert len(lines) == 4


def test_seconds_of_every_mode_on_cuda_are_printed_with_the_targets():
    assert report.closing([], {"eager": 3.0, "compile": 1.25, "graph": 0.6}).splitlines() == [
        "4-10-3 at 120 samples, 20,000 epochs on CUDA, best of 3",
        "--mode eager    3.00 s",
        "--mode compile  1.25 s",
        "--mode graph    0.60 s",
        "",
        "what numpy_mlp promises on two CPU cores",
        "missed  20,000 epochs on CUDA with graphs, in seconds  0.60  (0.50 or less)",
        "met     20,000 epochs on CUDA: eager / graphs          5.00  (4.00 or more)",
    ]
