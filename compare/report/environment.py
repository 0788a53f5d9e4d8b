"""Where a comparison ran: versions, BLAS, threads, device."""

import platform
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import sklearn
import torch
from threadpoolctl import threadpool_info

from torch_mlp.device import describe


def processor() -> str:
    """Return the processor's name as its maker gives it, where the system gives it."""
    with suppress(OSError):
        if found := re.search(r"model name\s*: *(.+)", Path("/proc/cpuinfo").read_text(encoding="utf-8")):
            return found[1].strip()
    return platform.processor() or platform.machine()


def environment(devices: tuple[torch.device, ...]) -> dict[str, Any]:
    """Return versions, NumPy's BLAS, thread counts and devices, by name."""
    blas = next((pool for pool in threadpool_info() if "numpy" in pool["filepath"]), None)
    build = np.show_config(mode="dicts")
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "numpy": np.__version__,
        "torch": torch.__version__,
        "scikit-learn": sklearn.__version__,
        "blas": blas["internal_api"] if blas else build["Build Dependencies"]["blas"]["name"],
        "blas_threads": blas["num_threads"] if blas else None,
        "torch_threads": torch.get_num_threads(),
        "devices": [describe(device) for device in devices],
    }
