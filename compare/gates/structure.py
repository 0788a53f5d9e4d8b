"""Gate 1: names, shapes, dtypes, counts and summaries; copies of the same weights. Gate 2: the first draw."""

import inspect
from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import Any

import numpy as np
import torch

from compare import torch_side
from compare.checks import EXACT, FORM, Allowed, CheckContext
from compare.gate import Gate, gate
from compare.trace import Trace
from numpy_mlp.shared.cli.flags import SGD_FLAGS
from torch_mlp.summary import summarize, table
from torch_mlp.weights import to_numpy

COLUMNS = (
    "input_size", "output_size", "num_params", "params_percent", "kernel_size", "mult_adds", "trainable",
)  # fmt: skip
BATCH_SIZE = 16
LARGE = (40, 300, 200, 30)


def structure_gate(
    dtype: str, sizes: tuple[int, ...], weights: dict[str, np.ndarray], frozen: frozenset[str] = frozenset()
) -> Gate:
    """Return the gate of a network's structure, with some parameters frozen."""
    weights = {name: data.astype(dtype) for name, data in weights.items()}
    twin = torch_side.build(sizes, weights, frozen=frozen)
    shape = (BATCH_SIZE, sizes[0])
    torchinfo = summarize(twin, shape, COLUMNS)
    reference = facts(twin, torch.nn.CrossEntropyLoss(), torch.optim.SGD)
    reference |= parameter_facts(to_numpy(twin.state_dict()), weights)
    reference |= summary_facts(torchinfo, table(torchinfo), torchinfo.total_params)

    def record(trace: Trace, package: ModuleType) -> None:
        given = {name: data.copy() for name, data in weights.items()}
        model = package.MLP(*sizes, seed=0, dtype=np.dtype(dtype).type)
        model.load_state_dict(given)
        for name, param in model.named_parameters():
            param.requires_grad = name not in frozen
        trace.update(facts(model, package.CrossEntropyLoss(), package.SGD))
        data = {name: param.data for name, param in model.named_parameters()}
        trace.update(parameter_facts(data, given))
        summary = package.summarize(model, shape, COLUMNS)
        trace.update(summary_facts(summary, str(summary), sum(array.size for array in data.values())))

    name = "preparation, partly frozen" if frozen else "preparation"
    return gate(CheckContext(name, "structure", dtype), record, Trace(reference), budget(reference))


def large_summary_gate(dtype: str) -> Gate:
    """Return the gate of the summary of a network so large that every printed number has digits."""
    shape, twin = (1000, LARGE[0]), torch_side.fresh_model(LARGE, 0).to(getattr(torch, dtype))
    torchinfo = summarize(twin, shape, COLUMNS)

    def record(trace: Trace, package: ModuleType) -> None:
        summary = package.summarize(package.MLP(*LARGE, dtype=np.dtype(dtype).type), shape, COLUMNS)
        trace.update(summary_facts(summary, str(summary), summary.total_params))

    reference = summary_facts(torchinfo, table(torchinfo), torchinfo.total_params)
    context = CheckContext("large network", "structure", dtype)
    return gate(context, record, Trace(reference), budget(reference))


def same_seed_gate(dtype: str, sizes: tuple[int, ...], seed: int) -> Gate:
    """Return gate 2: the initial weights, bit for bit; a float64 model holds the float32 draws, cast."""
    twin = torch_side.fresh_model(sizes, seed).to(getattr(torch, dtype))

    def record(trace: Trace, package: ModuleType) -> None:
        model = package.MLP(*sizes, seed=seed, dtype=np.dtype(dtype).type)
        trace.update({name: np.array(data) for name, data in model.state_dict().items()})

    return gate(CheckContext("preparation", "same seed", dtype), record, Trace(to_numpy(twin.state_dict())))


def budget(entries: Iterable[str]) -> dict[str, Allowed]:
    """Return a budget of equality; a text that changes no number with its words is a matter of form."""
    form = ("print(", "defaults of SGD", "eval(), train()", "summary line", "lines of")
    return {entry: FORM if entry.startswith(form) else EXACT for entry in entries}


def facts(model: Any, criterion: object, optimizer: type) -> dict[str, Any]:
    """Return what both libraries say of a network, its loss and its optimiser."""
    modes = [model.training]
    for switch in (model.eval, model.train):  # whether it returns the model, and the mode after it
        modes += [switch() is model, model.training]
    defaults = inspect.signature(optimizer).parameters
    return {
        "names": [name for name, _ in model.named_parameters()],
        "state_dict": list(model.state_dict()),
        "print(model)": text_of(model),
        "eval(), train()": modes,
        "print(criterion)": text_of(criterion),
        "defaults of SGD": {name: defaults[name].default for name in SGD_FLAGS if name in defaults},
    }


def text_of(thing: object) -> str:
    """Return what ``print`` shows, or the error that it ends in: a matter of form keeps no number away."""
    try:
        return repr(thing)
    except Exception as error:
        return f"{type(error).__name__}: {error}"


def parameter_facts(data: Mapping[str, np.ndarray], given: Mapping[str, np.ndarray]) -> dict[str, Any]:
    """Return each parameter's numbers, their count, and whether it kept the caller's array, not a copy."""
    found: dict[str, Any] = {}
    for name, array in data.items():
        found[f"{name} after copying"] = np.array(array)
        found[f"{name} counted"] = int(array.size)
        found[f"{name} shares memory"] = bool(np.shares_memory(array, given[name]))
    return found


def summary_facts(summary: Any, text: str, numbers: int) -> dict[str, Any]:
    """Return a summary's totals, and its text line by line."""
    lines = text.splitlines()
    return {
        "parameters in all": summary.total_params,
        "trainable parameters": summary.trainable_params,
        "sum over named_parameters": numbers,
        "multiply-adds in all": int(summary.total_mult_adds),
        "lines of the summary": len(lines),
        **{f"summary line {i}": line for i, line in enumerate(lines, start=1)},
    }
