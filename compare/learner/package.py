"""A learner's own package: where it is, what it must offer, and what it lacks."""

import contextlib
import importlib.util
from collections.abc import Sequence
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

# what the gates call, and how: all that a package must offer
NEEDED = {
    "MLP": "MLP(*sizes, seed=None, dtype=np.float32), called with x; its layers are fc1, relu, fc2, ...",
    "MLP.backward": "model.backward(grad_logits) goes through the backward of each layer",
    "MLP.parameters": "yields parameters with data, grad and requires_grad",
    "MLP.named_parameters": 'yields ("fc1.weight", parameter), ("fc1.bias", parameter), ...',
    "MLP.named_children": 'yields ("fc1", layer), ("relu", layer), ...; layers have forward and backward',
    "MLP.state_dict": "returns the arrays of the weights by name",
    "MLP.load_state_dict": "copies arrays in, by name",
    "MLP.train": "sets training to True and returns the model",
    "MLP.eval": "sets training to False and returns the model",
    "Linear": "Linear(in_features, out_features, dtype=np.float32): weight (out, in) and bias (out,)",
    "Linear.forward": "(N, in) -> (N, out)",
    "Linear.backward": "(N, out) -> (N, in); adds to weight.grad and bias.grad",
    "CrossEntropyLoss": 'CrossEntropyLoss(reduction="mean"), called with logits and labels',
    "CrossEntropyLoss.backward": "returns dL/dlogits",
    "SGD": "SGD(params, lr, momentum, dampening, weight_decay, nesterov, maximize=False)",
    "SGD.zero_grad": "forgets the gradients",
    "SGD.step": "changes the parameters in place",
    "train": "train(model, optimizer, x, y, epochs=, batch_size=, seed=, snapshot_every=) -> a History",
    "no_grad": "with no_grad(): forward passes keep nothing",
    "predict_logits": "predict_logits(model, x) -> (N, classes)",
    "predict_proba": "predict_proba(model, x) -> (N, classes)",
    "predict": "predict(model, x) -> (N,)",
    "accuracy": "accuracy(model, x, y) -> a fraction",
    "summarize": "summarize(model, input_size, col_names) -> a summary",
    "load_dataset": "load_dataset(name, dtype=) -> a Dataset",
    "data.batches": "batches(x, y, batch_size, rng) yields (x, y); in a package of one file: batches",
}


def find(target: str) -> Path:
    """Return the folder of a package, or the file of one of a single file; nothing of it is run.

    The target is a path, or the name of a module.

    Raises:
        ValueError: there is no such package.
    """
    place = Path(target)
    if not place.exists() and all(part.isidentifier() for part in target.split(".")):
        top, *rest = target.split(".")
        # a broken __spec__ of something half-loaded is no package either
        with contextlib.suppress(ValueError):
            spec = importlib.util.find_spec(top)
            if spec and spec.submodule_search_locations:
                place = Path(next(iter(spec.submodule_search_locations)), *rest)
            elif spec and spec.has_location and spec.origin and not rest:
                place = Path(spec.origin)
    if not place.exists() or (place.is_file() and place.suffix != ".py"):
        raise ValueError(
            f"expected a package's folder, a .py file or a module's name, found none at {target}"
        )
    place = place.resolve()
    if place.is_dir() and not (place / "__init__.py").is_file():
        raise ValueError(f"{target} is no package: it has no __init__.py")
    if place.name == "__init__.py":
        place = place.parent
    if not place.stem.isidentifier() or (place.is_dir() and place.suffix):
        raise ValueError(f"{place.name} can't be imported: a package's name is letters, digits and _")
    return place


def missing(package: ModuleType) -> list[str]:
    """Return the names that the gates need and the package lacks; nothing of a class that it lacks."""
    start: Any = package
    found = [
        name for name in NEEDED
        if reduce(lambda owner, part: getattr(owner, part, None), name.split("."), start) is None
    ]  # fmt: skip
    return [name for name in found if name.partition(".")[0] not in found or "." not in name]


def lacking(names: Sequence[str]) -> str:
    """Return what a package lacks, what each of it must be, and from where it can be taken."""
    lines = [f"the package lacks {', '.join(names)}:"]
    lines += [f"  {name:<16} {NEEDED[name]}" for name in names]
    tops = ["data" if name == "data.batches" else name for name in names if "." not in name or "data" in name]
    if tops:
        lines.append(f"  what you don't write can be ours: from numpy_mlp import {', '.join(tops)}")
    return "\n".join(lines)
