"""What the command line requests of a comparison. It loads no PyTorch, so that ``--help`` is quick."""

from collections.abc import Sequence
from dataclasses import dataclass

MOST_CASES = 2**32  # of --fuzz: there are no more seeds
HINTS = ("question", "place", "line")  # how much is told of a mistake, from little to all


@dataclass(frozen=True)
class Request:
    """The flags of ``python -m compare.run``: plain values that a child process can be given as JSON."""

    dataset: str = "iris"
    hidden: Sequence[int] = (10,)
    seed: int = 42
    epochs: int = 20_000
    dtype: str = "both"
    device: str = "auto"
    precision: str = "ieee"
    mode: str = "eager"
    workers: int = 1
    fuzz: int | None = None
    verbose: bool = False
    quiet: bool = False
    json: str | None = None
    plot: str | None = None
    out: str | None = None
    numpy: str | None = None
    hint: str = HINTS[-1]
    lang: str | None = None
