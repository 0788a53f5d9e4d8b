"""``train --out DIR`` of both packages."""

import numpy as np
import pytest

from numpy_mlp import load_weights
from numpy_mlp.shared.plots import KINDS


@pytest.mark.slow
@pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])
def test_folder_holds_weights_history_and_every_picture(package, cli, on_cpu, tmp_path):
    folder = tmp_path / "run"
    code, out, _ = cli(package, *on_cpu(package, "train", "--epochs", 30, "--quiet", "--out", folder))
    names = {"weights.npz", "history.csv", *(f"{kind}.svg" for kind in KINDS)}
    assert code == 0
    assert set(out.splitlines()[-1].partition(": ")[2].split(", ")) == names
    assert {path.name for path in folder.iterdir()} == names
    losses = load_weights(folder / "weights.npz").history.losses
    table = np.genfromtxt(folder / "history.csv", delimiter=",", names=True)
    np.testing.assert_array_equal(table["epoch"], np.arange(1, 31))
    np.testing.assert_array_equal(table["loss"].astype(losses.dtype), losses)


def test_folder_of_a_diverged_training_has_every_picture_that_has_something_to_show(cli, tmp_path):
    code, _, err = cli("numpy_mlp", "train", "--epochs", 60, "--lr", 1e30, "--quiet", "--out", tmp_path)
    assert code == 0
    assert "diverged" in err
    # the weights were numbers before the first epoch alone: there is no path for a landscape
    assert {path.stem for path in tmp_path.glob("*.svg")} == set(KINDS) - {"landscape"}
