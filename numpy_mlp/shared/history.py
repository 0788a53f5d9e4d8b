"""What a training leaves beside its model: losses, snapshots of the weights, and seconds.

Both packages' loops run inside ``recording``, which does what is no part of the lesson: the bar, the
snapshots, the clock, and a clean end at Ctrl-C. It takes NumPy's arrays and PyTorch's tensors alike.
"""

import time
from collections.abc import Generator, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from numpy_mlp.shared.progress import progress_bar


class HasWeights(Protocol):
    """A model of either package."""

    def state_dict(self) -> Mapping[str, Any]:
        """Return its weights by name."""


@dataclass(repr=False)
class History:
    """The record of one training.

    Attributes:
        losses: The loss of every epoch, (epochs,).
        snapshot_epochs: After how many epochs each snapshot was taken; the first is 0.
        snapshots: A copy of the weights by name, for each of them.
        seconds: How long the training took.
    """

    losses: np.ndarray = field(default_factory=lambda: np.empty(0))
    snapshot_epochs: list[int] = field(default_factory=list)
    snapshots: list[dict[str, np.ndarray]] = field(default_factory=list)
    seconds: float = 0.0

    @contextmanager
    def recording(
        self, model: HasWeights, losses: Any, snapshot_every: int, desc: str, progress: str
    ) -> Iterator[Iterator[int]]:
        """Record a training: give its loop an epoch 0, 1, ... for each entry of ``losses``, under a bar.

        Args:
            model: Its weights are copied before the first epoch, at every ``snapshot_every`` epochs and
                after the last.
            losses: An array or a tensor (epochs,), which the loop fills.
            snapshot_every: Epochs from one copy of the weights to the next.
            desc: The text in front of the bar.
            progress: The bar's style; see ``numpy_mlp.shared.progress``.

        Raises:
            KeyboardInterrupt: Ctrl-C; its message says at which epoch. The bar is closed.
        """
        total, epoch = len(losses), 0

        def recorded_epochs() -> Generator[int]:
            """Yield each epoch under the bar; after it, copy the weights if it is time."""
            nonlocal epoch
            with closing(progress_bar(total, desc, lambda: {"loss": losses[epoch]}, progress)) as bar:
                for epoch in bar:
                    yield epoch
                    if (epoch + 1) % snapshot_every == 0 or epoch + 1 == total:
                        self.keep(epoch + 1, model.state_dict())

        self.keep(0, model.state_dict())
        start = time.perf_counter()
        try:
            with closing(recorded_epochs()) as epochs:
                yield epochs
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"training stopped at epoch {epoch} of {total}") from None
        self.losses = copied(losses)
        self.seconds = time.perf_counter() - start

    def keep(self, epoch: int, weights: Mapping[str, Any]) -> None:
        """Add a copy of the weights after ``epoch`` epochs."""
        self.snapshot_epochs.append(epoch)
        self.snapshots.append({name: copied(data) for name, data in weights.items()})

    def __repr__(self) -> str:
        """Return the numbers of epochs and snapshots, the first and last loss, and the seconds."""
        span = f", loss {self.losses[0]:.4f} -> {self.losses[-1]:.4f}" if len(self.losses) else ""
        return (
            f"History({len(self.losses):,} epochs{span}, {len(self.snapshots)} snapshots of the weights, "
            f"{self.seconds:.2f} s)"
        )


def copied(data: Any) -> np.ndarray:
    """Return a copy, as an array, of an array or of a tensor on any device."""
    return np.array(data.detach().cpu().numpy() if hasattr(data, "cpu") else data)
