"""One .npz file for a training: both packages write it, both read it, and so does ``np.load``.

    fc1.weight, fc1.bias, ...   (snapshots, *shape): [0] is the fresh network, [-1] the trained one
    snapshot_epochs             (snapshots,): after how many epochs each was taken
    losses                      (epochs,)
    data_min, data_max          (features,): the scaler's range, in the units of the raw data
    about                       JSON text: format, library, sizes, dtype, data set, hyperparameters, names

No pickles: the file holds numbers and text only, and nothing in it is run.
"""

from itertools import pairwise
from os import PathLike
from typing import Any

import numpy as np

from numpy_mlp.data import MinMaxScaler
from numpy_mlp.shared.checkpoint import Checkpoint
from numpy_mlp.shared.files import replacing
from numpy_mlp.shared.history import History

__all__ = ["Checkpoint", "load_weights", "save_weights"]

FORMAT = "numpy-mlp weights/1"


def save_weights(path: str | PathLike[str], checkpoint: Checkpoint) -> None:
    """Write a checkpoint, whole or not at all; no ``.npz`` is added to the name.

    Raises:
        OSError: the file can't be written.
    """
    import json

    history = checkpoint.history
    about = {
        "format": FORMAT,
        "library": checkpoint.library,
        "sizes": checkpoint.sizes,
        "dtype": np.dtype(checkpoint.dtype).name,
        "dataset": checkpoint.dataset,
        "hyperparameters": checkpoint.hyperparameters,
        "feature_names": checkpoint.feature_names,
        "class_names": checkpoint.class_names,
        "seconds": history.seconds,
    }
    arrays = {name: np.stack([weights[name] for weights in history.snapshots]) for name in checkpoint.final}
    with replacing(path) as file:
        np.savez(
            file,
            allow_pickle=False,
            about=json.dumps(about),
            losses=history.losses,
            snapshot_epochs=np.array(history.snapshot_epochs),
            data_min=checkpoint.scaler.data_min,
            data_max=checkpoint.scaler.data_max,
            **arrays,
        )


def load_weights(path: str | PathLike[str]) -> Checkpoint:
    """Return the checkpoint that ``save_weights`` wrote, its parts checked against each other.

    Raises:
        OSError: the file is missing or can't be read.
        ValueError: it is no weights file, is truncated, or its shapes contradict its sizes.
    """
    import json
    import zipfile
    import zlib

    # what these modules and NumPy raise for a damaged file, and for a file of another kind
    damaged = (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError)
    foreign = (ValueError, LookupError, TypeError, AttributeError)
    try:
        with open(path, "rb") as raw, np.load(raw, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        about = json.loads(str(arrays.pop("about")))
        found = about.get("format")
    except (*damaged, *foreign) as error:
        raise no_weights_file(path, "it is another kind of file, or damaged") from error
    if found != FORMAT:
        raise no_weights_file(path, f"its format is {found!r}, expected {FORMAT!r}")
    try:
        return from_arrays(about, arrays)
    except KeyError as error:
        raise no_weights_file(path, f"{error.args[0]} is missing") from error
    except ValueError as error:
        raise no_weights_file(path, str(error)) from error
    except (LookupError, TypeError, AttributeError) as error:
        raise no_weights_file(path, "its description is damaged") from error


def no_weights_file(path: str | PathLike[str], reason: str) -> ValueError:
    """Return the error for a file that is no weights file."""
    return ValueError(f"{path} is not a whole weights file ({reason}); write one with: train --weights FILE")


def from_arrays(about: dict[str, Any], arrays: dict[str, np.ndarray]) -> Checkpoint:
    """Return the checkpoint that a file's parts are.

    Raises:
        KeyError: a part is missing.
        ValueError: the parts contradict each other; see ``check_arrays``.
    """
    sizes, snapshot_epochs = tuple(about["sizes"]), arrays["snapshot_epochs"]
    names = check_arrays(about, sizes, arrays)
    for what, size in (("feature_names", sizes[0]), ("class_names", sizes[-1])):
        if len(about[what]) != size:
            raise ValueError(f"{what} has {len(about[what])} entries, expected {size}")
    history = History(
        losses=arrays["losses"],
        snapshot_epochs=[int(epoch) for epoch in snapshot_epochs],
        snapshots=[{name: arrays[name][i] for name in names} for i in range(len(snapshot_epochs))],
        seconds=float(about["seconds"]),
    )
    return Checkpoint(
        library=about["library"],
        sizes=sizes,
        dataset=about["dataset"],
        hyperparameters=about["hyperparameters"],
        feature_names=tuple(about["feature_names"]),
        class_names=tuple(about["class_names"]),
        scaler=MinMaxScaler(arrays["data_min"], arrays["data_max"]),
        history=history,
    )


def check_arrays(about: dict[str, Any], sizes: tuple[int, ...], arrays: dict[str, np.ndarray]) -> list[str]:
    """Return the parameters' names for these layer sizes, each checked against its array.

    Raises:
        KeyError: an array is missing.
        ValueError: an array has not the shape or the dtype of the description, the scaler's range holds NaN
            or infinity, or there are no layers or no snapshots.
    """
    snapshots = len(arrays["snapshot_epochs"])
    shapes: dict[str, tuple[int, ...]] = {"data_min": (sizes[0],), "data_max": (sizes[0],)}
    names = []
    for i, (in_features, out_features) in enumerate(pairwise(sizes), start=1):
        names += [f"fc{i}.weight", f"fc{i}.bias"]
        shapes[f"fc{i}.weight"] = (snapshots, out_features, in_features)
        shapes[f"fc{i}.bias"] = (snapshots, out_features)
    for name, shape in shapes.items():
        if arrays[name].shape != shape:
            raise ValueError(f"{name} has shape {arrays[name].shape}, expected {shape}")
        # weights may be NaN or infinite: a training that diverged is saved as what it is
        if name.startswith("data_") and not np.isfinite(arrays[name]).all():
            raise ValueError(f"{name} has NaN or infinity")
    if not names or snapshots == 0:
        raise ValueError("no layers or no snapshots")
    for name in names:
        if arrays[name].dtype != about["dtype"]:
            raise ValueError(f"{name} is {arrays[name].dtype}, expected {about['dtype']}")
    return names
