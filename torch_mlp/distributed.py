"""Data-parallel training: the same network in several processes, each with its share of every batch.

DistributedDataParallel gives every worker the first one's weights and, in each backward pass, the average of
all workers' gradients. So all of them take the same step, and their networks stay the same. That average is
a plain one: with R workers, N samples in the batch and L_n the loss of sample n, the losses must carry the
weights of the shares.

    L_r = R/N Σ_(n in share r) L_n                      what worker r goes backwards from
    g   = 1/R Σ_r dL_r/dW = 1/N Σ_n dL_n/dW             what DistributedDataParallel makes of it

That is the gradient of the whole batch, however large each share is; an empty one adds 0 to it.
``numpy_mlp/parallel.py`` does the same by hand.

Source: https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import torch
import torch.distributed as dist
from torch import nn
from torch.nn.parallel import DistributedDataParallel

from torch_mlp.compiled import Step
from torch_mlp.workers import LOST, WorkerLostError, Workers, last_word


def data_parallel_step(model: nn.Module, optimizer: torch.optim.SGD, workers: Workers) -> Step:
    """Return a function that trains with this worker's share of a batch.

    It is given the whole batch, and returns the whole batch's mean loss, as the step of a single process
    does.
    """
    device = next(model.parameters()).device
    replica = DistributedDataParallel(model, device_ids=[device] if device.type == "cuda" else None)
    criterion = nn.CrossEntropyLoss(reduction="sum")

    def step(x_batch: torch.Tensor, y_batch: torch.Tensor) -> torch.Tensor:
        """Train with this worker's share of one batch; return the batch's loss, as it was before."""
        x, y = (whole.tensor_split(workers.world_size)[workers.rank] for whole in (x_batch, y_batch))
        # 1/N Σ_(n in share r) L_n
        part = criterion(replica(x), y) / len(x_batch)
        optimizer.zero_grad()
        # L_r = R/N Σ_(n in share r) L_n
        (part * workers.world_size).backward()
        optimizer.step()
        loss = part.detach()
        # L = Σ_r 1/N Σ_(n in share r) L_n
        dist.all_reduce(loss)
        return loss

    return step


@contextmanager
def process_group(
    workers: Workers, device: torch.device, init_method: str = "env://", limit: timedelta | None = None
) -> Iterator[None]:
    """Let the workers find each other, talk (gloo between CPUs, NCCL between GPUs), and part at the end.

    Args:
        workers: Which of them this process is.
        device: Its device.
        init_method: How they find each other; by default as ``torchrun`` has arranged.
        limit: How long one waits for the others before it gives up; None is PyTorch's default.

    Raises:
        WorkerLostError: another one has ended, or doesn't answer.
    """
    cuda = device.type == "cuda"
    if cuda:
        torch.cuda.set_device(device)
    try:
        dist.init_process_group(
            "nccl" if cuda else "gloo",
            init_method,
            timeout=limit,
            world_size=workers.world_size,
            rank=workers.rank,
            device_id=device if cuda else None,
        )
        yield
        dist.destroy_process_group()
    except RuntimeError as error:
        if not (isinstance(error, dist.DistError) or "gloo" in str(error)):
            raise
        last_word.acquire(timeout=1)
        time.sleep(0.3)  # Ctrl-C reaches all workers: perhaps it is on its way to this one
        raise WorkerLostError(LOST) from None
