"""Pictures and statistics of plain arrays: one file to a picture, and one style for all of them.

Nothing here depends on a model of either library. A picture takes arrays, names, and where it needs the
network's answers a function such as ``proba(x) -> array``; it returns a ``matplotlib.figure.Figure``, which
needs no screen. ``python -m numpy_mlp plot`` and ``python -m torch_mlp plot`` draw the same from one file.

matplotlib and scikit-learn are imported by the functions that draw.
"""

KINDS = (
    "weights",
    "loss",
    "network",
    "heatmaps",
    "activations",
    "confusion",
    "confidence",
    "boundary",
    "landscape",
)


class NothingToDrawError(ValueError):
    """A training has left nothing that this kind of picture could show; the message says why."""
