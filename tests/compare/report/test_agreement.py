import numpy as np
import pytest

from compare.report.agreement import agreement
from compare.report.drift import Point


def points(pair=lambda epoch: epoch * 1e-9, device="cpu", noise=1.5e-9):
    return [
        Point(epoch, tensor, dtype, device, pair(epoch) * scale, noise * epoch * scale)
        for dtype, scale in (("float32", 1), ("float64", 1e-8))
        for tensor in ("weights", "loss")
        for epoch in (0, 200, 400)
    ]


def test_agreement_draws_pair_and_noise_of_both_dtypes(read):
    figure = agreement(points())
    read.fits(figure)
    for axes in figure.axes:
        assert axes.get_yscale() == "log"
        lines = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
        for dtype, scale in (("float32", 1), ("float64", 1e-8)):
            pair = lines[f"{dtype}: NumPy - PyTorch"]
            assert pair.get_xdata().tolist() == [0, 200, 400]
            assert np.allclose(pair.get_ydata()[1:], np.array([2e-7, 4e-7]) * scale, rtol=1e-12, atol=0)
            noise = lines[f"{dtype}: NumPy's self-noise"].get_ydata()
            assert np.isnan(noise[0]), "no noise yet, and a logarithmic axis has no 0"
            assert np.allclose(noise[1:], np.array([3e-7, 6e-7]) * scale, rtol=1e-12, atol=0)
    title = "After 400 epochs the largest distance of a weight is 4.00e-07 in float32 and 4.00e-15 in float64"
    assert read.title(figure) == title


def test_agreement_draws_zero_below_every_other_number(read):
    figure = agreement(points())
    axes = figure.axes[0]
    smallest = min(value for point in points() for value in (point.pair, point.self_noise) if value > 0)
    zero = [line.get_ydata()[0] for line in axes.lines if "PyTorch" in line.get_label()]
    assert len(set(zero)) == 1
    assert 0 < zero[0] < smallest
    assert axes.get_ylim()[0] < zero[0]
    assert "0: equal to the bit" in read.texts(axes)


def test_agreement_of_equal_libraries_is_a_line_at_zero(read):
    figure = agreement(points(lambda _: 0.0, noise=0.0))
    figure.draw_without_rendering()
    pairs = [line.get_ydata() for line in figure.axes[0].lines if "PyTorch" in line.get_label()]
    assert len(pairs) == 2
    assert all(len(set(values)) == 1 for values in pairs)


def test_agreement_draws_each_device_and_wants_at_least_one_point():
    figure = agreement(points() + points(lambda epoch: epoch * 2e-9, "cuda:0"))
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert {"float32: NumPy - PyTorch (cpu)", "float64: NumPy - PyTorch (cuda:0)"} <= set(labels)
    assert labels.count("float32: NumPy's self-noise") == 1
    with pytest.raises(ValueError, match="no long training came to its end"):
        agreement([])
