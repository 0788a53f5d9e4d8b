"""``train --out DIR``: a training's weights, history and pictures in one folder."""

import argparse
from collections.abc import Callable
from pathlib import Path

import numpy as np

from numpy_mlp.shared.cli.pictures import OF_ONE, OF_TWO
from numpy_mlp.shared.cli.saved_run import ForwardPass, Run
from numpy_mlp.shared.files import replacing
from numpy_mlp.shared.plots import KINDS, style
from numpy_mlp.shared.weights import Checkpoint, save_weights


def write_training(
    trained: Checkpoint, forward_pass: Callable[[Checkpoint], ForwardPass], folder: Path
) -> list[str]:
    """Write weights.npz, history.csv and the pictures; return the names of the files.

    Raises:
        OSError: the folder can't be made or written.
    """
    folder.mkdir(exist_ok=True)
    save_weights(folder / "weights.npz", trained)
    with replacing(folder / "history.csv") as file:
        file.write(b"epoch,loss\n")
        for epoch, loss in enumerate(trained.history.losses, start=1):
            file.write(f"{epoch},{loss!s}\n".encode())
    return ["weights.npz", "history.csv", *write_pictures(trained, forward_pass, folder).values()]


def write_pictures(
    trained: Checkpoint, forward_pass: Callable[[Checkpoint], ForwardPass], folder: Path
) -> dict[str, str]:
    """Draw each kind of picture as SVG, for a diverged training only the loss; return each kind's file."""
    run, options = Run(str(folder), trained, forward_pass(trained)), argparse.Namespace(sample=None)
    whole = all(np.isfinite(data).all() for data in trained.final.values())
    files = {}
    for kind in KINDS if whole else ["loss"]:
        figure = (
            OF_TWO[kind]({trained.library: run}, options) if kind in OF_TWO else OF_ONE[kind](run, options)
        )
        style.save(figure, folder / f"{kind}.svg")
        files[kind] = f"{kind}.svg"
    return files
