"""What a request would take of this machine, refused before it is begun."""

import os
from itertools import pairwise
from pathlib import Path

import numpy as np

SNAPSHOT_EVERY = 200  # epochs: the default of both packages' loops
CONTROL_GROUPS = ("/sys/fs/cgroup/memory.max", "/sys/fs/cgroup/memory/memory.limit_in_bytes")


def memory() -> int | None:
    """Return this machine's bytes of memory, or those that a container grants; None if neither is seen."""
    found = []
    if hasattr(os, "sysconf") and "SC_PHYS_PAGES" in os.sysconf_names:
        found.append(os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE"))
    for file in CONTROL_GROUPS:
        try:
            found.append(int(Path(file).read_text(encoding="ascii")))
        except (OSError, ValueError):  # no such file, or "max"
            continue
    return min(found, default=None)


def in_units(size: int) -> str:
    """Return a number of bytes for people, in powers of 1,000.

    >>> in_units(999), in_units(36_000_000_000), in_units(4 * 10**23)
    ('999 bytes', '36 GB', '400,000 EB')
    """
    if size < 1000:
        return f"{size} bytes"
    units = ("kB", "MB", "GB", "TB", "PB", "EB")
    power = min((len(str(size)) - 1) // 3, len(units))
    return f"{size / 1000**power:,.3g} {units[power - 1]}" if size < 10**21 else f"{size // 10**18:,} EB"


def check_memory(what: str, size: int) -> None:
    """Return if this machine could hold so many bytes.

    Raises:
        ValueError: it could not.
    """
    limit = memory()
    if limit is not None and size > limit:
        raise ValueError(
            f"{what} would take {in_units(size)}, and this machine has {in_units(limit)} of memory"
        )


def parameters(sizes: tuple[int, ...]) -> int:
    """Return Σ out · in + out over the layers."""
    return sum(outs * ins + outs for ins, outs in pairwise(sizes))


def check_network(sizes: tuple[int, ...], itemsize: int) -> None:
    """Return if the weights of a network fit into memory.

    Raises:
        ValueError: they do not.
    """
    count = parameters(sizes)
    check_memory(f"a network of {count:,} parameters", count * itemsize)


def check_training(sizes: tuple[int, ...], samples: int, epochs: int, dtype: type[np.floating]) -> None:
    """Return if a training fits into memory: what it holds at the end, and at its widest moment.

    Raises:
        ValueError: it does not; the message says which flag asks for too much.
    """
    itemsize = np.dtype(dtype).itemsize
    check_network(sizes, itemsize)
    # weights, gradients and one more for the step; each layer's outputs and their gradients
    step = itemsize * (3 * parameters(sizes) + 2 * samples * sum(sizes))
    check_memory(f"a step of a network with {parameters(sizes):,} parameters", step)
    kept = itemsize * (epochs + (epochs // SNAPSHOT_EVERY + 2) * parameters(sizes))
    check_memory(f"the losses and the snapshots of {epochs:,} epochs", kept)
