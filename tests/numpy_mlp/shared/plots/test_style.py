import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from numpy_mlp import MLP
from numpy_mlp.shared.outcome import Losses
from numpy_mlp.shared.plots import style
from numpy_mlp.shared.plots.heatmaps import heatmaps
from numpy_mlp.shared.plots.loss import loss

CLASSES = ("setosa", "versicolor", "virginica")

BEFORE = {name: data.copy() for name, data in MLP(4, 10, 3, seed=1).state_dict().items()}

AFTER = {name: 3 * data + 0.1 for name, data in BEFORE.items()}

FALLING = Losses(np.geomspace(1, 0.01, 400), np.array([0, 200, 400]), np.array([1.1, 0.2, 0.1]))

MATRICES = {name: data for name, data in AFTER.items() if data.ndim == 2}

INPUTS = [f"feature {i}" for i in range(4)]


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
    assert int.from_bytes(data[16:20]) == round(2 * 100 * style.WIDTH)
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


@pytest.mark.slow
def test_pictures_are_figures_without_pyplot():
    import subprocess
    import sys

    code = (
        "import sys, numpy as np; from numpy_mlp.shared.outcome import Losses\n"
        "from numpy_mlp.shared.plots.loss import loss;"
        "f = loss({'a': Losses(np.ones(3), np.array([0, 3]), np.ones(2))});"
        "assert 'matplotlib.pyplot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    assert isinstance(a_figure(), Figure)
