"""The commands ``plot`` and ``stats`` of both packages."""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from numpy_mlp import load_weights
from numpy_mlp.shared.cli.plotting import labels
from numpy_mlp.shared.plots import KINDS

ROOT = Path(__file__).parents[4]

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])


def test_sample_out_of_range_or_for_another_kind_is_one_line(files, cli, tmp_path):
    out = ["--weights", files / "iris.npz", "--out", tmp_path / "a.png"]
    code, _, err = cli("numpy_mlp", "plot", "network", *out, "--sample", "30")
    assert (code, err) == (2, "error: expected a sample from 0 to 29, got 30\n")
    code, _, err = cli("numpy_mlp", "plot", "loss", *out, "--sample", "3")
    assert (code, err) == (2, "error: --sample goes with plot network, not with loss\n")
    assert list(tmp_path.iterdir()) == []


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
    assert labels(paths) == expected


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
def test_wrong_usage_is_one_line_and_exit_code_2(package, args, said, cli, tmp_path, monkeypatch, on_cpu):
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


WITHOUT_A_DISPLAY = """
import sys
from numpy_mlp.__main__ import main as ours
from torch_mlp.__main__ import main as theirs

weights, *pictures = sys.argv[1:]
for main, flags, picture in ((ours, [], pictures[0]), (theirs, ["--device", "cpu"], pictures[1])):
    plot = ["plot", "weights", "--weights", weights, *flags]
    print(main([*plot, "--out", picture]), main([*plot, "--show"]), file=sys.stderr)
"""


@pytest.mark.slow
def test_pictures_are_written_without_a_display_and_show_says_why_it_cannot(files, tmp_path):
    pictures = [tmp_path / "ours.png", tmp_path / "theirs.png"]
    # old matplotlib calls new pyparsing by old names
    strict = ["-W", "error", "-W", "ignore::DeprecationWarning"]
    command = [sys.executable, *strict, "-c", WITHOUT_A_DISPLAY, files / "iris.npz", *pictures]
    options = {"cwd": ROOT, "env": no_display(), "capture_output": True, "text": True, "check": False}
    found = subprocess.run(command, **options, encoding="utf-8")
    assert found.returncode == 0, found.stderr
    said = r"error: --show needs a screen and finds none here; .*\n0 2\n"
    assert re.fullmatch(2 * said, found.stderr)
    assert all(picture.stat().st_size > 10_000 for picture in pictures)


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
    assert shown[0].get_suptitle().startswith("Unfinished: Most weight lies on petal width (cm)")


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
        expected = [f"{number:.6f}" for number in (w.mean(), w.std(), w.min(), w.max(), np.linalg.norm(w))]
        assert line[0] == name
        assert line[-7:] == [state, *expected, "0.0%"]


LOADED = """
import sys
from {package}.__main__ import main

for args in {commands}:
    try:
        main(args)
    except SystemExit:
        pass
    print("loaded", *sys.modules, file=sys.stderr)
"""


@pytest.mark.slow
@both
def test_stats_and_plot_load_no_more_than_they_need(package, files, tmp_path, on_cpu):
    weights = ["--weights", str(files / "iris.npz")]
    commands = [
        ["plot", "--help"],
        ["plot", "loss", "--weights", "w", "--out", "a.pdf"],
        ["stats", *weights],
        [*on_cpu(package, "plot", "heatmaps", *weights, "--out", str(tmp_path / "a.svg"))],
    ]
    ran = subprocess.run(
        [sys.executable, "-c", LOADED.format(package=package, commands=commands)],
        cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=True,
    )  # fmt: skip
    after = [{*line.split()} for line in ran.stderr.splitlines() if line.startswith("loaded ")]
    for loaded in after[:3]:
        assert not {"torch", "sklearn", "matplotlib"} & loaded
    assert "matplotlib" in after[3]
    assert "matplotlib.pyplot" not in after[3]
    assert ("torch" in after[3]) == (package == "torch_mlp")
