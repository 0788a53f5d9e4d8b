"""What ``plot`` draws of a saved run, in both packages."""

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from numpy_mlp import load_dataset, load_weights, save_weights
from numpy_mlp.shared.plots import KINDS, style

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])


@pytest.fixture
def drawn(cli, monkeypatch, tmp_path, on_cpu):
    """Run ``plot`` in a package and return the figure instead of writing it."""
    figures = []
    monkeypatch.setattr(style, "save", lambda figure, path: figures.append(figure))

    def draw(package, *args):
        code, _, err = cli(package, *on_cpu(package, "plot", *args, "--out", tmp_path / "a.png"))
        assert (code, err) == (0, "")
        return figures.pop()

    return draw


def numbers(figure):
    """Every number that the figure's artists hold, axes by axes."""
    found = []
    for axes in figure.axes:
        found += [line.get_xydata() for line in axes.lines]
        found += [image.get_array() for image in axes.images]
        for patch in axes.patches:  # of a histogram its steps, of a dead unit its hatched row
            data = patch.get_data() if hasattr(patch, "get_data") else patch.get_bbox().get_points()
            found += [np.asarray(part) for part in data if part is not None]
        for collection in axes.collections:
            found += [np.asarray(collection.get_offsets()), np.asarray(collection.get_linewidths())]
            found += [path.vertices for path in collection.get_paths()]
            if collection.get_array() is not None:
                found.append(collection.get_array())
    return found


def words(figure):
    return [figure.get_suptitle(), *(text.get_text() for axes in figure.axes for text in axes.texts)]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["iris", "wide"])
def test_both_packages_draw_the_same_numbers_and_words(kind, name, files, drawn):
    ours, theirs = (
        drawn(package, kind, "--weights", files / f"{name}.npz") for package in ("numpy_mlp", "torch_mlp")
    )
    assert words(ours) == words(theirs)
    assert len(numbers(ours)) > 0
    for one, two in zip(numbers(ours), numbers(theirs), strict=True):
        assert one.shape == two.shape
        np.testing.assert_allclose(
            np.asarray(one, np.float64), np.asarray(two, np.float64), rtol=0, atol=1e-6, equal_nan=True
        )


@both
def test_pictures_show_the_saved_arrays(package, files, drawn):
    trained = load_weights(files / "iris.npz")
    heat = drawn(package, "heatmaps", "--weights", files / "iris.npz")
    for axes, name in zip(heat.axes, ("fc1.weight", "fc2.weight"), strict=True):
        assert np.array_equal(axes.images[0].get_array(), trained.final[name])
    curve = drawn(package, "loss", "--weights", files / "iris.npz").axes[0].lines
    assert np.array_equal(curve[0].get_ydata(), trained.history.losses)
    assert curve[1].get_xdata().tolist() == trained.history.snapshot_epochs
    # the training's last loss is that of the weights before its last step, so the test loss has its own check
    x, y = load_dataset("iris", dtype=np.float64).x_test, load_dataset("iris").y_test
    w = {name: data.astype(np.float64) for name, data in trained.final.items()}
    hidden = np.maximum(x @ w["fc1.weight"].T + w["fc1.bias"], 0)
    logits = hidden @ w["fc2.weight"].T + w["fc2.bias"]
    p = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    of_truth = p[np.arange(len(y)), y]
    assert curve[1].get_ydata()[-1] == pytest.approx(-np.log(of_truth).mean(), rel=1e-12)
    dots = drawn(package, "confidence", "--weights", files / "iris.npz").axes[0].collections[:3]
    shown = np.concatenate([np.asarray(points.get_offsets())[:, 1] for points in dots])
    assert np.allclose(np.sort(shown), np.sort(of_truth), rtol=0, atol=1e-12)
    matrix = drawn(package, "confusion", "--weights", files / "iris.npz").axes[0].images[0].get_array()
    assert np.trace(matrix) == (p.argmax(axis=1) == y).sum()
    assert matrix.sum() == 30
    rows = drawn(package, "activations", "--weights", files / "iris.npz").axes[0].images[0].get_array()
    x_train, y_train = load_dataset("iris", dtype=np.float64).x_train, load_dataset("iris").y_train
    outputs = np.maximum(x_train @ w["fc1.weight"].T + w["fc1.bias"], 0)
    assert np.allclose(rows, outputs[np.argsort(y_train, kind="stable")].T, rtol=0, atol=1e-12)


@both
def test_network_shows_the_flower_that_sample_names(package, files, drawn):
    figure = drawn(package, "network", "--weights", files / "iris.npz", "--sample", "8")
    assert "test flower 8" in figure.get_suptitle().replace("\n", " ")
    # scikit-learn's test flower 8, in centimetres
    assert [text for text in words(figure) if text.startswith("sepal length (cm)")] == [
        "sepal length (cm)  6.2"
    ]
    assert sum(isinstance(c, LineCollection) for c in figure.axes[0].collections) == 2


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["digits", "wine"])
def test_every_kind_draws_larger_data_without_a_warning(kind, name, files, cli, tmp_path):
    code, out, err = cli(
        "numpy_mlp", "plot", kind, "--weights", files / f"{name}.npz", "--out", tmp_path / "a.svg"
    )
    assert (code, out, err) == (0, f"saved      {tmp_path / 'a.svg'}\n", "")
    assert [path.name for path in tmp_path.iterdir()] == ["a.svg"]


@both
@pytest.mark.parametrize("kind", ["weights", "loss", "confidence"])
def test_also_draws_a_second_run_named_by_its_file(package, kind, files, drawn):
    one = drawn(package, kind, "--weights", files / "iris.npz")
    two = drawn(package, kind, "--weights", files / "iris.npz", "--also", files / "other.npz")
    assert len(numbers(two)) > len(numbers(one))
    legends = [text.get_text() for legend in two.legends for text in legend.get_texts()]
    legends += [
        text.get_text() for axes in two.axes if axes.get_legend() for text in axes.get_legend().get_texts()
    ]
    assert any("other" in text for text in legends)


@both
@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"landscape", "loss"}))
def test_a_diverged_training_is_drawn_where_its_weights_were_numbers_and_the_headline_says_so(
    package, kind, files, drawn
):
    figure = drawn(package, kind, "--weights", files / "diverged.npz")
    assert figure.get_suptitle().startswith("Diverged, drawn at epoch 0: ")


def test_a_training_that_left_no_path_has_no_landscape_and_says_why(files, cli, tmp_path):
    args = ["--weights", files / "diverged.npz", "--out", tmp_path / "a.svg"]
    code, out, err = cli("numpy_mlp", "plot", "landscape", *args)
    assert (code, out) == (2, "")
    assert err.startswith("error: the landscape needs a path, and the weights that are numbers never moved")
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def test_a_training_whose_loss_exploded_but_whose_weights_are_numbers_is_drawn(files, cli, tmp_path):
    exploded = load_weights(files / "wide.npz")
    for data in exploded.history.snapshots[-1].values():
        data *= 1e150
    exploded.history.losses[-1] = np.inf
    save_weights(tmp_path / "w.npz", exploded)
    args = ["--weights", tmp_path / "w.npz", "--out", tmp_path / "a.svg"]
    assert cli("numpy_mlp", "plot", "loss", *args) == (0, f"saved      {tmp_path / 'a.svg'}\n", "")
