"""Which worker of a data-parallel training this process is.

    torchrun --nproc-per-node 2 -m torch_mlp train

starts the same command twice; environment variables say which of the two a process is. PyTorch isn't
imported here.

Source: https://docs.pytorch.org/docs/stable/elastic/run.html#environment-variables
"""

import os
from dataclasses import dataclass

VARIABLES = ("RANK", "WORLD_SIZE", "LOCAL_RANK", "LOCAL_WORLD_SIZE")


@dataclass(frozen=True)
class Workers:
    """This process among the workers of a training.

    Attributes:
        rank: Its number among all workers, from 0; worker 0 reports and saves.
        world_size: How many workers there are, on all machines.
        local_rank: Its number among those on the same machine.
        local_world_size: How many there are on the same machine.
    """

    rank: int
    world_size: int
    local_rank: int
    local_world_size: int

    @classmethod
    def from_environment(cls) -> "Workers | None":
        """Return the numbers in ``torchrun``'s environment variables, or None where one is missing."""
        values = [os.environ.get(name, "") for name in VARIABLES]
        return cls(*map(int, values)) if all(value.isdecimal() for value in values) else None
