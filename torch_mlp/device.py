"""Which device: the CPU or a CUDA GPU, and never another one than was asked for."""

import torch

from numpy_mlp.cli import DeviceNotFoundError


def choose_device(name: str = "auto") -> torch.device:
    """Return the device for ``auto`` (CUDA if there is one, else the CPU), ``cpu``, ``cuda`` or ``cuda:N``.

    Raises:
        DeviceNotFoundError: a CUDA device was named that is not there. Only ``auto`` may choose.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if name == "auto":
        return torch.device("cuda:0" if count else "cpu")
    # counted here: torch.device keeps the number in one byte, so that cuda:256 would quietly be cuda:0
    if name != "cpu" and int(name.partition(":")[2] or 0) >= count:
        raise DeviceNotFoundError(
            f"--device {name}: PyTorch {torch.__version__} sees {count} CUDA devices here; use cpu or auto"
        )
    return torch.device("cuda:0" if name == "cuda" else name)


def describe(device: torch.device) -> str:
    """Return a device's name for people: ``cpu``, or ``cuda:0 (NVIDIA ...)``."""
    return f"{device} ({torch.cuda.get_device_name(device)})" if device.type == "cuda" else str(device)
