import numpy as np
import pytest

from numpy_mlp import MLP
from numpy_mlp.shared.plots.weights import weights

BEFORE = {name: data.copy() for name, data in MLP(4, 10, 3, seed=1).state_dict().items()}

AFTER = {name: 3 * data + 0.1 for name, data in BEFORE.items()}


def test_histograms_count_what_numpy_counts_in_bins_of_all_states(read):
    figure = weights({"run": {"initial": BEFORE, "trained": AFTER}})
    read.fits(figure)
    for axes, name in zip(figure.axes[::2], BEFORE, strict=True):
        both = np.concatenate([BEFORE[name].ravel(), AFTER[name].ravel()]).astype(np.float64)
        edges = np.histogram_bin_edges(both, bins="auto")
        assert len(edges) - 1 <= 12, "bins that suit so few numbers"
        for steps, state in zip(axes.patches, (BEFORE, AFTER), strict=True):
            drawn = steps.get_data()
            assert np.array_equal(drawn.edges, edges)
            assert np.array_equal(drawn.values, np.histogram(state[name], edges)[0])
            assert drawn.values.sum() == state[name].size
        for rug, state in zip(axes.collections, (BEFORE, AFTER), strict=True):
            assert np.array_equal([line[0, 0] for line in rug.get_segments()], state[name].ravel())
        assert axes.get_title(loc="left") == f"{name} {list(BEFORE[name].shape)}"
    assert read.title(figure).startswith("Training stretched fc")


def test_statistics_stand_beside_the_histograms_with_six_decimals(read):
    figure = weights({"run": {"initial": BEFORE, "trained": AFTER}})
    text = read.texts(figure.axes[1])[0]
    for state in (BEFORE, AFTER):
        w = state["fc1.weight"].astype(np.float64)
        for value in (w.mean(), w.std(), w.min(), w.max(), np.linalg.norm(w)):
            assert f"{value:.6f}" in text
    assert "zeros" in text


def test_a_second_run_is_outlined_over_the_first_and_its_distance_named(read):
    shifted = {name: data + np.float32(0.5) for name, data in AFTER.items()}
    runs = {"a": {"initial": BEFORE, "trained": AFTER}, "b": {"initial": BEFORE, "trained": shifted}}
    figure = weights(runs)
    read.fits(figure)
    drawn = figure.axes[0].patches
    assert [steps.get_label() for steps in drawn] == ["a initial", "a trained", "b initial", "b trained"]
    assert [steps.get_fill() for steps in drawn] == [True, True, False, False]
    data = drawn[3].get_data()
    assert np.array_equal(data.values, np.histogram(shifted["fc1.weight"], data.edges)[0])
    assert read.title(figure) == "After training, no weight of a and b differs by more than 5.0e-01"


def test_networks_of_other_shapes_share_their_bins(read):
    wide = MLP(4, 20, 3, seed=2).state_dict()
    runs = {"a": {"initial": BEFORE, "trained": AFTER}, "b": {"initial": wide, "trained": wide}}
    figure = weights(runs)
    assert figure.axes[0].get_title(loc="left") == "fc1.weight [10, 4] and [20, 4]"
    assert "different shapes" in read.title(figure)


@pytest.mark.parametrize("factor", [0, 1])
def test_weights_that_are_all_zero_or_never_changed_are_drawn_too(factor, read):
    still = {name: factor * data for name, data in BEFORE.items()}
    figure = weights({"run": {"initial": still, "trained": still}})
    figure.draw_without_rendering()
    assert read.title(figure) == "Training left the size of every weight matrix as it was"


def test_a_few_far_values_do_not_make_a_million_bins():
    far = {name: data.astype(np.float64) for name, data in AFTER.items()}
    far["fc1.weight"][0, 0] = 1e12
    edges = weights({"run": {"initial": BEFORE, "trained": far}}).axes[0].patches[0].get_data().edges
    assert len(edges) < 101


@pytest.mark.parametrize("factor", [1, 1e8, 1e30])
def test_statistics_keep_their_columns_whatever_the_size(factor, read):
    figure = weights({"run": {"initial": BEFORE, "trained": {n: factor * d for n, d in AFTER.items()}}})
    read.fits(figure)
    lines = read.texts(figure.axes[1])[0].splitlines()
    assert len({len(line) for line in lines}) == 1
    assert len(lines[0]) <= 37
