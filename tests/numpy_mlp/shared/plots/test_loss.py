import numpy as np

from numpy_mlp.shared.outcome import Losses
from numpy_mlp.shared.plots.loss import loss

FALLING = Losses(np.geomspace(1, 0.01, 400), np.array([0, 200, 400]), np.array([1.1, 0.2, 0.1]))


def test_loss_lines_are_the_losses_at_their_epochs(read):
    figure = loss({"run": FALLING})
    read.fits(figure)
    (axes,) = figure.axes
    training, test = axes.lines
    assert np.array_equal(training.get_xydata(), np.column_stack([np.arange(400), FALLING.train]))
    assert np.array_equal(test.get_xydata(), np.column_stack([FALLING.snapshot_epochs, FALLING.test]))
    assert axes.get_yscale() == "log"
    assert read.title(figure) == "Training loss 1.000 → 0.010, test loss 0.100, its lowest: no overfitting"


def test_loss_axis_stays_linear_where_the_loss_hardly_falls():
    flat = Losses(np.linspace(1, 0.6, 10), np.array([0, 10]), np.array([1.0, 0.7]))
    assert loss({"run": flat}).axes[0].get_yscale() == "linear"


def test_a_test_loss_that_turns_up_is_called_overfitting_with_its_epoch(read):
    turned = Losses(FALLING.train, np.array([0, 200, 1400]), np.array([1.1, 0.2, 0.3]))
    assert read.title(loss({"run": turned})).endswith("but it was 0.200 at epoch 200: overfitting since")


def test_a_diverged_training_is_drawn_and_said_to_have_diverged(read):
    diverged = Losses(np.array([1.0, 9.0, np.nan]), np.array([0, 3]), np.array([1.0, np.nan]))
    figure = loss({"run": diverged})
    figure.draw_without_rendering()
    assert read.title(figure) == "The training loss is no number from epoch 2 on: the training diverged"


def test_two_runs_give_four_lines_named_after_them(read):
    other = Losses(FALLING.train * 2, FALLING.snapshot_epochs, FALLING.test * 2)
    figure = loss({"mine": FALLING, "yours": other})
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == [
        "training loss (mine)", "test loss (mine)", "training loss (yours)", "test loss (yours)",
    ]  # fmt: skip
    assert np.array_equal(lines[3].get_ydata(), other.test)
    assert read.title(figure).startswith("mine: training loss 1.000")
