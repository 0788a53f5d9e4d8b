"""``train --out DIR``: a training's weights, history and pictures in one folder."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from numpy_mlp.shared.cli.pictures import draw
from numpy_mlp.shared.cli.saved_run import ForwardPass, Run
from numpy_mlp.shared.files import replacing
from numpy_mlp.shared.plots import KINDS, NothingToDrawError, style
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
    """Draw each kind of picture as SVG, if there is something to draw; return each kind's file."""
    runs = {trained.library: Run(trained, forward_pass(trained))}
    files = {}
    for kind in KINDS:
        with suppress(NothingToDrawError):
            style.save(draw(kind, runs), folder / f"{kind}.svg")
            files[kind] = f"{kind}.svg"
    return files
