"""The same network as PyTorch's user writes it.

Names are imported when they are first used, so that ``--help`` need not wait for PyTorch.
"""

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from typing import Any

for _name in ("numpy_mlp", "numpy", "torch"):
    _found = PathFinder.find_spec(_name)
    if _found and not _found.submodule_search_locations:
        # with this name, ``python -m`` prints the error in one line
        raise ImportError(f"{_found.origin} hides the package {_name}: rename it", name=__name__)

if sys.argv[:1] == ["-m"]:  # see ``compare``: Ctrl-C is quiet while ``python -m torch_mlp`` is looked for
    import_module("numpy_mlp.shared")

_HOME = {
    "MLP": "mlp",
    "accuracy": "inference",
    "choose_device": "device",
    "load_dataset": "data",
    "load_weights": "weights",
    "predict": "inference",
    "predict_logits": "inference",
    "predict_proba": "inference",
    "save_weights": "weights",
    "summarize": "summary",
    "train": "training",
}

__all__ = list(_HOME)


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'torch_mlp' has no attribute {name!r}")
    return getattr(import_module(f"torch_mlp.{_HOME[name]}"), name)
