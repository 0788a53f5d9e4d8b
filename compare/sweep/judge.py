"""How good a trained network is: its losses, its right answers, and the units that never fire."""

from typing import Any

import numpy as np

import numpy_mlp
from compare import numpy_side
from numpy_mlp.data import Dataset

Judgement = tuple[float, float, int, int]


def judge_with_numpy(sizes: tuple[int, ...], weights: dict[str, np.ndarray], dataset: Dataset) -> Judgement:
    """Return training loss, test loss, right answers and dead units of a network of numpy_mlp."""
    model = numpy_side.build(sizes, weights)
    with numpy_mlp.no_grad():
        train, test = (dataset.x_train, dataset.y_train), (dataset.x_test, dataset.y_test)
        return judge(model, numpy_mlp.CrossEntropyLoss(), train, test)


def judge_with_torch(sizes: tuple[int, ...], weights: dict[str, np.ndarray], dataset: Dataset) -> Judgement:
    """Return training loss, test loss, right answers and dead units of a network of torch_mlp."""
    import torch

    from compare import torch_side
    from torch_mlp.data import to_device

    cpu = torch.device("cpu")
    data, model = to_device(dataset, cpu), torch_side.build(sizes, weights, cpu)
    with torch.no_grad():
        train, test = (data.x_train, data.y_train), (data.x_test, data.y_test)
        return judge(model, torch.nn.CrossEntropyLoss(), train, test)


def judge(model: Any, criterion: Any, train: tuple[Any, Any], test: tuple[Any, Any]) -> Judgement:
    """Judge a network of either library, on samples and labels of its own kind."""
    (x_train, y_train), (x_test, y_test) = train, test
    logits = model(x_test)
    right = int((logits.argmax(1) == y_test).sum())
    dead, x = 0, x_train
    for name, layer in model.named_children():
        x = layer(x)
        if name.startswith("relu"):
            # [y = 0 for all n]      (N, units) -> (units,), counted
            dead += int((x == 0).all(0).sum())
    return float(criterion(x, y_train)), float(criterion(logits, y_test)), right, dead
