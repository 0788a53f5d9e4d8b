"""What each picture shows, read back from the figure's artists and held against the arrays."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgba
from matplotlib.figure import Figure

from numpy_mlp import MLP, SGD, CrossEntropyLoss, train
from numpy_mlp.plots import style
from numpy_mlp.plots.activations import activations, dead_units
from numpy_mlp.plots.agreement import agreement
from numpy_mlp.plots.boundary import boundary, plane_features
from numpy_mlp.plots.confidence import confidence
from numpy_mlp.plots.confusion import confusion
from numpy_mlp.plots.heatmaps import heatmaps
from numpy_mlp.plots.landscape import STEPS, flatten, landscape, principal_path, unflatten
from numpy_mlp.plots.loss import Losses, loss
from numpy_mlp.plots.network import MOST_EDGES, MOST_UNITS, WIDEST, drawn_units, network
from numpy_mlp.plots.statistics import statistics, table
from numpy_mlp.plots.weights import weights

RNG = np.random.default_rng(0)
CLASSES = ("setosa", "versicolor", "virginica")
BEFORE = {name: data.copy() for name, data in MLP(4, 10, 3, seed=1).state_dict().items()}
AFTER = {name: 3 * data + 0.1 for name, data in BEFORE.items()}


def title(figure):
    return figure.get_suptitle().replace("\n", " ")


def texts(axes):
    return [text.get_text() for text in axes.texts]


def everything_fits(figure):
    """Draw the figure: nothing may leave it, and no words may lie on its title or its caption."""
    renderer = FigureCanvasAgg(figure).get_renderer()
    figure.draw(renderer)
    box = figure.get_tightbbox(renderer)
    assert min(box.x0, box.y0) >= -0.01
    assert box.x1 <= figure.get_figwidth() + 0.01
    assert box.y1 <= figure.get_figheight() + 0.01
    frame = [text for text in (figure._suptitle, figure._supxlabel) if text is not None]
    words = [text for legend in figure.legends for text in legend.get_texts()]
    for axes in figure.axes:
        words += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title]
        words += axes.get_legend().get_texts() if axes.get_legend() else []
    boxes = [text.get_window_extent(renderer) for text in words if text.get_text()]
    assert boxes
    for text in frame:
        mine = text.get_window_extent(renderer)
        assert not any(mine.overlaps(other) for other in boxes), text


def test_histograms_count_what_numpy_counts_in_bins_of_all_states():
    figure = weights({"run": {"initial": BEFORE, "trained": AFTER}})
    everything_fits(figure)
    for axes, name in zip(figure.axes[::2], BEFORE, strict=True):
        both = np.concatenate([BEFORE[name].ravel(), AFTER[name].ravel()])
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
    assert title(figure).startswith("Training stretched fc")


def test_statistics_stand_beside_the_histograms_with_six_decimals():
    figure = weights({"run": {"initial": BEFORE, "trained": AFTER}})
    text = texts(figure.axes[1])[0]
    for state in (BEFORE, AFTER):
        w = state["fc1.weight"].astype(np.float64)
        for value in (w.mean(), w.std(), w.min(), w.max(), np.linalg.norm(w)):
            assert f"{value:.6f}" in text
    assert "zeros" in text


def test_a_second_run_is_outlined_over_the_first_and_its_distance_named():
    shifted = {name: data + np.float32(0.5) for name, data in AFTER.items()}
    runs = {"a": {"initial": BEFORE, "trained": AFTER}, "b": {"initial": BEFORE, "trained": shifted}}
    figure = weights(runs)
    everything_fits(figure)
    drawn = figure.axes[0].patches
    assert [steps.get_label() for steps in drawn] == ["a initial", "a trained", "b initial", "b trained"]
    assert [steps.get_fill() for steps in drawn] == [True, True, False, False]
    data = drawn[3].get_data()
    assert np.array_equal(data.values, np.histogram(shifted["fc1.weight"], data.edges)[0])
    assert title(figure) == "After training, no weight of a and b differs by more than 5.0e-01"


def test_networks_of_other_shapes_share_their_bins():
    wide = MLP(4, 20, 3, seed=2).state_dict()
    runs = {"a": {"initial": BEFORE, "trained": AFTER}, "b": {"initial": wide, "trained": wide}}
    figure = weights(runs)
    assert figure.axes[0].get_title(loc="left") == "fc1.weight [10, 4] and [20, 4]"
    assert "different shapes" in title(figure)


@pytest.mark.parametrize("factor", [0, 1])
def test_weights_that_are_all_zero_or_never_changed_are_drawn_too(factor):
    still = {name: factor * data for name, data in BEFORE.items()}
    figure = weights({"run": {"initial": still, "trained": still}})
    figure.draw_without_rendering()
    assert title(figure) == "Training left the size of every weight matrix as it was"


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


FALLING = Losses(np.geomspace(1, 0.01, 400), np.array([0, 200, 400]), np.array([1.1, 0.2, 0.1]))


def test_loss_lines_are_the_losses_at_their_epochs():
    figure = loss({"run": FALLING})
    everything_fits(figure)
    (axes,) = figure.axes
    training, test = axes.lines
    assert np.array_equal(training.get_xydata(), np.column_stack([np.arange(400), FALLING.train]))
    assert np.array_equal(test.get_xydata(), np.column_stack([FALLING.snapshot_epochs, FALLING.test]))
    assert axes.get_yscale() == "log"
    assert title(figure) == "Training loss 1.000 → 0.010, test loss → 0.100, its lowest: no overfitting"


def test_loss_axis_stays_linear_where_the_loss_hardly_falls():
    flat = Losses(np.linspace(1, 0.6, 10), np.array([0, 10]), np.array([1.0, 0.7]))
    assert loss({"run": flat}).axes[0].get_yscale() == "linear"


def test_a_test_loss_that_turns_up_is_called_overfitting_with_its_epoch():
    turned = Losses(FALLING.train, np.array([0, 200, 1400]), np.array([1.1, 0.2, 0.3]))
    assert title(loss({"run": turned})).endswith("but it was 0.200 at epoch 200: overfitting since")


def test_a_diverged_training_is_drawn_and_said_to_have_diverged():
    diverged = Losses(np.array([1.0, 9.0, np.nan]), np.array([0, 3]), np.array([1.0, np.nan]))
    figure = loss({"run": diverged})
    figure.draw_without_rendering()
    assert title(figure) == "The training diverged: its loss is no number any more"


def test_two_runs_give_four_lines_named_after_them():
    other = Losses(FALLING.train * 2, FALLING.snapshot_epochs, FALLING.test * 2)
    figure = loss({"mine": FALLING, "yours": other})
    lines = figure.axes[0].lines
    assert [line.get_label() for line in lines] == [
        "training loss (mine)", "test loss (mine)", "training loss (yours)", "test loss (yours)",
    ]  # fmt: skip
    assert np.array_equal(lines[3].get_ydata(), other.test)
    assert title(figure).startswith("mine: training loss 1.000")


MATRICES = {name: data for name, data in AFTER.items() if data.ndim == 2}
INPUTS = [f"feature {i}" for i in range(4)]


def draw_network(matrices, values, truth=1):
    classes = [f"class {i}" for i in range(len(values[-1]))]
    names = [f"feature {i}" for i in range(len(values[0]))]
    return network(matrices, values, names, classes, truth, "test flower 7")


def test_edges_have_the_colour_of_the_sign_and_the_width_of_the_weight():
    values = [np.array([0.1, 0.2, 0.3, 0.4]), np.maximum(RNG.normal(size=10), 0), np.array([0.2, 0.7, 0.1])]
    figure = draw_network(MATRICES, values)
    everything_fits(figure)
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


def test_units_hold_and_show_the_activations_of_the_sample():
    values = [np.array([0.1, 0.2, 0.3, 0.4]), np.arange(10.0) - 0.0, np.array([0.2, 0.7, 0.1])]
    figure = draw_network(MATRICES, values)
    (axes,) = figure.axes
    units = [c for c in axes.collections if isinstance(c, mpl.collections.PathCollection)]
    for drawn, value in zip(units, values, strict=True):
        assert np.array_equal(drawn.get_array(), value)
    shown = texts(axes)
    for value in np.concatenate(values):
        assert f"{value:.2f}" in shown
    assert {"feature 0", "class 2", "4 inputs", "10 hidden h1", "3 probabilities"} <= set(shown)
    assert "9 of 10 hidden units answer to test flower 7" in title(figure)
    assert title(figure).endswith("class 1 (70.0%), which is right")
    assert title(draw_network(MATRICES, values, truth=2)).endswith("which is wrong: it is class 2")


def test_a_large_network_is_capped_to_its_largest_weights_and_says_so():
    model = MLP(64, 32, 5, 10, seed=0)
    matrices = {name: data for name, data in model.state_dict().items() if data.ndim == 2}
    values = [np.abs(RNG.normal(size=size)) for size in (64, 32, 5, 10)]
    figure = draw_network(matrices, values)
    everything_fits(figure)
    (axes,) = figure.axes
    kept = drawn_units(list(matrices.values()), 0)
    strength = np.abs(matrices["fc1.weight"]).sum(axis=0)
    assert len(kept) == MOST_UNITS
    assert min(strength[kept]) >= max(np.delete(strength, kept))
    assert {"16 of 64 inputs", "16 of 32 hidden h1", "5 hidden h2", "10 probabilities"} <= set(texts(axes))
    edges = [c for c in axes.collections if isinstance(c, mpl.collections.LineCollection)]
    assert [len(drawn.get_segments()) for drawn in edges] == [MOST_EDGES, MOST_EDGES, 5 * 10]
    assert f"at most {MOST_UNITS} units" in figure._supxlabel.get_text().replace("\n", " ")


def test_heatmaps_show_the_matrices_about_zero_with_their_signs():
    figure = heatmaps(MATRICES, INPUTS, CLASSES)
    everything_fits(figure)
    for axes, (name, data) in zip(figure.axes, MATRICES.items(), strict=True):
        (image,) = axes.images
        assert np.array_equal(image.get_array(), data)
        assert image.norm.vcenter == 0
        assert image.norm(0.0) == 0.5
        blue, red = (image.cmap(image.norm(sign * np.abs(data).max())) for sign in (1, -1))
        assert blue[2] > blue[0]
        assert red[0] > red[2]
        assert texts(axes) == [f"{value:+.2f}" for value in data.ravel()]
        assert axes.get_title(loc="left") == f"{name} {list(data.shape)}"
    assert [label.get_text() for label in figure.axes[0].get_xticklabels()] == INPUTS
    assert [label.get_text() for label in figure.axes[1].get_yticklabels()] == list(CLASSES)


def test_heatmaps_name_the_feature_with_the_largest_column():
    first = np.zeros((10, 4), np.float32)
    first[:, 2] = 1
    figure = heatmaps({**MATRICES, "fc1.weight": first}, INPUTS, CLASSES)
    assert title(figure).startswith("The network listens most to feature 2")
    assert "100% of the squared weights" in title(figure)


def test_large_heatmaps_stand_below_one_another_without_values():
    matrices = {name: data for name, data in MLP(64, 32, 16, 10).state_dict().items() if data.ndim == 2}
    figure = heatmaps(matrices, [f"pixel_{i}" for i in range(64)], [str(i) for i in range(10)])
    everything_fits(figure)
    assert [len(axes.texts) for axes in figure.axes if axes.images] == [0, 0, 160]


def test_activations_stand_class_beside_class_with_dead_units_marked():
    labels = np.array([2, 0, 1, 0, 2])
    data = np.array([[1, 0, 2.0], [3, 0, 0], [5, 0, 1], [7, 0, 0], [9, 0, 3]])
    figure = activations({"relu": data}, labels, CLASSES)
    everything_fits(figure)
    axes = figure.axes[0]
    assert np.array_equal(axes.images[0].get_array(), data[[1, 3, 2, 0, 4]].T)
    assert dead_units(data) == [1]
    assert [t.get_text() for t in axes.get_yticklabels()] == ["unit 0  100%", "unit 1  dead", "unit 2  60%"]
    assert [t.get_color() == style.VERMILLION for t in axes.get_yticklabels()] == [False, True, False]
    assert [line.get_xdata()[0] for line in axes.lines] == [1.5, 2.5]
    assert title(figure).startswith("1 of 3 hidden units is dead: no training sample wakes it")
    assert "answers 80% of the training samples" in title(figure)


def test_no_dead_unit_is_said_to_be_none():
    figure = activations({"relu": np.ones((3, 2))}, np.array([0, 1, 2]), CLASSES)
    assert title(figure).startswith("None of the 2 hidden units is dead")


TRUTH = np.array([0, 1, 2, 1, 2])
SURE = np.array([[0.9, 0.1, 0], [0.1, 0.8, 0.1], [0, 0.05, 0.95], [0.2, 0.3, 0.5], [0.1, 0.2, 0.7]])
RAW = np.arange(20.0).reshape(5, 4) / 10


def test_confusion_counts_truth_by_answer_and_describes_the_wrong_flower():
    figure = confusion(TRUTH, SURE, RAW, INPUTS, CLASSES, "flower")
    everything_fits(figure)
    matrix, beside = figure.axes
    assert np.array_equal(matrix.images[0].get_array(), [[1, 0, 0], [0, 1, 1], [0, 0, 2]])
    (text,) = texts(beside)
    lines = text.splitlines()
    assert lines[0] == "test flower 3"
    assert lines[1].strip() == "is versicolor (p = 0.300)"
    assert lines[2].strip() == "taken for virginica (p = 0.500)"
    assert [line.strip() for line in lines[3:7]] == [
        "feature 0  1.2", "feature 1  1.3", "feature 2  1.4", "feature 3  1.5",
    ]  # fmt: skip
    assert title(figure) == "4 of 5 test flowers right; the wrong one, a versicolor, is taken for a virginica"


def test_confusion_without_a_mistake_and_with_many():
    right = confusion(TRUTH, np.eye(3)[TRUTH], RAW, INPUTS, CLASSES)
    assert title(right) == "5 of 5 test samples right: no mistake off the diagonal"
    assert texts(right.axes[1]) == [""]
    measured = np.arange(28.0).reshape(7, 4) / 10
    many = confusion(np.zeros(7, int), np.eye(3)[np.array([0, 1, 1, 1, 2, 2, 1])], measured, INPUTS, CLASSES)
    lines = texts(many.axes[1])[0].splitlines()
    assert lines[:3] == ["test sample 1", "  is setosa (p = 0.000)", "  taken for versicolor (p = 1.000)"]
    assert lines[3] == "  measures 0.4, 0.5, 0.6, 0.7"
    assert "and 3 more" in lines
    assert title(many) == (
        "1 of 7 test samples right; the most frequent mistake: setosa taken for versicolor, 4 times"
    )
    everything_fits(many)


def offsets(axes):
    return np.concatenate([np.asarray(points.get_offsets()) for points in axes.collections])


def test_confidence_shows_the_probability_of_the_truth_least_sure_first():
    figure = confidence({"run": SURE}, TRUTH, CLASSES, "flower")
    everything_fits(figure)
    (axes,) = figure.axes
    by_class = [np.asarray(points.get_offsets()) for points in axes.collections[:3]]
    # classes in their order, with a gap between them; flower 3 is less sure than flower 1, and 4 than 2
    assert [points.tolist() for points in by_class] == [
        [[0, 0.9]],
        [[3, 0.8], [2, 0.3]],
        [[6, 0.95], [5, 0.7]],
    ]
    wrong = axes.collections[3]
    assert np.asarray(wrong.get_offsets()).tolist() == [[2, 0.3]]
    assert np.allclose(wrong.get_edgecolors()[0], to_rgba(style.VERMILLION))
    assert "flower 3: wrong" in texts(axes)
    assert (
        title(figure)
        == "4 of 5 test flowers right; the wrong one: flower 3, which gets 0.300 for its own class"
    )


def test_confidence_of_a_second_run_stands_at_the_same_places():
    figure = confidence({"a": SURE, "b": SURE[:, ::-1]}, TRUTH, CLASSES)
    everything_fits(figure)
    (axes,) = figure.axes
    second = np.asarray(axes.collections[3].get_offsets())
    assert second.tolist() == [[0, 0.0], [3, 0.8], [6, 0.0], [2, 0.3], [5, 0.1]]
    assert axes.collections[3].get_label() == "b"
    assert title(figure).endswith("differ by 0.9 at most")


def test_boundary_colours_each_point_by_the_answer_with_the_rest_at_medians():
    asked = []

    def proba(x):
        asked.append(x)
        # class 1 where feature 2 is above 1, else class 0
        return np.eye(2)[(x[:, 2] > 1).astype(int)]

    x_train = RNG.uniform(0, 2, (21, 4))
    x_test = np.array([[0, 0, 0.5, 1], [0, 0, 1.5, 1], [0, 0, 1.2, 0.3]])
    y_train = (x_train[:, 2] > 1).astype(int)
    y_test = np.array([0, 1, 0])
    figure = boundary(proba, x_train, y_train, x_test, y_test, (2, 3), INPUTS, CLASSES[:2], "flower")
    everything_fits(figure)
    (axes,) = figure.axes
    medians = np.median(x_train, axis=0)
    assert np.array_equal(asked[0][:, :2], np.tile(medians[:2], (len(asked[0]), 1)))
    image = axes.images[0]
    left, right, _, _ = image.get_extent()
    columns = np.linspace(left, right, image.get_array().shape[1])
    colours = [np.array(to_rgba(colour)[:3]) for colour in style.CLASS_COLOURS[:2]]
    for answer, colour in enumerate(colours):
        there = image.get_array()[:, (columns > 1) == bool(answer)]
        assert np.allclose(there, 1 - 0.45 + 0.45 * colour)
    # training and test samples of class 0, of class 1, then the ring around the wrong one
    drawn = [np.asarray(points.get_offsets()) for points in axes.collections]
    assert np.array_equal(drawn[0], x_train[y_train == 0][:, 2:])
    assert np.array_equal(drawn[1], x_test[y_test == 0][:, 2:])
    assert np.array_equal(drawn[2], x_train[y_train == 1][:, 2:])
    assert np.array_equal(drawn[4], x_test[[2]][:, 2:])
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("feature 2", "feature 3")
    assert title(figure).startswith("2 of 3 test flowers lie where the network answers their own class")
    assert f"feature 0 {medians[0]:g}, feature 1 {medians[1]:g}." in figure._supxlabel.get_text()


def test_the_plane_is_that_of_the_class_means_farthest_apart(iris):
    assert [iris.feature_names[i] for i in plane_features(iris.x_train, iris.y_train)] == [
        "petal length (cm)", "petal width (cm)",
    ]  # fmt: skip


@pytest.fixture(scope="module")
def history():
    from numpy_mlp import load_dataset

    iris = load_dataset("iris", dtype=np.float64)
    model = MLP(4, 5, 3, seed=1, dtype=np.float64)
    return train(
        model, SGD(model.parameters(), lr=0.5), iris.x_train, iris.y_train, epochs=200, snapshot_every=20
    )


@pytest.fixture
def loss_of(iris):
    model = MLP(4, 5, 3, dtype=np.float64)
    criterion = CrossEntropyLoss()

    def loss_of(state):
        model.load_state_dict(state)
        return float(criterion(model(iris.x_train.astype(np.float64)), iris.y_train))

    return loss_of


def test_flatten_and_unflatten_undo_each_other():
    back = unflatten(flatten(BEFORE), BEFORE)
    assert list(back) == list(BEFORE)
    assert all(np.array_equal(back[name], BEFORE[name]) for name in BEFORE)


def test_path_is_projected_on_the_two_principal_directions(history):
    directions, path, explained = principal_path(history.snapshots)
    rows = np.stack([flatten(snapshot) for snapshot in history.snapshots])
    away = rows - rows[-1]
    assert np.allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    assert np.allclose(path, away @ directions.T, atol=1e-12)
    assert np.array_equal(path[-1], [0, 0])
    assert (path[0] >= 0).all()
    # no direction explains more than the first: the eigenvalues of D'D
    eigenvalues = np.linalg.eigvalsh(away.T @ away)[::-1]
    assert np.allclose(explained, eigenvalues[:2] / eigenvalues.sum(), atol=1e-12)
    # and the shares are those of the squared distances along the directions
    assert np.allclose(explained, (path**2).sum(axis=0) / (away**2).sum(), atol=1e-12)


def test_landscape_draws_the_path_over_the_loss_of_its_plane(history, loss_of):
    seen = []

    def spy(state):
        seen.append((flatten(state), loss_of(state)))
        return seen[-1][1]

    figure = landscape(spy, history.snapshots, history.snapshot_epochs)
    everything_fits(figure)
    axes = figure.axes[0]
    directions, path, explained = principal_path(history.snapshots)
    assert np.array_equal(axes.lines[0].get_xydata(), path)
    assert np.array_equal(axes.lines[1].get_xydata(), path)
    # every height was asked for in the plane itself, on a grid that holds the whole path
    grid = np.array([row for row, _ in seen[: STEPS * STEPS]]) - flatten(history.snapshots[-1])
    assert np.allclose(grid, grid @ directions.T @ directions, atol=1e-12)
    assert ((grid @ directions.T).min(axis=0) < path.min(axis=0)).all()
    assert ((grid @ directions.T).max(axis=0) > path.max(axis=0)).all()
    heights = [height for _, height in seen[: STEPS * STEPS]]
    filled = axes.collections[0]
    assert filled.levels[0] <= min(heights)
    assert filled.levels[-1] >= max(heights)
    assert axes.get_xlabel() == f"first direction: {explained[0]:.1%} of the path"
    assert axes.get_ylabel() == f"second direction: {explained[1]:.1%} of the path"
    assert f"hold {explained.sum():.1%} of its path" in title(figure)
    assert texts(axes) == ["epoch 0", "epoch 200"]


def test_landscape_of_two_snapshots_and_of_none_that_moved(history, loss_of):
    ends = [history.snapshots[0], history.snapshots[-1]]
    figure = landscape(loss_of, ends, [0, 200])
    everything_fits(figure)
    assert "hold 100.0% of its path" in title(figure)
    with pytest.raises(ValueError, match="never moved"):
        landscape(loss_of, [ends[0], ends[0]], [0, 1])


def points(pair=lambda epoch: epoch * 1e-9, device="cpu"):
    return [
        {
            "epoch": epoch, "dtype": dtype, "tensor": tensor, "device": device,
            "pair": pair(epoch) * scale, "self_noise": 1.5e-9 * epoch * scale,
            "limit": (1e-8 * epoch + 1e-7) * scale,
        }
        for dtype, scale in (("float32", 1), ("float64", 1e-8))
        for tensor in ("weights", "loss")
        for epoch in (0, 200, 400)
    ]  # fmt: skip


def test_agreement_draws_pair_noise_and_limit_of_both_dtypes():
    figure = agreement(points())
    everything_fits(figure)
    for axes in figure.axes:
        assert axes.get_yscale() == "log"
        lines = {line.get_label(): line for line in axes.lines if not line.get_label().startswith("_")}
        for dtype, scale in (("float32", 1), ("float64", 1e-8)):
            pair = lines[f"{dtype}: NumPy - PyTorch"]
            assert pair.get_xdata().tolist() == [0, 200, 400]
            assert np.allclose(pair.get_ydata()[1:], np.array([2e-7, 4e-7]) * scale, rtol=1e-12, atol=0)
            limit = lines[f"{dtype}: limit"].get_ydata()
            assert np.allclose(limit, np.array([1e-7, 2.1e-6, 4.1e-6]) * scale, rtol=1e-12, atol=0)
            noise = lines[f"{dtype}: NumPy's self-noise"].get_ydata()
            assert np.isnan(noise[0]), "no noise yet, and a logarithmic axis has no 0"
            assert np.allclose(noise[1:], np.array([3e-7, 6e-7]) * scale, rtol=1e-12, atol=0)
    assert title(figure) == (
        "After 400 epochs no weight differs by more than 4.0e-07 in float32 and 4.0e-15 in float64; "
        "never beyond the limit"
    )


def test_agreement_draws_zero_below_every_other_number():
    figure = agreement(points())
    axes = figure.axes[0]
    smallest = min(value for point in points() for value in (point["pair"], point["limit"]) if value > 0)
    zero = [line.get_ydata()[0] for line in axes.lines if "PyTorch" in line.get_label()]
    assert len(set(zero)) == 1
    assert 0 < zero[0] < smallest
    assert axes.get_ylim()[0] < zero[0]
    assert "0: equal to the bit" in texts(axes)


def test_agreement_of_equal_libraries_can_be_drawn():
    equal = [point | {"pair": 0.0, "self_noise": 0.0, "limit": 0.0} for point in points()]
    agreement(equal).draw_without_rendering()


@pytest.mark.parametrize("value", [1.0, float("nan")])
def test_agreement_says_where_the_limit_was_left(value):
    figure = agreement(points(lambda epoch: value if epoch == 200 else 0.0))
    assert title(figure).startswith("The libraries leave the limit: weights in float32 at epoch 200")


def test_agreement_draws_each_device_and_wants_at_least_one_point():
    figure = agreement(points() + points(lambda epoch: epoch * 2e-9, "cuda:0"))
    labels = [line.get_label() for line in figure.axes[0].lines]
    assert {"float32: NumPy - PyTorch (cpu)", "float64: NumPy - PyTorch (cuda:0)"} <= set(labels)
    assert labels.count("float32: limit") == 1
    with pytest.raises(ValueError, match="at least one point"):
        agreement([])


def a_figure():
    return loss({"run": FALLING})


@pytest.mark.parametrize("ending", [".png", ".svg"])
def test_saved_twice_is_equal_to_the_byte(tmp_path, ending):
    one, two = tmp_path / f"one{ending}", tmp_path / f"two{ending}"
    style.save(a_figure(), one)
    style.save(a_figure(), two)
    assert one.read_bytes() == two.read_bytes()


def test_svg_refers_to_nothing_outside(tmp_path):
    import re

    path = tmp_path / "a.SVG"
    style.save(heatmaps(MATRICES, INPUTS, CLASSES), path)
    svg = path.read_text(encoding="utf-8")
    assert svg.lstrip().startswith("<?xml")
    assert "<svg" in svg
    assert "http" not in re.sub(r'xmlns(:\w+)?="[^"]*"', "", svg)
    assert all(target.startswith(("#", "data:")) for target in re.findall(r'href="([^"]*)"', svg))
    assert all(target.startswith("#") for target in re.findall(r"url\(([^)]*)\)", svg))
    assert "DOCTYPE" not in svg


def test_png_is_twice_as_wide_as_a_readme(tmp_path):
    path = tmp_path / "a.png"
    style.save(a_figure(), path)
    data = path.read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    assert int.from_bytes(data[16:20]) == 1800
    assert b"Software" not in data


def test_other_endings_are_refused_in_one_line(tmp_path):
    with pytest.raises(ValueError, match=r"ends with \.png or \.svg, got '.*a\.pdf'"):
        style.save(a_figure(), tmp_path / "a.pdf")
    assert list(tmp_path.iterdir()) == []


def test_the_style_is_the_same_whatever_the_user_has_set_and_leaves_it_alone(tmp_path):
    style.save(a_figure(), tmp_path / "one.svg")
    with mpl.rc_context(
        {"font.size": 30, "lines.linewidth": 9, "axes.facecolor": "black", "svg.hashsalt": "x"}
    ):
        style.save(a_figure(), tmp_path / "two.svg")
        assert mpl.rcParams["font.size"] == 30
    assert (tmp_path / "one.svg").read_bytes() == (tmp_path / "two.svg").read_bytes()


def test_titles_are_broken_into_lines_of_about_the_same_length():
    text = "one two three four five six seven eight nine ten"
    assert style.balanced(text, 100) == text
    broken = style.balanced(text, 30).splitlines()
    assert len(broken) == 2
    assert abs(len(broken[0]) - len(broken[1])) < 8


def test_pictures_are_figures_without_pyplot():
    import subprocess
    import sys

    code = (
        "import sys, numpy as np; from numpy_mlp.plots.loss import Losses, loss;"
        "f = loss({'a': Losses(np.ones(3), np.array([0, 3]), np.ones(2))});"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert type(a_figure()) is Figure
