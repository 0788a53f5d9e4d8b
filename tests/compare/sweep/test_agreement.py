"""``--backend both``: correct libraries agree at every point of a grid, and each kind of fault is named."""

import re

import pytest

import numpy_mlp
from compare.sweep import runs
from torch_mlp.faster import training as faster

ONE = ["--hidden", "5", "--lr", "0.1", "--seeds", "1", "--epochs", "20", "--jobs", "1", "--backend", "both"]


def test_both_libraries_agree_at_every_point(sweep, tmp_path, small, table_of):
    code, out, _ = sweep(*small, "--seeds", 1, "--backend", "both", "--out", tmp_path)
    assert code == 0
    assert "NumPy and PyTorch agree in 4 of 4 runs" in out
    assert [row["library"] for row in table_of(tmp_path)] == ["numpy", "torch"] * 4


def test_relu_that_flips_in_one_library_is_no_disagreement():
    # in epoch 80 a pre-activation is 0 in NumPy and 7e-9 in PyTorch (on one machine): they part by 5e-7
    run = runs.Run("iris", (10,), 0.001, 7, 200, "both", 0.1)
    records = runs.measure(run)
    assert [(record.run.backend, record.agrees) for record in records] == [("numpy", True), ("torch", True)]


def test_planted_fault_exits_1_names_the_array_and_is_compared_again(sweep, trained, tmp_path, monkeypatch):
    def step(self):
        for param in self.params:
            param.data -= 1.001 * self.lr * param.grad

    arguments = [*ONE, "--seeds", "2", "--out", tmp_path]
    with monkeypatch.context() as planted:
        planted.setattr(numpy_mlp.SGD, "step", step)
        code, out, _ = sweep(*arguments)
    assert code == 1
    assert re.search(
        r"NumPy and PyTorch disagree in 2 of 2 runs; first at hidden 5, lr 0.1, seed 0, "
        r"in fc1\.\w+ after epochs 1 to 20, epoch 1: NumPy -?0\.\d+, float64 -?0\.\d+, "
        r"x [\d.]+ of the budget",
        out,
    )
    trained.clear()
    code, out, err = sweep(*arguments)
    assert code == 0, "corrected"
    assert "0 of 2 runs are finished" in err
    assert "agree in 2 of 2 runs" in out
    assert len(trained) == 2


def test_another_draw_of_the_weights_is_a_disagreement(sweep, monkeypatch):
    monkeypatch.setattr(numpy_mlp.init, "bias_bound", lambda in_features: 0.1)
    code, out, _ = sweep(*ONE)
    assert code == 1
    assert "seed 0, in fc1.bias, from the draw: NumPy " in out


def test_gradients_kept_from_the_epoch_before_are_a_disagreement(sweep, monkeypatch):
    monkeypatch.setattr(numpy_mlp.SGD, "zero_grad", lambda self: None)
    code, out, _ = sweep(*ONE)
    assert code == 1
    assert re.search(r"in fc\d\.\w+ after epochs 1 to 20, epoch 2: NumPy ", out), "of epoch 1 there are none"


@pytest.mark.parametrize(("package", "name"), [(numpy_mlp, "NumPy"), (faster, "PyTorch")])
@pytest.mark.parametrize(
    ("what", "epoch"), [("loss in", 1), ("fc1.weight after", 20)], ids=["losses", "one weight"]
)
def test_fault_of_one_training_loop_alone_is_a_disagreement(sweep, monkeypatch, package, name, what, epoch):
    train = package.train

    def faulty(*args, **kwargs):
        history = train(*args, **kwargs)
        changed = history.losses if epoch == 1 else history.snapshots[-1]["fc1.weight"]
        changed *= 1.0001
        return history

    monkeypatch.setattr(package, "train", faulty)
    code, out, _ = sweep(*ONE)
    assert code == 1
    assert f"in {what} epochs 1 to 20, epoch {epoch}: {name} " in out


def test_training_that_leaves_out_an_epoch_is_a_disagreement(sweep, monkeypatch):
    train = numpy_mlp.train

    def forgetful(*args, **kwargs):
        history = train(*args, **kwargs)
        history.losses = history.losses[:-1]
        return history

    monkeypatch.setattr(numpy_mlp, "train", forgetful)
    code, out, _ = sweep(*ONE)
    assert code == 1
    assert "in training: NumPy missing (ValueError: " in out
    assert "kept 21 snapshots for 19 epochs" in out
