"""Before anything is computed: the same data, the same structure, the same random draws (gates 0 to 2)."""

import inspect
from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import torch
from sklearn import datasets
from sklearn.model_selection import train_test_split
from sklearn.preprocessing import MinMaxScaler

import numpy_mlp
from compare import numpy_side, torch_side
from compare.checks import Check, Place
from numpy_mlp.cli.flags import SGD_FLAGS
from numpy_mlp.data import Dataset
from torch_mlp import data as torch_data
from torch_mlp.summary import summarize, table


def data_gate(place: Place, name: str, seed: int, package: ModuleType = numpy_mlp) -> list[Check]:
    """Compare prepared arrays with scikit-learn's, done afresh, and batches with indices drawn afresh."""
    dataset: Dataset = package.load_dataset(name, dtype=np.dtype(place.dtype).type)
    bunch = getattr(datasets, f"load_{name}")()
    x_train, x_test, y_train, y_test = train_test_split(
        bunch.data, bunch.target, test_size=0.2, random_state=42
    )
    scaler = MinMaxScaler().fit(x_train)
    u = np.finfo(place.dtype).eps / 2
    checks = []
    for part, raw in (("x_train", x_train), ("x_test", x_test)):
        theirs = scaler.transform(raw)
        # (x - min) / span on one side, x · scale + shift on the other: at most 5 roundings in float64 of
        # numbers up to (|x| + |min|) / span, then each result is rounded to the dtype
        error = 5 * 2.0**-53 * (np.abs(raw) + np.abs(scaler.data_min_)) * np.abs(scaler.scale_)
        allowed = 2 * (error + u * np.abs(theirs) * (place.dtype == "float32"))
        checks.append(place.arrays(part, getattr(dataset, part), theirs.astype(place.dtype), allowed, theirs))
    checks.append(place.arrays("y_train", dataset.y_train, y_train.astype(np.int64), 0))
    checks.append(place.arrays("y_test", dataset.y_test, y_test.astype(np.int64), 0))
    checks.append(place.arrays("data_min", dataset.scaler.data_min, scaler.data_min_, 0))
    checks.append(place.arrays("data_max", dataset.scaler.data_max, scaler.data_max_, 0))

    x, y, size = dataset.x_train, dataset.y_train, 50
    order = np.random.default_rng(seed).permutation(len(x))
    ours = list(package.data.batches(x, y, size, np.random.default_rng(seed)))
    tensors = (torch.tensor(x), torch.tensor(y))
    theirs = list(torch_data.batches(*tensors, size, np.random.default_rng(seed)))
    checks.append(place.fact("batch sizes", [len(b) for b, _ in ours], [len(b) for b, _ in theirs]))
    for i, part in enumerate(("x", "y")):
        joined = np.concatenate([batch[i] for batch in ours])
        twin = torch_side.to_array(torch.cat([batch[i] for batch in theirs]))
        checks.append(place.arrays(f"batches of {part} as PyTorch's", joined, twin, 0))
        checks.append(place.arrays(f"batches of {part} as drawn afresh", joined, (x, y)[i][order], 0))
    return checks


def defaults(optimizer: Callable[..., object]) -> dict[str, Any]:
    """Return the default of each argument that both libraries' SGD take."""
    parameters = inspect.signature(optimizer).parameters
    return {name: parameters[name].default for name in SGD_FLAGS if name in parameters}


def modes(model: Any) -> list[bool]:
    """Return a new model's mode; after eval() and train(), whether each returns it, and the mode."""
    found = [model.training]
    for switch in (model.eval, model.train):
        found += [switch() is model, model.training]
    return found


def structure_gate(
    place: Place, sizes: tuple[int, ...], weights: dict[str, np.ndarray], package: ModuleType = numpy_mlp
) -> list[Check]:
    """Compare names, shapes, dtypes, counts and summaries; the two models share no memory."""
    ours = numpy_side.build(sizes, weights, package)
    theirs = torch_side.build(sizes, weights, torch.device("cpu"))
    parameters = dict(theirs.named_parameters())
    checks = [
        place.fact("names", [name for name, _ in ours.named_parameters()], list(parameters)),
        place.fact("state_dict", list(ours.state_dict()), list(theirs.state_dict())),
        place.fact("print(model)", repr(ours), repr(theirs)),
        place.fact("eval(), train()", modes(ours), modes(theirs)),
        place.fact("print(criterion)", repr(package.CrossEntropyLoss()), repr(torch.nn.CrossEntropyLoss())),
        place.fact("defaults of SGD", defaults(package.SGD), defaults(torch.optim.SGD)),
    ]
    for name, param in ours.named_parameters():
        twin = torch_side.to_array(parameters[name]) if name in parameters else np.empty(0)
        checks.append(place.arrays(f"{name} after copying", param.data, twin, 0))
        checks.append(place.fact(f"{name} counted", param.data.size, twin.size))
        shared = name in parameters and np.shares_memory(param.data, parameters[name].detach().numpy())
        checks.append(place.fact(f"{name} shares memory", bool(shared), False))
    shape = (16, sizes[0])
    columns = (
        "input_size",
        "output_size",
        "num_params",
        "params_percent",
        "kernel_size",
        "mult_adds",
        "trainable",
    )
    summary, torchinfo = package.summarize(ours, shape, columns), summarize(theirs, shape, columns)
    checks.append(place.fact("parameters in all", summary.total_params, torchinfo.total_params))
    checks.append(place.fact("trainable parameters", summary.trainable_params, torchinfo.trainable_params))
    checks.append(
        place.fact(
            "sum over named_parameters", sum(p.data.size for p in ours.parameters()), torchinfo.total_params
        )
    )
    texts = str(summary).splitlines(), table(torchinfo).splitlines()
    checks.append(place.fact("lines of the summary", len(texts[0]), len(texts[1])))
    checks += [
        place.fact(f"summary line {i}", *pair) for i, pair in enumerate(zip(*texts, strict=False), start=1)
    ]
    return checks


def same_seed_gate(
    place: Place, sizes: tuple[int, ...], seed: int, package: ModuleType = numpy_mlp
) -> list[Check]:
    """Compare what each library draws from the same seed, bit for bit."""
    ours = package.MLP(*sizes, seed=seed, dtype=np.dtype(place.dtype).type).state_dict()
    theirs = torch_side.drawn(sizes, seed).to(getattr(torch, place.dtype)).state_dict()
    return [
        place.arrays(name, data, torch_side.to_array(theirs[name]), 0)
        if name in theirs
        else place.fact(name, name, "missing")
        for name, data in ours.items()
    ]
