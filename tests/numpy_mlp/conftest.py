import pytest

from numpy_mlp.__main__ import main as numpy_main
from torch_mlp.__main__ import main as torch_main


@pytest.fixture(scope="session")
def trained_files(tmp_path_factory):
    """For each package a file of 2000 epochs on Iris, trained in this process."""
    folder = tmp_path_factory.mktemp("trained")
    files = {"numpy_mlp": folder / "numpy.npz", "torch_mlp": folder / "torch.npz"}
    for package, main in (("numpy_mlp", numpy_main), ("torch_mlp", torch_main)):
        device = ["--device", "cpu"] if package == "torch_mlp" else []
        arguments = ["train", "--epochs", "2000", "--lr", "0.1", "--quiet", *device]
        assert main([*arguments, "--weights", str(files[package])]) == 0
    return files
