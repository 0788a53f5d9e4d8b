"""``--json``, ``--out`` and ``--plot``: a proof as JSON (schema "compare/1"), and its report as files."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path

from compare.checks import first_divergence
from compare.gates.material import LEARNING_RATE
from compare.proof import Proof
from compare.report import pages
from compare.report.agreement import agreement
from compare.report.drift import Point, long_trainings
from compare.report.environment import environment
from compare.report.verdict import verdict
from numpy_mlp.__main__ import forward_pass
from numpy_mlp.shared.cli.folder import write_pictures
from numpy_mlp.shared.files import replacing
from numpy_mlp.shared.plots import style
from numpy_mlp.shared.weights import Checkpoint

SCHEMA = "compare/1"


def as_json(proof: Proof, drift: Sequence[Point]) -> str:
    """Return the report; numbers that JSON lacks are the texts "nan", "inf" and "-inf"."""
    found, settings = first_divergence(proof.checks), proof.material.settings
    kept = ("seed", "epochs", "precision", "mode", "workers")
    report = {
        "schema": SCHEMA,
        "verdict": verdict(proof),
        "settings": {"dataset": settings.dataset, "sizes": proof.material.sizes}
        | {name: getattr(settings, name) for name in kept},
        "environment": environment(settings.devices),
        "initial_weights_sha256": proof.material.weights_hash,
        "parameters": proof.parameters,
        "checks": [asdict(check) for check in proof.checks],
        "trajectory": [asdict(point) for point in drift],
        "predictions": proof.predictions,
        "first_divergence": asdict(found) if found else None,
    }
    named = json.loads(json.dumps(report), parse_constant=lambda name: str(float(name)))
    return json.dumps(named, indent=1, allow_nan=False) + "\n"


def trained_by_numpy(proof: Proof) -> Checkpoint | None:
    """Return NumPy's long training, in the first dtype; None if it did not come to its end."""
    material, settings = proof.material, proof.material.settings
    for (dtype, _), (ours, _) in long_trainings(proof).items():
        data = material.datasets[dtype]
        used = {"epochs": settings.epochs, "lr": LEARNING_RATE, "batch_size": None, "seed": settings.seed}
        names = data.feature_names, data.class_names
        return Checkpoint("numpy", material.sizes, data.name, used, *names, data.scaler, ours)
    return None


def write_report(
    proof: Proof, drift: Sequence[Point], folder: Path, page: Callable[[Proof, Path, str], str] | None = None
) -> list[str]:
    """Write report.json, report.md, report.html and the pictures; return the names of the files.

    ``page`` writes the page of every number beside them, which report.html links to, and returns its name.

    Raises:
        OSError: the folder can't be made or written.
    """
    folder.mkdir(exist_ok=True)
    write(folder / "report.json", as_json(proof, drift))
    pictures = {}
    if drift:
        style.save(agreement(drift), folder / "agreement.svg")
        pictures["agreement"] = "agreement.svg"
    if trained := trained_by_numpy(proof):
        pictures |= write_pictures(trained, forward_pass, folder)
    write(folder / "report.md", pages.markdown(proof, pictures))
    drawings = {name: (folder / file).read_bytes() for name, file in pictures.items()}
    numbers = page(proof, folder, "report.html") if page else ""
    write(folder / "report.html", pages.html(proof, drawings, numbers))
    return ["report.json", "report.md", "report.html", *filter(None, [numbers]), *pictures.values()]


def write(path: Path, text: str) -> None:
    """Write a text, whole or not at all."""
    with replacing(path) as file:
        file.write(text.encode())
