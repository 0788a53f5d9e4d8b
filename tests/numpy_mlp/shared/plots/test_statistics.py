import numpy as np
import pytest

from numpy_mlp import MLP
from numpy_mlp.shared.plots.statistics import statistics, table

BEFORE = {name: data.copy() for name, data in MLP(4, 10, 3, seed=1).state_dict().items()}

AFTER = {name: 3 * data + 0.1 for name, data in BEFORE.items()}


def test_statistics_are_those_of_the_definition():
    found = statistics(np.array([[0.0, 3.0], [0.0, -4.0]], np.float32))
    assert found.shape == (2, 2)
    assert (found.mean, found.min, found.max, found.norm, found.zeros) == (-0.25, -4.0, 3.0, 5.0, 0.5)
    assert found.std == pytest.approx(np.sqrt(25 / 4 - 1 / 16), rel=1e-15)


def test_table_has_a_row_for_each_parameter_in_each_state_in_aligned_columns():
    lines = table({"initial": BEFORE, "trained": AFTER}).splitlines()
    assert lines[0].split() == [
        "parameter", "shape", "weights", "mean", "std", "min", "max", "L2", "norm", "zeros",
    ]  # fmt: skip
    assert len(lines) == 1 + 2 * 4
    assert len({len(line) for line in lines}) == 1
    w = AFTER["fc2.weight"].astype(np.float64)
    row = f"{w.mean():.6f} {w.std():.6f} {w.min():.6f} {w.max():.6f} {np.linalg.norm(w):.6f} 0.0%"
    assert lines[6].split() == ["fc2.weight", "[3,", "10]", "trained", *row.split()]
