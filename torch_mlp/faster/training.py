"""``torch_mlp.train`` in the faster modes: the same epochs, losses and snapshots, by a faster step."""

from collections.abc import Callable

import numpy as np
import torch
from torch import nn

from numpy_mlp.shared.history import History
from torch_mlp import training
from torch_mlp.data import batches
from torch_mlp.faster.compiled import compiled_step
from torch_mlp.faster.distributed import data_parallel_step
from torch_mlp.faster.graphs import EpochGraphs
from torch_mlp.faster.modes import check_mode
from torch_mlp.faster.step import Step, eager_step
from torch_mlp.faster.workers import Workers
from torch_mlp.mlp import MLP


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
        model: See ``torch_mlp.training.train`` for this and all that follow, up to ``progress``.
        optimizer: See there.
        x: See there.
        y: See there.
        epochs: See there.
        batch_size: See there.
        seed: See there.
        snapshot_every: See there.
        progress: See there.
        mode: ``"eager"``, operation by operation; ``"compile"``, each step as one compiled program;
            ``"graph"``, many steps as one CUDA graph, which leaves no gradients behind.
        workers: Which of several workers this is; each takes its shard of every batch, all in mode eager.

    Returns:
        What ``torch_mlp.training.train`` returns.

    Raises:
        ValueError: an unknown mode, one that can't compile here, or a mode other than eager with workers.
        DeviceNotFoundError: mode ``"graph"`` with data that are not on a CUDA device.
        KeyboardInterrupt: Ctrl-C; its message says at which epoch. The bar is closed.
    """
    check_mode(mode, x.device, workers)
    if mode == "eager" and workers is None:
        return training.train(
            model, optimizer, x, y, epochs=epochs, batch_size=batch_size, seed=seed,
            snapshot_every=snapshot_every, progress=progress,
        )  # fmt: skip
    model.train()
    criterion = nn.CrossEntropyLoss()
    rng = np.random.default_rng(seed)
    losses = torch.zeros(epochs, dtype=x.dtype, device=x.device)
    step = eager_step(model, criterion, optimizer)
    run_epoch: Callable[[int], None]
    if mode == "graph":
        run_epoch = EpochGraphs(step, x, y, batch_size, rng, losses, snapshot_every).run
    else:
        if workers:
            step = data_parallel_step(model, optimizer, workers)
        elif mode == "compile":
            step = compiled_step(step, model, criterion, optimizer)
        run_epoch = epoch_of_steps(step, x, y, batch_size, rng, losses)
    history = History()
    with history.recording(model, losses, snapshot_every, "PyTorch", progress) as epochs_under_bar:
        for epoch in epochs_under_bar:
            run_epoch(epoch)
    if mode == "graph":
        # the gradients lie in the memory pool of the last graph
        optimizer.zero_grad()
    return history


def epoch_of_steps(
    step: Step,
    x: torch.Tensor,
    y: torch.Tensor,
    batch_size: int | None,
    rng: np.random.Generator,
    losses: torch.Tensor,
) -> Callable[[int], None]:
    """Return a function that trains for one epoch, a step for each batch."""

    def run(epoch: int) -> None:
        """Train for one epoch, and write its mean loss to ``losses``."""
        for x_batch, y_batch in batches(x, y, batch_size, rng):
            losses[epoch].add_(step(x_batch, y_batch), alpha=len(x_batch) / len(x))

    return run
