"""PyTorch's numbers for a step, by the names that learners use."""

from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import nn

from compare import torch_side
from compare.reference.formulas import Layout, Network
from compare.reference.shapes import trace_name
from compare.scenario import Scenario

if TYPE_CHECKING:
    from compare.reference.judging import Task
    from compare.reference.reference import Reference

MODULES: dict[str, type[nn.Module]] = {"relu": nn.ReLU, "sigmoid": nn.Sigmoid, "tanh": nn.Tanh}


def torch_numbers(
    ref: "Reference", task: "Task", network: Network, dtype: np.dtype[Any]
) -> dict[str, np.ndarray]:
    """Return every array of a step as PyTorch computes it, in the layout of the task.

    The loss is the mean, the gradients are its slopes; weights after the step are made with the task's lr.
    """
    layout, weights = task.layout, {}
    for name, array in task.inputs.items():
        if name[0] in "Wb":
            kind = "weight" if name[0] == "W" else "bias"
            upright = array.ravel() if name[0] == "b" else array.T if layout.inputs_first else array
            weights[f"fc{name[1:]}.{kind}"] = np.ascontiguousarray(upright, dtype)
    x = np.ascontiguousarray(task.inputs["x"].T if layout.columns else task.inputs["x"], dtype)
    sgd = {"lr": task.constants.get("lr", 0.0)}
    scenario = Scenario("a learner's step", "", ref.sizes, weights, x, task.y, sgd)
    model = torch_side.build(ref.sizes, weights)
    for name, layer in model.named_children():
        if isinstance(layer, nn.ReLU):
            setattr(model, name, MODULES[ref.activation]())
    trace = torch_side.run(scenario, model=model)
    found = {}
    for name in network.names:
        if name == "probs":
            logits = torch.tensor(trace[f"fc{ref.layers}"])
            array = torch.softmax(logits, dim=1).numpy()
        else:
            array = trace[trace_name(name, ref.layers)]
        found[name] = in_layout(name, array, layout)
    return found


def in_layout(name: str, array: np.ndarray, layout: Layout) -> np.ndarray:
    """Return one of PyTorch's arrays as it lies in a layout."""
    core = name.removesuffix("_new").removeprefix("d")
    if core[0] == "W":
        return array.T if layout.inputs_first else array
    if core[0] == "b":
        return array[:, None] if layout.columns else array
    return array.T if layout.columns else array
