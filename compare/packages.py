"""NumPy packages to put through the gates: numpy_mlp itself, and copies of it with something replaced."""

import importlib
import sys
from collections.abc import Callable
from types import ModuleType
from typing import Any


def copy_of_numpy_mlp() -> ModuleType:
    """Import numpy_mlp once more, beside the one in use; changes to the copy stay there."""
    ours = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "numpy_mlp"}
    for name in ours:
        del sys.modules[name]
    try:
        return importlib.import_module("numpy_mlp")
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == "numpy_mlp"]:
            del sys.modules[name]
        sys.modules.update(ours)


def replace(package: ModuleType, target: str, twin: Callable[..., Any]) -> None:
    """Put ``twin`` in the place of a package's function or method, wherever the package refers to it.

    Args:
        package: What ``copy_of_numpy_mlp`` returned.
        target: ``"linear.Linear.backward"`` for a method, ``"data.batches"`` for a function.
        twin: A function with the same arguments; a classmethod object for a class method.

    Raises:
        AttributeError: there is nothing of that name.
    """
    module, *path, name = target.split(".")
    owner = getattr(package, module)
    for part in path:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    setattr(owner, name, twin)
    if not path:
        # other modules that say "from ... import" hold the function under a name of their own
        for holder in (package, *(m for m in vars(package).values() if isinstance(m, ModuleType))):
            for alias, value in list(vars(holder).items()):
                if value is original:
                    setattr(holder, alias, twin)
