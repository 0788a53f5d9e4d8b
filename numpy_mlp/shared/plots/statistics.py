"""The numbers beside the histograms: is this initialisation, is this training, healthy?

For n values w of one parameter:

    mean     = 1/n Σ w
    std      = √(1/n Σ (w - mean)²)        over the n values that there are, so n and not n - 1
    L2 norm  = √(Σ w²)
    zeros    = 1/n Σ [w = 0]
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from numpy_mlp.shared.numbers import fixed


@dataclass(frozen=True)
class Statistics:
    """One parameter in seven numbers and a shape."""

    shape: tuple[int, ...]
    mean: float
    std: float
    min: float
    max: float
    norm: float
    zeros: float

    def texts(self) -> dict[str, str]:
        """Return each number by its name, written out for people, six decimals where they mean something."""
        return {
            "mean": fixed(self.mean),
            "std": fixed(self.std),
            "min": fixed(self.min),
            "max": fixed(self.max),
            "L2 norm": fixed(self.norm),
            "zeros": f"{self.zeros:.1%}",
        }


def statistics(data: np.ndarray) -> Statistics:
    """Return a parameter's statistics, computed in float64 whatever its dtype."""
    w = data.astype(np.float64)
    return Statistics(
        shape=data.shape,
        # 1/n Σ w                    (any shape) -> one number, and so below
        mean=float(w.mean()),
        # √(1/n Σ (w - mean)²)
        std=float(w.std()),
        min=float(w.min()),
        max=float(w.max()),
        # √(Σ w²)
        norm=float(np.sqrt((w**2).sum())),
        # 1/n Σ [w = 0]
        zeros=float((w == 0).mean()),
    )


def table(states: Mapping[str, Mapping[str, np.ndarray]]) -> str:
    """Return a table with a row for each parameter in each state, such as "initial" and "trained"."""
    rows = [["parameter", "shape", "weights", *Statistics((0,), 0, 0, 0, 0, 0, 0).texts()]]
    for name in next(iter(states.values())):
        for state, weights in states.items():
            found = statistics(weights[name])
            rows.append([name, str(list(found.shape)), state, *found.texts().values()])
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    # words stand on the left of their column, numbers on the right
    lines = [
        "  ".join(
            f"{cell:<{width}}" if i < 3 else f"{cell:>{width}}"
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        )
        for row in rows
    ]
    return "\n".join(lines)
