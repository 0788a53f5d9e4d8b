"""Data parallelism: the gradient of a batch, out of the gradients of its shards.

Several workers hold the same network. Each takes its shard of the batch, goes forwards and backwards with it
alone, and then all of them step with the same average. Shapes: N samples in the batch, n_r of them in the
shard of worker r, so Σ_r n_r = N. L_n is the loss of sample n, W a parameter.

    g_r  = 1/n_r Σ_(n in shard r) dL_n/dW      what worker r computes
    g    = Σ_r (n_r / N) g_r                   their average, shaped as W

Why the weights: n_r g_r is the sum over the samples of shard r, and these sums add up to the sum over the
whole batch. So g = 1/N Σ_n dL_n/dW, the very gradient that one worker computes alone. The plain average
1/R Σ_r g_r of R workers counts each sample of shard r with 1 / (R n_r) instead of 1/N: more in a small
shard, less in a large one. The two are the same only where all shards are of one size.

The counterpart of https://docs.pytorch.org/docs/stable/generated/torch.nn.parallel.DistributedDataParallel.html
which takes the plain average: there the losses must carry the weights (``torch_mlp/faster/distributed.py``).
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np


def shards(samples: int, workers: int) -> list[slice]:
    """Return which samples each worker takes: slices in a row, whose sizes differ by 1 at most.

    The larger ones come first; with fewer samples than workers the last ones are empty.

    Raises:
        ValueError: no samples, or no workers.
    """
    if samples < 1 or workers < 1:
        raise ValueError(f"expected samples and workers, at least one of each; got {samples} and {workers}")
    size, larger = divmod(samples, workers)
    ends = [worker * size + min(worker, larger) for worker in range(workers + 1)]
    return [slice(start, end) for start, end in pairwise(ends)]


def average_gradients(
    gradients: Sequence[Mapping[str, np.ndarray]], sizes: Sequence[int]
) -> dict[str, np.ndarray]:
    """Return g = Σ_r (n_r / N) g_r for each parameter, in the gradients' dtype.

    Args:
        gradients: What each worker computed, by the parameter's name. An empty shard has no mean: what stands
            here for it isn't read.
        sizes: How many samples each worker had: n_r.

    Raises:
        ValueError: not one size for each worker, a size below 0, no samples, or other parameters.
    """
    if len(gradients) != len(sizes) or min(sizes, default=0) < 0 or not any(sizes):
        raise ValueError(
            f"expected a number of samples for each of {len(gradients)} workers, not all 0; got {list(sizes)}"
        )
    samples = int(sum(sizes))
    # an empty shard is left out, not multiplied by its weight of 0: 0 times NaN is NaN
    held = [(int(size) / samples, gradient) for size, gradient in zip(sizes, gradients, strict=True) if size]
    names = list(held[0][1])
    if any(gradient.keys() != set(names) for _, gradient in held):
        raise ValueError(f"expected gradients of {', '.join(names)} from every worker")
    # g = Σ_r (n_r / N) g_r      each shaped as its parameter
    return {name: np.sum([weight * gradient[name] for weight, gradient in held], axis=0) for name in names}


shares = shards  # its name in earlier versions
