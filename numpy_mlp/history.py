"""What a training leaves behind: its losses, and the weights on the way."""

from dataclasses import dataclass, field

import numpy as np


@dataclass
class History:
    """What a training leaves behind besides its model.

    Attributes:
        losses: The loss of every epoch, (epochs,).
        snapshot_epochs: After how many epochs each snapshot was taken; the first is 0.
        snapshots: A copy of the weights by name, for each of them.
        seconds: How long the training took.
    """

    losses: np.ndarray
    snapshot_epochs: list[int] = field(default_factory=list)
    snapshots: list[dict[str, np.ndarray]] = field(default_factory=list)
    seconds: float = 0.0

    def keep(self, epoch: int, weights: dict[str, np.ndarray]) -> None:
        """Copy the weights as they are after ``epoch`` epochs."""
        self.snapshot_epochs.append(epoch)
        self.snapshots.append({name: np.array(data) for name, data in weights.items()})
