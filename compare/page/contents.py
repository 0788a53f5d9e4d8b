"""All that the page holds as data: the recorded training, the samples, the source's lines, the words."""

import base64
import json
import textwrap
from importlib.resources import files
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from tqdm import tqdm

import numpy_mlp
from compare.bugs.bug import Bug
from compare.bugs.catalogue import BUGS
from compare.gate import STEP_GATES
from compare.gates.data import raw_split
from compare.gates.material import LEARNING_RATE, Material
from compare.gates.trajectory import Training
from compare.page.recording import Recording, kept_epochs, numpy_library, record, torch_library
from compare.page.source import lines
from compare.proof import Proof
from compare.report.pages import gate_table
from compare.report.verdict import outcome, verdict
from compare.scenario import TrainingSettings
from numpy_mlp.shared import own_data

DTYPE = "float32"
ROOM = 3.0e6  # bytes for what is recorded, before base64 makes 4 out of 3
SHOWN = 150  # of the training samples, and of the test samples
LANGUAGES = ("en", "zh")


def contents(
    material: Material, package: ModuleType = numpy_mlp, *, lr: float = LEARNING_RATE,
    proof: Proof | None = None, report: str = "",
) -> dict[str, Any]:  # fmt: skip
    """Train with both packages, and return what the page knows.

    Args:
        material: Data, initial weights and settings.
        package: The NumPy side.
        lr: The learning rate of the training.
        proof: What was checked; its table stands on the page.
        report: The address of the proof's report, from the page.
    """
    data, settings = material.datasets[DTYPE], material.settings
    training = Training(material.scenario(DTYPE), TrainingSettings(settings.epochs, lr))
    epochs = kept_epochs(settings.epochs, most_snapshots(training, len(data.x_train) + len(data.x_test)))
    libraries = {"numpy": numpy_library(training, package), "torch": torch_library(training)}
    recorded = {}
    bar = tqdm(libraries.items(), desc="recording", unit="library", disable=None, leave=False)
    with np.errstate(all="ignore"):  # a training may diverge: the page shows it
        for name, library in bar:
            recorded[name] = record(training, library, data, epochs, SHOWN)
    raw_train, raw_test, *labels = raw_split(settings.dataset)
    return {
        "settings": {
            "dataset": Path(own_data.split_label(settings.dataset)[0]).name, "sizes": material.sizes,
            "seed": settings.seed, "lr": lr, "epochs": settings.epochs, "dtype": DTYPE,
            "package": package.__name__,
        },
        "epochs": epochs,
        "features": data.feature_names,
        "classes": data.class_names,
        "scaler": {"min": data.scaler.data_min.tolist(), "max": data.scaler.data_max.tolist()},
        "samples": [*raw_train.tolist(), *raw_test.tolist()],
        "labels": np.concatenate(labels).tolist(),
        "train": len(data.x_train),
        "shown": [min(SHOWN, len(data.x_train)), min(SHOWN, len(data.x_test))],
        "recorded": {name: packed_recording(one) for name, one in recorded.items()},
        "proof": found(proof, report) if proof else None,
        "lines": lines(package),
        "bugs": {bug.name: words(bug) for bug in BUGS if bug.gate in STEP_GATES},
        "strings": strings(),
    }  # fmt: skip


def words(bug: Bug) -> dict[str, Any]:
    """Return what the page says of a mistake."""
    patches = [
        {name: textwrap.dedent(getattr(patch, name)).strip("\n") for name in ("at", "right", "wrong")}
        for patch in bug.patches
    ]
    return {"gate": bug.gate, "question": bug.question, "answer": bug.answer, "patches": patches}


def most_snapshots(training: Training, samples: int) -> int:
    """Return for how many snapshots there is room."""
    weights, classes = sum(w.size for w in training.scenario.weights.values()), training.scenario.sizes[-1]
    # of each library: weights and logits in float32, a share of a budget in one byte
    snapshot = 2 * (5 * weights + 4 * classes * min(samples, 2 * SHOWN))
    return max(2, int(ROOM / snapshot))


def packed_recording(one: Recording) -> dict[str, Any]:
    """Return a recording with its arrays packed."""
    return {
        "weights": {name: packed(array) for name, array in one.weights.items()},
        "shares": {name: packed(percent(array)) for name, array in one.shares.items()},
        "losses": packed(one.losses),
        "testLosses": packed(one.test_losses),
        "lossShares": packed(one.loss_shares),
        "logits": packed(one.logits),
    }


def percent(shares: np.ndarray) -> np.ndarray:
    """Return shares as whole percents, rounded up: 100 is still within; 255 is that or more, or NaN."""
    whole = np.ceil(100 * shares.astype(np.float64))
    return np.where(np.isfinite(whole), np.minimum(whole, 255), 255).astype(np.uint8)


def packed(array: np.ndarray) -> dict[str, Any]:
    """Return an array as its dtype, its shape and its bytes in base64, little-endian."""
    ordered = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    data = base64.b64encode(ordered.tobytes()).decode()
    return {"dtype": array.dtype.name, "shape": array.shape, "data": data}


def found(proof: Proof, report: str) -> dict[str, Any]:
    """Return what a proof found: its verdict, its checks and its table."""
    return {
        "verdict": verdict(proof), "outcome": outcome(proof), "checks": len(proof.checks),
        "failed": sum(not check.passed for check in proof.checks),
        "table": gate_table(proof), "report": report,
    }  # fmt: skip


def strings() -> dict[str, Any]:
    """Return the page's words in each language."""
    folder = files("compare.page").joinpath("strings")
    return {
        language: json.loads(folder.joinpath(f"{language}.json").read_text(encoding="utf-8"))
        for language in LANGUAGES
    }
