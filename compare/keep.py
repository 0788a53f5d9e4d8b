"""``--out DIR`` and ``--plot FILE``: a comparison's report and pictures, as files."""

from dataclasses import asdict
from pathlib import Path

from compare import pages, report
from compare.proof import LEARNING_RATE, Proof
from numpy_mlp.__main__ import forward_pass
from numpy_mlp.cli.folder import write_pictures
from numpy_mlp.files import replacing
from numpy_mlp.plots import style
from numpy_mlp.plots.agreement import agreement
from numpy_mlp.weights import Checkpoint


def save_agreement(proof: Proof, path: str | Path) -> None:
    """Draw the distance between the libraries along the long training.

    Raises:
        ValueError: the training did not come to its end, so there is nothing to draw.
    """
    style.save(agreement([asdict(point) for point in proof.points]), path)


def trained_by_numpy(proof: Proof) -> Checkpoint | None:
    """Return NumPy's long training, in the first dtype that was asked for; None if it did not end."""
    for (dtype, _), (history, _, _) in proof.histories.items():
        data = proof.datasets[dtype]
        chosen = {
            "epochs": proof.settings.epochs,
            "lr": LEARNING_RATE,
            "batch_size": None,
            "seed": proof.settings.seed,
        }
        return Checkpoint(
            "numpy",
            proof.sizes,
            data.name,
            chosen,
            data.feature_names,
            data.class_names,
            data.scaler,
            history,
        )
    return None


def keep(proof: Proof, folder: Path) -> list[str]:
    """Write report.json, report.md, report.html and the pictures; return the names of the files.

    Raises:
        OSError: the folder can't be made or written.
    """
    folder.mkdir(exist_ok=True)
    write(folder / "report.json", report.as_json(proof))
    pictures = {}
    if proof.points:
        save_agreement(proof, folder / "agreement.svg")
        pictures["agreement"] = "agreement.svg"
    trained = trained_by_numpy(proof)
    if trained:
        pictures |= write_pictures(trained, forward_pass, folder)
    write(folder / "report.md", pages.markdown(proof, pictures))
    drawings = {name: (folder / file).read_bytes() for name, file in pictures.items()}
    write(folder / "report.html", pages.html(proof, drawings))
    return ["report.json", "report.md", "report.html", *pictures.values()]


def write(path: Path, text: str) -> None:
    """Write a text, whole or not at all."""
    with replacing(path) as file:
        file.write(text.encode())
