"""Data-parallel training: the same network in several processes, each with its shard of every batch.

DistributedDataParallel gives every worker the first one's weights and, in each backward pass, the average of
all workers' gradients. So all of them take the same step, and their networks stay the same. That average is
a plain one: with R workers, N samples in the batch and L_n the loss of sample n, the losses must carry the
weights of the shards.

    L_r = R/N Σ_(n in shard r) L_n                      what worker r goes backwards from
    g   = 1/R Σ_r dL_r/dW = 1/N Σ_n dL_n/dW             what DistributedDataParallel computes

That is the gradient of the whole batch, however large each shard is; an empty one adds 0 to it.
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

from torch_mlp.faster.step import Step
from torch_mlp.faster.torchrun import LOST, WorkerLostError, final_message
from torch_mlp.faster.workers import Workers


def data_parallel_step(model: nn.Module, optimizer: torch.optim.SGD, workers: Workers) -> Step:
    """Return a function that trains with this worker's shard of a batch.

    Its argument is the whole batch and its result the whole batch's mean loss, as in a single process.
    """
    device = next(model.parameters()).device
    replica = DistributedDataParallel(model, device_ids=[device] if device.type == "cuda" else None)
    criterion = nn.CrossEntropyLoss(reduction="sum")

    def step(x_batch: torch.Tensor, y_batch: torch.Tensor) -> torch.Tensor:
        """Train with this worker's shard of one batch; return the batch's loss before the step."""
        x, y = (whole.tensor_split(workers.world_size)[workers.rank] for whole in (x_batch, y_batch))
        # 1/N Σ_(n in shard r) L_n
        part = criterion(replica(x), y) / len(x_batch)
        optimizer.zero_grad()
        # L_r = R/N Σ_(n in shard r) L_n
        (part * workers.world_size).backward()
        optimizer.step()
        loss = part.detach()
        # L = Σ_r 1/N Σ_(n in shard r) L_n
        dist.all_reduce(loss)
        return loss

    return step


@contextmanager
def process_group(
    workers: Workers, device: torch.device, init_method: str = "env://", limit: timedelta | None = None
) -> Iterator[None]:
    """Connect the workers (gloo between CPUs, NCCL between GPUs), and disconnect them at the end.

    Args:
        workers: Which of them this process is.
        device: Its device.
        init_method: How they find each other; by default by ``torchrun``'s environment variables.
        limit: How long a worker waits for the others before it fails; None is PyTorch's default.

    Raises:
        WorkerLostError: another one has ended, or doesn't respond.
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
        try:
            yield
        except BaseException:
            abort(cuda)
            raise
        dist.destroy_process_group()
    except RuntimeError as error:
        if not (isinstance(error, dist.DistError) or "gloo" in str(error)):
            raise
        final_message.acquire(timeout=1)
        time.sleep(0.3)  # Ctrl-C goes to all workers: it may reach this one next, and then ends it
        raise WorkerLostError(LOST) from None


def abort(cuda: bool) -> None:
    """Take NCCL's communicators down after an error, without waiting for workers that may be gone.

    NCCL warns of a group that is left; gloo does not, and its connections close with the process.
    """
    if cuda and dist.is_initialized():
        dist.distributed_c10d._abort_process_group()
