"""Progress bars: the two ways to drive tqdm, side by side.

The automatic way wraps a loop's iterable, and advances by itself. The manual way opens a bar of a known
length, and the loop advances it as often as it likes. Both show live values behind the bar.

Refreshing the values at every epoch would take about as long as training this network; every 200 epochs
costs nothing that can be measured. In a notebook the bar is a widget (``tqdm.auto``). Where there is neither
a terminal nor a notebook but a file or a pipe, ten plain lines replace the bar.
"""

import os
import sys
from collections.abc import Callable, Generator, Mapping
from typing import Any, SupportsFloat

from numpy_mlp.shared.numbers import fixed

Live = Callable[[], Mapping[str, SupportsFloat]]

STYLES = ("manual", "auto", "off")
EVERY = 200


def in_kernel() -> bool:
    """Return whether this process is a notebook's kernel."""
    # a program that only starts kernels has imported ipykernel, too, but has no shell with a kernel
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return hasattr(shell, "kernel")


def in_notebook() -> bool:
    """Return whether this is a notebook's kernel, or a command that one has started with ``!python``."""
    return in_kernel() or "JPY_PARENT_PID" in os.environ


def bar_class() -> Any:
    """Return tqdm's bar: a widget in a notebook's kernel, else text."""
    if not in_kernel():
        from tqdm import tqdm

        return tqdm
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # without ipywidgets the bar is text, and works
        from tqdm.auto import tqdm
    return tqdm


def auto(total: int, desc: str, live: Live) -> Generator[int]:
    """Yield 0 .. total - 1 under a bar that advances by itself."""
    with bar_class()(range(total), desc=desc, unit="epoch") as bar:
        for epoch in bar:
            yield epoch
            if (epoch + 1) % EVERY == 0 or epoch + 1 == total:
                bar.set_postfix(texts(live))


def manual(total: int, desc: str, live: Live) -> Generator[int]:
    """Yield 0 .. total - 1 under a bar that is advanced by hand."""
    with bar_class()(total=total, desc=desc, unit="epoch") as bar:
        for epoch in range(total):
            yield epoch
            if (epoch + 1) % EVERY == 0 or epoch + 1 == total:
                bar.set_postfix(texts(live), refresh=False)
                bar.update(epoch + 1 - bar.n)


def plain(total: int, desc: str, live: Live) -> Generator[int]:
    """Yield 0 .. total - 1 and write about ten lines to stderr on the way, for logs."""
    for epoch in range(total):
        yield epoch
        if (epoch + 1) * 10 // total > epoch * 10 // total:
            values = "".join(f", {name} {text}" for name, text in texts(live).items())
            print(f"{desc}: {epoch + 1} of {total} epochs{values}", file=sys.stderr)


def texts(live: Live) -> dict[str, str]:
    """Return live values as texts; a value on a GPU is copied to the CPU here, and only here."""
    return {name: fixed(float(value)) for name, value in live().items()}


def off(total: int) -> Generator[int]:
    """Yield 0 .. total - 1 without a bar."""
    yield from range(total)


def progress_bar(total: int, desc: str, live: Live, style: str = "manual") -> Generator[int]:
    """Yield 0 .. total - 1 under the bar that ``style`` names.

    Args:
        total: How many epochs.
        desc: The text in front of the bar.
        live: Returns the values to show behind it; called at each refresh.
        style: ``"manual"``, ``"auto"``, or ``"off"`` for silence.

    Raises:
        ValueError: another style.
    """
    if style not in STYLES:
        raise ValueError(f"expected a progress style out of {', '.join(STYLES)}; got {style!r}")
    if style == "off":
        return off(total)
    if not (sys.stderr.isatty() or in_notebook()):
        return plain(total, desc, live)
    return manual(total, desc, live) if style == "manual" else auto(total, desc, live)
