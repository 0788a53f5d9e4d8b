"""The answers of the two trained networks, flower by flower (gate 8).

An accuracy is a coarse thing: on Iris nearly every network, faulty ones too, gets 29 of 30 right. So each
answer counts: a different one is allowed only where the two largest logits lie closer together than the two
libraries' logits may lie apart.
"""

from types import ModuleType
from typing import Any

import numpy as np
import torch

import numpy_mlp
import torch_mlp
from compare import numpy_side, torch_side
from compare.budget import Approx, Rounding
from compare.checks import Check, Place
from numpy_mlp.data import Dataset


def prediction_gate(
    dataset: Dataset,
    ours: dict[str, np.ndarray],
    theirs: dict[str, np.ndarray],
    weight_limit: float,
    device: torch.device,
    place: Place,
    package: ModuleType = numpy_mlp,
) -> tuple[list[Check], list[dict[str, Any]]]:
    """Compare what the trained networks say of each test sample.

    Args:
        dataset: Where the test samples are.
        ours: The weights that NumPy trained.
        theirs: The weights that PyTorch trained.
        weight_limit: How far apart these may be.
        device: Where PyTorch runs.
        place: Where the checks stand.
        package: numpy_mlp, or any package with the same names.

    Returns:
        The checks, and an entry for each test sample.
    """
    sizes = (len(dataset.feature_names), *(len(b) for name, b in ours.items() if name.endswith("bias")))
    x, y = dataset.x_test, dataset.y_test
    model, twin = numpy_side.build(sizes, ours, package), torch_side.build(sizes, theirs, device)
    tensor, labels = torch.tensor(x, device=device), torch.tensor(y, device=device)
    logits = package.predict_logits(model, x), torch_side.to_array(torch_mlp.predict_logits(twin, tensor))
    proba = package.predict_proba(model, x), torch_side.to_array(torch_mlp.predict_proba(twin, tensor))
    answers = package.predict(model, x), torch_side.to_array(torch_mlp.predict(twin, tensor))

    rules, layers = Rounding.of(x.dtype), len(sizes) - 1
    exact = {name: rules.exact(data) for name, data in ours.items()}
    moved = {name: Approx(w.value, np.full_like(w.value, weight_limit)) for name, w in exact.items()}
    here, there = (
        rules.forward(rules.exact(x), weights, layers)[f"fc{layers}"] for weights in (exact, moved)
    )
    p_here, p_there = (rules.softmax(rules.log_softmax(z)) for z in (here, there))
    allowed = here.error + there.error
    checks = [
        place.arrays("logits", *logits, allowed, here.value),
        place.arrays("probabilities", *proba, p_here.error + p_there.error, p_here.value),
    ]
    flowers = []
    for i, (a, b) in enumerate(zip(*answers, strict=True)):
        second, first = np.argsort(here.value[i])[-2:]
        margin = float(here.value[i, first] - here.value[i, second])
        may_flip = margin <= allowed[i, first] + allowed[i, second]
        excused = may_flip and {int(a), int(b)} <= {int(first), int(second)}
        checks.append(place.fact(f"answer for test sample {i}", int(a), int(a) if excused else int(b)))
        flowers.append({
            "sample": i, "dtype": place.dtype, "device": place.device, "label": int(y[i]),
            "numpy": int(a), "numpy_probabilities": proba[0][i].tolist(),
            "torch": int(b), "torch_probabilities": proba[1][i].tolist(),
            "margin": margin, "may_flip": bool(may_flip),
        })  # fmt: skip
    for (who, library, counted), found in zip(
        (
            ("NumPy", package.accuracy(model, x, y), answers[0]),
            ("PyTorch", torch_mlp.accuracy(twin, tensor, labels), answers[1]),
        ),
        logits,
        strict=True,
    ):
        right = int((found.argmax(axis=1) == y).sum())
        checks.append(
            place.fact(
                f"{who}'s answers are its largest logits", counted.tolist(), found.argmax(axis=1).tolist()
            )
        )
        checks.append(place.fact(f"{who}'s accuracy, counted here", round(library * len(y), 6), float(right)))
    return checks, flowers
