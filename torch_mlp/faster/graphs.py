"""Whole epochs as CUDA graphs: hundreds of launches captured once, then replayed with a single one.

On a GPU a small network's step is about twenty kernels of a few microseconds each, and launching one from
Python takes longer than running it: the GPU waits for the CPU. A CUDA graph captures the launches of some
code and replays them all at once. It replays addresses, not Python: all that the code reads and writes must
stay where it is. So each replay reads the order of its samples from, and writes its losses to, tensors that
are allocated once.

Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from collections.abc import Callable

import numpy as np
import torch

from numpy_mlp.data import batch_indices
from torch_mlp.faster.step import Step

STEPS_PER_GRAPH = 50


class EpochGraphs:
    """Trains in blocks of epochs: one graph for a full block, and one for the single epochs before a stop."""

    def __init__(
        self,
        step: Step,
        x: torch.Tensor,
        y: torch.Tensor,
        batch_size: int | None,
        rng: np.random.Generator,
        losses: torch.Tensor,
        stop_every: int,
    ) -> None:
        """Allocate the tensors that the graphs read and write; nothing is captured yet.

        Args:
            step: Trains with one batch and returns its loss.
            x: Samples (N, features), on a CUDA device.
            y: Labels (N,), there too.
            batch_size: Samples for each step; None takes all of them at once.
            rng: Orders the samples into batches.
            losses: Where the loss of each epoch goes, (epochs,), there too.
            stop_every: No graph may run across a multiple of this epoch: the weights are read there.
        """
        self.step, self.x, self.y = step, x, y
        self.batch_size, self.rng, self.losses, self.stop_every = batch_size, rng, losses, stop_every
        steps = 1 if batch_size is None else -(-len(x) // batch_size)
        self.block = max(1, min(STEPS_PER_GRAPH // steps, stop_every))
        self.order = torch.zeros((self.block, len(x)), dtype=torch.int64, device=x.device)
        self.block_losses = torch.zeros(self.block, dtype=losses.dtype, device=losses.device)
        self.replays: dict[int, Callable[[], None]] = {}
        self.done = 0

    def run(self, epoch: int) -> None:
        """Launch an epoch on the GPU, unless an earlier block has launched it already."""
        if epoch < self.done:
            return
        stop = min(len(self.losses), (epoch // self.stop_every + 1) * self.stop_every)
        epochs = self.block if stop - epoch >= self.block and epoch > 0 else 1
        if self.batch_size is not None:
            orders = [
                np.concatenate([*batch_indices(len(self.x), self.batch_size, self.rng)])
                for _ in range(epochs)
            ]
            self.order[:epochs].copy_(torch.from_numpy(np.stack(orders)))
        if epoch == 0:
            # The warm-up that a capture needs, run without capturing: it allocates the libraries' workspaces,
            # and SGD's momentum buffers, which no later step creates.
            self.on_side_stream(lambda: self.train_block(1))
        else:
            if epochs not in self.replays:
                self.replays[epochs] = self.captured(lambda: self.train_block(epochs))
            self.replays[epochs]()
        self.losses[epoch : epoch + epochs].copy_(self.block_losses[:epochs])
        self.done = epoch + epochs

    def train_block(self, epochs: int) -> None:
        """Train for some epochs; this is what a graph captures, the smaller last batch of each included."""
        samples = len(self.x)
        self.block_losses.zero_()
        for epoch in range(epochs):
            for start in range(0, samples, self.batch_size or samples):
                x, y = self.x, self.y
                if self.batch_size is not None:
                    index = self.order[epoch, start : start + self.batch_size]
                    x, y = x[index], y[index]
                self.block_losses[epoch].add_(self.step(x, y), alpha=len(x) / samples)

    def on_side_stream(self, work: Callable[[], None]) -> None:
        """Run some work on a side stream: after all earlier work of the current one, before all later."""
        current = torch.cuda.current_stream(self.x.device)
        side = torch.cuda.Stream(self.x.device)  # type: ignore[no-untyped-call]
        side.wait_stream(current)
        with torch.cuda.stream(side):
            work()
        current.wait_stream(side)

    def captured(self, work: Callable[[], None]) -> Callable[[], None]:
        """Capture the launches of some work, without running it, and return what replays them."""
        graph = torch.cuda.CUDAGraph()
        # A stream for each graph: destroying a graph clears the cuBLAS workspace of its stream, and another
        # graph that was captured on the same stream would then replay into freed memory.
        stream = torch.cuda.Stream(self.x.device)  # type: ignore[no-untyped-call]
        with torch.cuda.graph(graph, stream=stream):
            work()
        return graph.replay
