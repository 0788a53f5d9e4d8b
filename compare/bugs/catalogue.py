"""All bugs of the lab, and the way to one by its name."""

import difflib

from compare.bugs import data, layers, loss, optimiser
from compare.bugs.bug import Bug

BUGS: tuple[Bug, ...] = (*loss.BUGS, *layers.BUGS, *optimiser.BUGS, *data.BUGS)
FAMILIES = {
    "loss": "Loss and softmax",
    "layers": "Linear and ReLU",
    "optimiser": "Optimiser and training",
    "data": "Data and inference",
}


def bug_named(name: str) -> Bug:
    """Return a bug by its name.

    Raises:
        ValueError: there is none; the message suggests names that are close.
    """
    names = [bug.name for bug in BUGS]
    if name in names:
        return BUGS[names.index(name)]
    near = difflib.get_close_matches(name, names, n=3, cutoff=0.4)
    meant = f"did you mean {' or '.join(near)}?" if near else "python -m compare.bugs lists them"
    raise ValueError(f"no bug is called {name!r}: {meant}")
