"""Which device: the CPU or a CUDA GPU, and never another one than the requested."""

import os

import torch

from numpy_mlp.shared.cli import DeviceNotFoundError
from torch_mlp.faster.workers import Workers

TF32_OVERRIDE = "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE"


def choose_device(name: str = "auto") -> torch.device:
    """Return the device for ``auto`` (CUDA if there is one, else the CPU), ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        DeviceNotFoundError: the named CUDA device is not there. Only ``auto`` may choose.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda:0" if count else "cpu")
    # counted here: torch.device keeps the number in one byte, and would take cuda:256 for cuda:0
    if name != "cpu" and int(name.partition(":")[2] or 0) >= count:
        raise DeviceNotFoundError(
            f"--device {name}: PyTorch {torch.__version__} sees {count} CUDA devices here; use cpu or auto"
        )
    return torch.device("cuda:0" if name == "cuda" else name)


def choose_own_device(name: str, workers: Workers) -> torch.device:
    """Return the device of one of several workers: the CPU for all of them, or a GPU for each.

    ``auto`` takes GPUs where the machine has one for each of its workers, else the CPU.

    Raises:
        ValueError: one GPU was named.
        DeviceNotFoundError: there are fewer GPUs than workers on this machine.
    """
    if ":" in name:
        raise ValueError(f"--device {name}: each worker takes another GPU; use cuda, cpu or auto")
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "cpu" or (name == "auto" and count < workers.local_world_size):
        return torch.device("cpu")
    if count < workers.local_world_size:
        raise DeviceNotFoundError(
            f"--device {name}: {workers.local_world_size} workers need a CUDA device each, and PyTorch "
            f"{torch.__version__} sees {count} here; use cpu or auto"
        )
    return torch.device("cuda", workers.local_rank)


def describe(device: torch.device) -> str:
    """Return a device's name for people: ``cpu``, or ``cuda:0 (NVIDIA ...)``.

    A variable of the environment makes PyTorch round the factors of float32 products to 10 bits, unless a
    program says otherwise, as ``compare`` does; then the name says so.
    """
    if device.type != "cuda":
        return str(device)
    tf32 = os.environ.get(TF32_OVERRIDE) == "1"
    return f"{device} ({torch.cuda.get_device_name(device)}{f', {TF32_OVERRIDE}=1' if tf32 else ''})"
