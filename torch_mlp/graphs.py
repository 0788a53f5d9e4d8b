"""Whole epochs as CUDA graphs: hundreds of launches recorded once, then replayed with a single one.

On a GPU a small network's step is about twenty kernels of a few microseconds each, and launching one from
Python takes longer than running it: the GPU waits for the CPU. A CUDA graph records the launches of a
stretch of code and replays them all at once. It replays addresses, not Python: whatever the code reads and
writes must stay where it is, so each replay reads the order of its samples from, and leaves its losses in,
tensors that are there for good.

Source: https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs
"""

from collections.abc import Callable

import numpy as np
import torch

from numpy_mlp.data import batch_indices
from torch_mlp.compiled import Step

STEPS_PER_GRAPH = 50


class EpochGraphs:
    """Trains in stretches: a graph of several epochs, and a graph of one for what is left before a stop."""

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
        """Prepare the tensors that the graphs read and write; nothing is recorded yet.

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
        self.long = max(1, min(STEPS_PER_GRAPH // steps, stop_every))
        self.order = torch.zeros((self.long, len(x)), dtype=torch.int64, device=x.device)
        self.stretch_losses = torch.zeros(self.long, dtype=losses.dtype, device=losses.device)
        self.replays: dict[int, Callable[[], None]] = {}
        self.done = 0

    def run(self, epoch: int) -> None:
        """See to it that an epoch is under way on the GPU; one that an earlier stretch held already is."""
        if epoch < self.done:
            return
        stop = min(len(self.losses), (epoch // self.stop_every + 1) * self.stop_every)
        epochs = self.long if stop - epoch >= self.long and epoch > 0 else 1
        if self.batch_size is not None:
            drawn = [
                np.concatenate([*batch_indices(len(self.x), self.batch_size, self.rng)])
                for _ in range(epochs)
            ]
            self.order[:epochs].copy_(torch.from_numpy(np.stack(drawn)))
        if epoch == 0:
            # Run as it is, on a stream of its own: the warm-up that recording asks for. It gives the
            # libraries their workspaces, and SGD its first momentum buffers, which no later step makes so.
            self.aside(lambda: self.stretch(1))
        else:
            if epochs not in self.replays:
                self.replays[epochs] = self.recorded(lambda: self.stretch(epochs))
            self.replays[epochs]()
        self.losses[epoch : epoch + epochs].copy_(self.stretch_losses[:epochs])
        self.done = epoch + epochs

    def stretch(self, epochs: int) -> None:
        """Train for some epochs; this is what a graph records, the smaller last batch of each included."""
        samples = len(self.x)
        self.stretch_losses.zero_()
        for epoch in range(epochs):
            for start in range(0, samples, self.batch_size or samples):
                x, y = self.x, self.y
                if self.batch_size is not None:
                    index = self.order[epoch, start : start + self.batch_size]
                    x, y = x[index], y[index]
                self.stretch_losses[epoch].add_(self.step(x, y), alpha=len(x) / samples)

    def aside(self, work: Callable[[], None]) -> None:
        """Run some work on a stream of its own, between what was asked for before and what comes after."""
        usual = torch.cuda.current_stream(self.x.device)
        own = torch.cuda.Stream(self.x.device)  # type: ignore[no-untyped-call]
        own.wait_stream(usual)
        with torch.cuda.stream(own):
            work()
        usual.wait_stream(own)

    def recorded(self, work: Callable[[], None]) -> Callable[[], None]:
        """Record the launches of some work, without running it, and return what replays them."""
        graph = torch.cuda.CUDAGraph()
        own = torch.cuda.Stream(self.x.device)  # type: ignore[no-untyped-call]
        with torch.cuda.graph(graph, stream=own):
            work()
        return graph.replay
