"""``plot`` and ``stats`` on the command line of both packages."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from matplotlib.collections import LineCollection

from numpy_mlp import MLP, SGD, load_dataset, load_weights, save_weights, train
from numpy_mlp.cli import pictures
from numpy_mlp.plots import KINDS, style
from numpy_mlp.weights import Checkpoint

ROOT = Path(__file__).parent.parent
both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])


def checkpoint(dataset, *hidden, dtype=np.float32, epochs=300, lr=0.1, seed=3):
    data = load_dataset(dataset, dtype=dtype)
    sizes = (len(data.feature_names), *hidden, len(data.class_names))
    model = MLP(*sizes, seed=seed, dtype=dtype)
    with np.errstate(all="ignore"):
        history = train(
            model,
            SGD(model.parameters(), lr=lr),
            data.x_train,
            data.y_train,
            epochs=epochs,
            snapshot_every=50,
        )
    return Checkpoint(
        library="numpy",
        sizes=sizes,
        dataset=dataset,
        hyperparameters={"epochs": epochs, "lr": lr},
        feature_names=data.feature_names,
        class_names=data.class_names,
        scaler=data.scaler,
        history=history,
    )


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    save_weights(folder / "iris.npz", checkpoint("iris", 10))
    save_weights(folder / "other.npz", checkpoint("iris", 10, seed=4))
    save_weights(folder / "wide.npz", checkpoint("iris", 12, 6, dtype=np.float64))
    save_weights(folder / "digits.npz", checkpoint("digits", 32, 16, epochs=60))
    save_weights(folder / "wine.npz", checkpoint("wine", 5))
    save_weights(folder / "diverged.npz", checkpoint("iris", 10, lr=1e30))
    return folder


def on_cpu(package, *args):
    return (*args, "--device", "cpu") if package == "torch_mlp" else args


@pytest.fixture
def drawn(cli, monkeypatch, tmp_path):
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
        for patch in axes.patches:
            found += [np.asarray(part) for part in patch.get_data() if part is not None]
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
    assert "test flower 8" in figure.get_suptitle()
    # scikit-learn's test flower 8, in centimetres
    assert [text for text in words(figure) if text.startswith("sepal length (cm)")] == [
        "sepal length (cm)  6.2"
    ]
    assert sum(isinstance(c, LineCollection) for c in figure.axes[0].collections) == 2


def test_sample_out_of_range_or_for_another_kind_is_one_line(files, cli, tmp_path):
    out = ["--weights", files / "iris.npz", "--out", tmp_path / "a.png"]
    code, _, err = cli("numpy_mlp", "plot", "network", *out, "--sample", "30")
    assert (code, err) == (2, "error: expected --sample from 0 to 29, got 30\n")
    code, _, err = cli("numpy_mlp", "plot", "loss", *out, "--sample", "3")
    assert (code, err) == (2, "error: --sample goes with plot network, not with loss\n")
    assert list(tmp_path.iterdir()) == []


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


@pytest.mark.parametrize("kind", sorted(set(KINDS) - {"weights", "loss", "confidence"}))
def test_other_kinds_draw_one_run_and_say_so(kind, files, cli, tmp_path):
    code, out, err = cli(
        "numpy_mlp", "plot", kind, "--weights", files / "iris.npz", "--also", files / "other.npz",
        "--out", tmp_path / "a.png",
    )  # fmt: skip
    assert (code, out) == (2, "")
    assert err == f"error: plot {kind} draws one run; --also goes with weights, loss, confidence\n"


def test_confidence_wants_the_same_data(files, cli, tmp_path):
    code, _, err = cli(
        "numpy_mlp", "plot", "confidence", "--weights", files / "iris.npz", "--also", files / "wine.npz",
        "--out", tmp_path / "a.png",
    )  # fmt: skip
    assert code == 2
    assert err.startswith("error: expected two runs on the same data set")
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize(
    ("paths", "expected"),
    [
        (["a/one.npz"], ["one"]),
        (["a/one.npz", "b/two.npz"], ["one", "two"]),
        (["a/one.npz", "b/one.npz"], ["run 1", "run 2"]),
        (["a-very-long-name.npz", "b.npz"], ["a-very-lo...", "b"]),
    ],
)
def test_runs_are_named_by_their_files_where_that_tells_them_apart(paths, expected):
    assert pictures.labels(paths) == expected


@pytest.mark.parametrize("kind", ["loss", "landscape"])
def test_a_diverged_training_is_one_line(kind, files, cli, tmp_path):
    args = ["--weights", files / "diverged.npz", "--out", tmp_path / "a.svg"]
    code, out, err = cli("numpy_mlp", "plot", kind, *args)
    assert (code, out) == (2, "")
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


@both
@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["loss", "--out", "a.png"], "--weights"),
        (["pie", "--weights", "w", "--out", "a.png"], "'pie'"),
        (
            ["loss", "--weights", "w", "--out", "a.pdf"],
            "expected a name that ends with .png or .svg, got 'a.pdf'",
        ),
        (["loss", "--weights", "w", "--out", "a"], "expected a name that ends with .png or .svg, got 'a'"),
        (["loss", "--weights", "w", "--out", "no/such/a.png"], "the folder no/such does not exist"),
        (["loss", "--weights", "missing.npz", "--out", "a.png"], "missing.npz"),
        (["loss", "--weights", "w"], "plot needs --out FILE or --show"),
        (
            ["network", "--weights", "w", "--out", "a.png", "--sample", "-1"],
            "expected a whole number of 0 or more",
        ),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else None,
)
def test_wrong_usage_is_one_line_and_exit_code_2(package, args, said, cli, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code, out, err = cli(package, *on_cpu(package, "plot", *args))
    assert (code, out) == (2, "")
    assert said in err
    assert len(err.splitlines()) == 1
    assert list(tmp_path.iterdir()) == []


def no_display():
    return {
        name: value
        for name, value in os.environ.items()
        if name not in ("DISPLAY", "WAYLAND_DISPLAY", "MPLBACKEND")
    }


@both
def test_pictures_are_written_without_a_display_and_show_says_why_it_cannot(package, files, tmp_path):
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        package,
        "plot",
        "weights",
        "--weights",
        files / "iris.npz",
    ]
    command += on_cpu(package, "--out", tmp_path / "a.png")
    options = {"cwd": ROOT, "env": no_display(), "capture_output": True, "text": True, "check": False}
    written = subprocess.run(command, **options)
    assert (written.returncode, written.stderr) == (0, "")
    assert (tmp_path / "a.png").stat().st_size > 10_000
    shown = subprocess.run([*command, "--show"], **options)
    assert shown.returncode == 2
    assert re.fullmatch(r"error: --show needs a screen and finds none here; .*\n", shown.stderr)


def test_show_puts_the_figure_itself_into_the_window(files, cli, monkeypatch):
    import matplotlib.pyplot as plt
    from matplotlib.backend_bases import FigureCanvasBase

    shown = []
    window = FigureCanvasBase()

    class Window:
        canvas = window

    monkeypatch.setattr(plt, "get_backend", lambda: "tkagg")
    monkeypatch.setattr(plt, "figure", Window)
    monkeypatch.setattr(plt, "show", lambda: shown.append(window.figure))
    assert cli("numpy_mlp", "plot", "heatmaps", "--weights", files / "iris.npz", "--show") == (0, "", "")
    assert len(shown) == 1
    assert shown[0].canvas is window
    assert shown[0].get_suptitle().startswith("The network listens most to")


def test_an_interrupted_drawing_leaves_the_old_picture(files, cli, tmp_path, monkeypatch):
    from matplotlib.figure import Figure

    def stop(*_, **__):
        raise KeyboardInterrupt

    path = tmp_path / "a.png"
    path.write_bytes(b"old")
    monkeypatch.setattr(Figure, "savefig", stop)
    assert cli("numpy_mlp", "plot", "heatmaps", "--weights", files / "iris.npz", "--out", path)[0] == 130
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@both
def test_stats_prints_the_course_numbers_before_and_after_training(package, files, cli):
    code, out, err = cli(package, "stats", "--weights", files / "iris.npz")
    assert (code, err) == (0, "")
    trained = load_weights(files / "iris.npz")
    lines = [line.split() for line in out.splitlines()]
    assert lines[0] == ["parameter", "shape", "weights", "mean", "std", "min", "max", "L2", "norm", "zeros"]
    rows = [(name, state) for name in trained.final for state in ("initial", "trained")]
    for line, (name, state) in zip(lines[1:], rows, strict=True):
        w = getattr(trained, "final" if state == "trained" else "initial")[name].astype(np.float64)
        course = [f"{number:.6f}" for number in (w.mean(), w.std(), w.min(), w.max(), np.linalg.norm(w))]
        assert line[0] == name
        assert line[-7:] == [state, *course, "0.0%"]


@both
def test_stats_and_plot_load_no_more_than_they_need(package, files, tmp_path):
    def loaded(*args):
        code = (
            f"import sys; from {package}.__main__ import main\n"
            f"try: main({[str(arg) for arg in args]!r})\nexcept SystemExit: pass\n"
            "print(*sys.modules, file=sys.stderr)"
        )
        ran = subprocess.run(
            [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
        )
        return set(ran.stderr.splitlines()[-1].split())

    heavy = {"torch", "sklearn", "matplotlib"}
    assert not heavy & loaded("plot", "--help")
    assert not heavy & loaded("plot", "loss", "--weights", "w", "--out", "a.pdf")
    assert not heavy & loaded("stats", "--weights", files / "iris.npz")
    drawing = loaded(
        *on_cpu(package, "plot", "heatmaps", "--weights", files / "iris.npz", "--out", tmp_path / "a.svg")
    )
    assert "matplotlib" in drawing
    assert "matplotlib.pyplot" not in drawing
    assert ("torch" in drawing) == (package == "torch_mlp")
