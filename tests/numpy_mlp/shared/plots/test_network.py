import matplotlib as mpl
import numpy as np
from matplotlib.colors import to_rgba

from numpy_mlp import MLP
from numpy_mlp.shared.plots import style
from numpy_mlp.shared.plots.network import MOST_EDGES, MOST_UNITS, WIDEST, drawn_units, network

RNG = np.random.default_rng(0)

BEFORE = {name: data.copy() for name, data in MLP(4, 10, 3, seed=1).state_dict().items()}

AFTER = {name: 3 * data + 0.1 for name, data in BEFORE.items()}

MATRICES = {name: data for name, data in AFTER.items() if data.ndim == 2}


def draw_network(matrices, values, truth=1):
    classes = [f"class {i}" for i in range(len(values[-1]))]
    names = [f"feature {i}" for i in range(len(values[0]))]
    return network(matrices, values, names, classes, truth, "test flower 7")


def test_edges_have_the_colour_of_the_sign_and_the_width_of_the_weight(read):
    values = [np.array([0.1, 0.2, 0.3, 0.4]), np.maximum(RNG.normal(size=10), 0), np.array([0.2, 0.7, 0.1])]
    figure = draw_network(MATRICES, values)
    read.fits(figure)
    (axes,) = figure.axes
    largest = max(np.abs(data).max() for data in MATRICES.values())
    edges = [c for c in axes.collections if isinstance(c, mpl.collections.LineCollection)]
    units = [c for c in axes.collections if isinstance(c, mpl.collections.PathCollection)]
    for drawn, data, before, after in zip(edges, MATRICES.values(), units[:-1], units[1:], strict=True):
        assert np.allclose(drawn.get_linewidths(), WIDEST * np.abs(data.ravel()) / largest, atol=1e-7)
        for colour, weight in zip(drawn.get_colors(), data.ravel(), strict=True):
            assert np.allclose(colour[:3], to_rgba(style.BLUE if weight > 0 else style.VERMILLION)[:3])
        # the line of weight [o, i] runs from unit i to unit o
        for k, (start, end) in enumerate(drawn.get_segments()):
            o, i = divmod(k, data.shape[1])
            assert np.allclose(start, before.get_offsets()[i])
            assert np.allclose(end, after.get_offsets()[o])


def test_units_hold_and_show_the_activations_of_the_sample(read):
    values = [np.array([0.1, 0.2, 0.3, 0.4]), np.arange(10.0) - 0.0, np.array([0.2, 0.7, 0.1])]
    figure = draw_network(MATRICES, values)
    (axes,) = figure.axes
    units = [c for c in axes.collections if isinstance(c, mpl.collections.PathCollection)]
    for drawn, value in zip(units, values, strict=True):
        assert np.array_equal(drawn.get_array(), value)
    shown = read.texts(axes)
    for value in np.concatenate(values):
        assert f"{value:.2f}" in shown
    assert {"feature 0", "class 2", "4\ninputs", "10\nhidden", "3\nprobabilities"} <= set(shown)
    assert "9 of 10 hidden units are above 0 for test flower 7" in read.title(figure)
    assert read.title(figure).endswith("class 1 (70.0%), which is right")
    assert read.title(draw_network(MATRICES, values, truth=2)).endswith("which is wrong: it is class 2")


def test_a_large_network_is_capped_to_its_largest_weights_and_says_so(read):
    model = MLP(64, 32, 5, 10, seed=0)
    matrices = {name: data for name, data in model.state_dict().items() if data.ndim == 2}
    values = [np.abs(RNG.normal(size=size)) for size in (64, 32, 5, 10)]
    figure = draw_network(matrices, values)
    read.fits(figure)
    (axes,) = figure.axes
    kept = drawn_units(list(matrices.values()), 0)
    strength = np.abs(matrices["fc1.weight"]).sum(axis=0)
    assert len(kept) == MOST_UNITS
    assert min(strength[kept]) >= max(np.delete(strength, kept))
    layers = {"16 of 64\ninputs", "16 of 32\nhidden layer 1", "5\nhidden layer 2", "10\nprobabilities"}
    assert layers <= set(read.texts(axes))
    units = {f"h1.{unit}" for unit in drawn_units(list(matrices.values()), 1)}
    assert units | {f"h2.{unit}" for unit in range(5)} <= set(read.texts(axes)), "every circle has its name"
    edges = [c for c in axes.collections if isinstance(c, mpl.collections.LineCollection)]
    assert [len(drawn.get_segments()) for drawn in edges] == [MOST_EDGES, MOST_EDGES, 5 * 10]
    assert f"at most {MOST_UNITS} units" in figure._supxlabel.get_text().replace("\n", " ")


def test_circles_of_the_outer_layers_are_whole(read):
    values = [np.array([0.1, 0.2, 0.3, 0.4]), np.arange(10.0), np.array([0.2, 0.7, 0.1])]
    (axes,) = draw_network(MATRICES, values).axes
    units = [c for c in axes.collections if isinstance(c, mpl.collections.PathCollection)]
    assert not any(drawn.get_clip_on() for drawn in units)
