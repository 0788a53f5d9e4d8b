"""The one style of all pictures, and how a figure becomes a file or a window.

The colours are Okabe and Ito's, which people with any kind of colour blindness can distinguish:
https://jfly.uni-koeln.de/color/. Blue is positive and vermillion negative; vermillion also marks mistakes.
"""

import io
import re
import textwrap
from collections.abc import Callable
from functools import cache, wraps
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from numpy_mlp.shared.files import replacing

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Inputs = ParamSpec("Inputs")
Output = TypeVar("Output")

BLACK, GREY, PALE = "#000000", "#767676", "#D9D9D9"
ORANGE, SKY, GREEN, YELLOW = "#E69F00", "#56B4E9", "#009E73", "#F0E442"
BLUE, VERMILLION, PURPLE = "#0072B2", "#D55E00", "#CC79A7"
# Okabe and Ito's without the one for mistakes, and two more for the digits; markers differ as well.
CLASS_COLOURS = (BLUE, ORANGE, GREEN, PURPLE, SKY, YELLOW, GREY, BLACK, "#882255", "#999933")
CLASS_MARKERS = "osD^vP*X<>"

ENDINGS = (".png", ".svg")
WIDTH = 6.2  # inches of every picture: on a telephone of 400 pixels its letters are still large enough
RC = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same letters on every machine
    "font.size": 10,
    "axes.titlesize": 10,
    "axes.titlelocation": "left",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 9,
    "svg.hashsalt": "numpy_mlp",  # the same picture gives the same SVG, to the byte
}


def styled(draw: Callable[Inputs, Output]) -> Callable[Inputs, Output]:
    """Return a function that draws, or writes a drawing, in the one style; the user's settings stay."""

    @wraps(draw)
    def under_the_style(*args: Inputs.args, **kwargs: Inputs.kwargs) -> Output:
        """Call it in matplotlib's style context."""
        from matplotlib import style

        with style.context(["default", RC]):
            return draw(*args, **kwargs)

    return under_the_style


@cache
def picture_class() -> "type[Figure]":
    """Return matplotlib's Figure with the one method that a notebook needs to display it."""
    from matplotlib.figure import Figure

    class Picture(Figure):
        """A figure that a notebook shows as the last line of a cell, without pyplot."""

        def _repr_png_(self) -> tuple[bytes, dict[str, int]]:
            """Return a PNG for screens with two pixels to a point, and the size at which to show it."""
            width, height = (round(100 * inches) for inches in self.get_size_inches())
            return drawn(self, ".png"), {"width": width, "height": height}

    return Picture


def new_figure(height: float) -> "Figure":
    """Return an empty figure of so many inches, with a layout that keeps its labels apart."""
    return picture_class()(figsize=(WIDTH, height), layout="constrained", dpi=100)


def headline(figure: "Figure", title: str, caption: str = "") -> None:
    """Write the title, which says what to see, above the picture, and a caption in grey below it."""
    figure.suptitle(balanced(title, int(10 * WIDTH)), x=0.012, ha="left", fontsize=11, fontweight="bold")
    if caption:
        figure.supxlabel(textwrap.fill(caption, int(14 * WIDTH)), x=0.012, ha="left", fontsize=9, color=GREY)


def put_before_headline(figure: "Figure", word: str) -> None:
    """Write a word such as "unfinished" before the headline: what else it says is to be read with that."""
    headline(figure, f"{word[0].upper()}{word[1:]}: {figure.get_suptitle()}".replace("\n", " "))


def unit_names(layer: int, units: int, layers: int) -> list[str]:
    """Return the names of a hidden layer's units, in all pictures: h0, h1, ...; of several layers h1.0, ...

    Layers are counted from 1, as in fc1 and relu1, and units from 0, as in the rows of a matrix.
    """
    return [f"h{layer}.{unit}" if layers > 1 else f"h{unit}" for unit in range(units)]


def balanced(text: str, width: int) -> str:
    """Break a text into as few lines of ``width`` characters as it takes, all about equally long."""
    lines = len(textwrap.wrap(text, width))
    while width > 1 and len(textwrap.wrap(text, width - 1)) == lines:
        width -= 1
    return textwrap.fill(text, width)


def class_style(label: int) -> dict[str, Any]:
    """Return the colour and the marker of a class."""
    return {
        "color": CLASS_COLOURS[label % len(CLASS_COLOURS)],
        "marker": CLASS_MARKERS[label % len(CLASS_MARKERS)],
    }


def save(figure: "Figure", path: str | PathLike[str]) -> None:
    """Write a PNG or an SVG, by the file's name, whole or not at all.

    An SVG holds everything that it shows, its letters as outlines: it refers to nothing outside, and neither
    its bytes nor a PNG's depend on the day.

    Raises:
        ValueError: another ending.
        OSError: the file can't be written.
    """
    ending = Path(path).suffix.lower()
    if ending not in ENDINGS:
        raise ValueError(
            f"expected a picture's name that ends with {' or '.join(ENDINGS)}, got {str(path)!r}"
        )
    with replacing(path) as file:
        file.write(drawn(figure, ending))


@styled
def drawn(figure: "Figure", ending: str) -> bytes:
    """Return the bytes of a PNG or an SVG; the headline is an SVG's title, for those who can't see it."""
    buffer = io.BytesIO()
    if ending == ".png":
        figure.savefig(buffer, format="png", dpi=200, metadata={"Software": None})
        return buffer.getvalue()
    about: dict[str, Any] = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(buffer, format="svg", metadata=about | {"Title": figure.get_suptitle().replace("\n", " ")})
    # the document type is a line that points to w3.org, and browsers do without it
    return re.sub(rb"<!DOCTYPE[^>]*>\n?", b"", buffer.getvalue(), count=1)


def show(figure: "Figure") -> None:
    """Open a window and wait until it is closed.

    Raises:
        ValueError: there is no screen, or nothing that could open a window on it.
    """
    import matplotlib.pyplot as plt
    from matplotlib.backends.registry import BackendFilter, backend_registry

    problem = "--show needs a screen and finds none here; write a file with --out instead"
    # reading the backend chooses one: a window's if there is a screen, else one that only writes files
    with_windows = backend_registry.list_builtin(BackendFilter.INTERACTIVE)  # type: ignore[no-untyped-call]
    if plt.get_backend().lower() not in with_windows:
        raise ValueError(problem)
    try:
        window = plt.figure().canvas
    except (ImportError, RuntimeError) as error:
        raise ValueError(f"{problem} ({error})") from None
    window.figure = figure
    figure.set_canvas(window)
    plt.show()
