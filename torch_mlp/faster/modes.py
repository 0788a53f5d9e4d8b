"""The three modes of a training: operation by operation, compiled, or as captured CUDA launches."""

from typing import TYPE_CHECKING

from numpy_mlp.shared.cli import DeviceNotFoundError
from torch_mlp.faster.workers import Workers

if TYPE_CHECKING:
    import torch

# PyTorch is imported inside the function: the commands read these names without it.
MODES = ("eager", "compile", "graph")


def check_mode(mode: str, device: "torch.device", workers: Workers | None = None) -> None:
    """Return if a training can run in this mode on this device; no other mode or device replaces it.

    Raises:
        ValueError: an unknown mode, ``"compile"`` where nothing can be compiled, or any but ``"eager"`` with
            workers.
        DeviceNotFoundError: ``"graph"`` on another device than a CUDA GPU.
    """
    if mode not in MODES:
        raise ValueError(f"expected a mode out of {', '.join(MODES)}; got {mode!r}")
    if workers and mode != "eager":
        raise ValueError(f"several workers train in mode eager, not in mode {mode}")
    if mode == "graph" and device.type != "cuda":
        raise DeviceNotFoundError(f"--mode graph records CUDA launches, and this training runs on {device}")
    if mode == "compile":
        from torch_mlp.faster.compiled import check_compiler

        check_compiler(device)
