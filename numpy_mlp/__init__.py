"""A neural network by hand, in plain NumPy.

Read the files in this order; each holds one idea, equation first:

    parameter.py, linear.py, relu.py, cross_entropy.py, mlp.py, sgd.py, training.py: the whole of it;
    init.py, no_grad.py, inference.py, summary.py, parallel.py, data.py: what stands around it.

``shared/`` holds what is no part of the lesson: weights files, histories, bars, commands, pictures.

``plots`` draws a training: ``numpy_mlp.plots.loss(history)``; it is loaded when it is first named.

``import numpy_mlp`` loads NumPy alone, and no more of it than ``import numpy`` does: scikit-learn, tqdm and
even ``numpy.random`` are imported when they are used (so the types of generators stand in quotes).
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy_mlp.shared  # noqa: F401 - first, so that Ctrl-C is quiet while a command imports NumPy
from numpy_mlp.cross_entropy import CrossEntropyLoss
from numpy_mlp.data import load_dataset
from numpy_mlp.inference import accuracy, predict, predict_logits, predict_proba
from numpy_mlp.linear import Linear
from numpy_mlp.mlp import MLP
from numpy_mlp.no_grad import no_grad
from numpy_mlp.parallel import average_gradients, shards, shares
from numpy_mlp.parameter import Parameter
from numpy_mlp.relu import ReLU
from numpy_mlp.sgd import SGD
from numpy_mlp.shared.weights import load_weights, save_weights
from numpy_mlp.summary import summarize
from numpy_mlp.training import train

if TYPE_CHECKING:
    from numpy_mlp import plots as plots

__all__ = [
    "MLP",
    "SGD",
    "CrossEntropyLoss",
    "Linear",
    "Parameter",
    "ReLU",
    "accuracy",
    "average_gradients",
    "load_dataset",
    "load_weights",
    "no_grad",
    "predict",
    "predict_logits",
    "predict_proba",
    "save_weights",
    "shards",
    "shares",
    "summarize",
    "train",
]


def __getattr__(name: str) -> Any:
    if name != "plots":
        raise AttributeError(f"module 'numpy_mlp' has no attribute {name!r}")
    return import_module("numpy_mlp.plots")
