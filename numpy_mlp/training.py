"""The training loop: forward, loss, backward, step, as often as it takes."""

import numpy as np

from numpy_mlp.cross_entropy import CrossEntropyLoss
from numpy_mlp.data import batches
from numpy_mlp.mlp import MLP
from numpy_mlp.sgd import SGD
from numpy_mlp.shared.history import History


def train(
    model: MLP,
    optimizer: SGD,
    x: np.ndarray,
    y: np.ndarray,
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
        x: Samples (N, features), in the model's dtype.
        y: Labels (N,).
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
    losses = np.zeros(epochs, x.dtype)
    history = History()
    with history.recording(model, losses, snapshot_every, "NumPy", progress) as epochs_under_bar:
        for epoch in epochs_under_bar:
            for x_batch, y_batch in batches(x, y, batch_size, rng):
                logits = model(x_batch)
                loss = criterion(logits, y_batch)
                optimizer.zero_grad()
                model.backward(criterion.backward())
                optimizer.step()
                losses[epoch] += loss * (len(x_batch) / len(x))
    return history
