"""The training loop: forward, loss, backward, step, as often as it takes."""

import time
from contextlib import closing
from typing import SupportsFloat

import numpy as np
import torch
from torch import nn

from numpy_mlp.progress import epochs as epochs_under_a_bar
from numpy_mlp.weights import History
from torch_mlp.compiled import Step, compiled_step
from torch_mlp.data import batches
from torch_mlp.distributed import data_parallel_step
from torch_mlp.graphs import EpochGraphs
from torch_mlp.mlp import MLP
from torch_mlp.modes import check_mode
from torch_mlp.weights import to_numpy
from torch_mlp.workers import Workers


def train(
    model: MLP,
    optimizer: torch.optim.SGD,
    x: torch.Tensor,
    y: torch.Tensor,
    *,
    epochs: int = 20_000,
    batch_size: int | None = None,
    seed: int = 42,
    snapshot_every: int = 200,
    progress: str = "off",
    mode: str = "eager",
    workers: Workers | None = None,
) -> History:
    """Train a model in place with the cross-entropy loss.

    Args:
        model: The network.
        optimizer: Holds the model's parameters.
        x: Samples (N, features), in the model's dtype and on its device.
        y: Labels (N,), there too.
        epochs: How often all samples are seen.
        batch_size: Samples for each step; None takes all of them at once.
        seed: Of the generator that orders the samples into batches (NumPy's, so that both libraries agree).
        snapshot_every: After how many epochs the weights are copied into the history.
        progress: ``"manual"``, ``"auto"`` or ``"off"``: see ``numpy_mlp.progress``.
        mode: ``"eager"``, operation by operation; ``"compile"``, each step as one compiled program;
            ``"graph"``, many steps as one CUDA graph.
        workers: Which of several workers this is; each takes its share of every batch, all in mode eager.

    Returns:
        The loss of every epoch (the mean over its samples, each taken before its batch's step), the weights
        at epoch 0, at every ``snapshot_every`` epochs and at the last, and the seconds that it took.

    Raises:
        ValueError: an unknown mode, one that can't compile here, or another one than eager with workers.
        DeviceNotFoundError: mode ``"graph"`` with data that are not on a CUDA device.
        KeyboardInterrupt: Ctrl-C; its message says at which epoch. The bar is closed.
    """
    check_mode(mode, x.device, workers)
    model.train()
    criterion = nn.CrossEntropyLoss()
    rng = np.random.default_rng(seed)

    def step(x_batch: torch.Tensor, y_batch: torch.Tensor) -> torch.Tensor:
        """Train with one batch; return its loss, as it was before."""
        logits = model(x_batch)
        loss = criterion(logits, y_batch)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    run_step: Step = compiled_step(step, model, criterion, optimizer) if mode == "compile" else step
    if workers:
        run_step = data_parallel_step(model, optimizer, workers)
    # The losses stay on the device: reading one at every epoch would make the GPU wait for Python each time.
    losses = torch.zeros(epochs, dtype=x.dtype, device=x.device)
    if mode == "graph":
        graphs = EpochGraphs(run_step, x, y, batch_size, rng, losses, snapshot_every)
    history = History(losses=np.empty(0))
    history.keep(0, to_numpy(model.state_dict()))
    live: dict[str, SupportsFloat] = {}
    epoch, start = 0, time.perf_counter()
    try:
        with closing(epochs_under_a_bar(epochs, "PyTorch", live, progress)) as bar:
            for epoch in bar:
                if mode == "graph":
                    graphs.run(epoch)
                else:
                    for x_batch, y_batch in batches(x, y, batch_size, rng):
                        losses[epoch].add_(run_step(x_batch, y_batch), alpha=len(x_batch) / len(x))
                live["loss"] = losses[epoch]
                if (epoch + 1) % snapshot_every == 0 or epoch + 1 == epochs:
                    history.keep(epoch + 1, to_numpy(model.state_dict()))
    except KeyboardInterrupt:
        raise KeyboardInterrupt(f"training stopped at epoch {epoch} of {epochs}") from None
    history.losses = losses.cpu().numpy()
    history.seconds = time.perf_counter() - start
    return history
