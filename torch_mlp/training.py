"""The training loop: forward, loss, backward, step, as often as it takes."""

import numpy as np
import torch
from torch.nn import CrossEntropyLoss
from torch.optim import SGD

from numpy_mlp.shared.history import History
from torch_mlp.data import batches
from torch_mlp.mlp import MLP


def train(
    model: MLP,
    optimizer: SGD,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    epochs: int = 20_000,
    batch_size: int | None = None,
    seed: int = 42,
    snapshot_every: int = 200,
    progress: str = "off",
) -> History:
    """Train a model in place with the cross-entropy loss.

    Args:
        model: The network.
        optimizer: Holds the model's parameters.
        x: Samples (N, features), in the model's dtype and on its device.
        y: Labels (N,), there too.
        epochs: How often all samples are seen.
        batch_size: Samples for each step; None takes all of them at once.
        seed: Of NumPy's generator, which orders the samples into batches.
        snapshot_every: After how many epochs the weights are copied into the history.
        progress: ``"manual"``, ``"auto"`` or ``"off"``: see ``numpy_mlp.shared.progress``.

    Returns:
        The loss of every epoch (the mean over its samples, each taken before its batch's step), the weights
        at epoch 0, at every ``snapshot_every`` epochs and at the last, and the seconds that it took.

    Raises:
        KeyboardInterrupt: Ctrl-C; its message says at which epoch. The bar is closed.
    """
    model.train()
    criterion = CrossEntropyLoss()
    rng = np.random.default_rng(seed)
    # on the device: reading a loss at every epoch would make the GPU wait for Python each time
    losses = torch.zeros(epochs, dtype=x.dtype, device=x.device)
    history = History()
    with history.recording(model, losses, snapshot_every, "PyTorch", progress) as epochs_under_bar:
        for epoch in epochs_under_bar:
            for x_batch, y_batch in batches(x, y, batch_size, rng):
                logits = model(x_batch)
                loss = criterion(logits, y_batch)
                optimizer.zero_grad()
                loss.backward()
                optimizer.step()
                losses[epoch] += loss.detach() * (len(x_batch) / len(x))
    return history
