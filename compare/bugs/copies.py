"""Copies of numpy_mlp, in which functions can be replaced while the package in use stays as it is."""

import importlib
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import numpy_mlp.shared


@contextmanager
def set_aside(belongs: Callable[[str], bool]) -> Iterator[None]:
    """Hide the loaded modules whose names belong; in the end they replace what was imported meanwhile."""
    before = {name: module for name, module in sys.modules.items() if belongs(name)}
    try:
        for name in before:
            del sys.modules[name]
        yield
    finally:
        for name in [name for name in sys.modules if belongs(name)]:
            del sys.modules[name]
        sys.modules.update(before)


@contextmanager
def lent() -> Iterator[ModuleType]:
    """Let ``import numpy_mlp`` find a copy of the lesson, and yield the copy; ``numpy_mlp.shared`` stays."""
    with set_aside(lambda name: name.split(".")[0] == "numpy_mlp" and name.split(".")[1:2] != ["shared"]):
        package = importlib.import_module("numpy_mlp")
        vars(package)["shared"] = numpy_mlp.shared  # an import sets it only where it loads the module
        yield package


def copy_of_numpy_mlp() -> ModuleType:
    """Import the lesson once more, beside the one in use; ``numpy_mlp.shared`` is the same in both."""
    with lent() as package:
        return package


def replace(package: ModuleType, target: str, function: Any) -> None:
    """Put a function in the place of a package's function or method, wherever the package refers to it.

    The target is ``"linear.Linear.backward"`` for a method, ``"data.batches"`` for a function; where there is
    none, that is an AttributeError. For a class method, ``function`` is a classmethod object.
    """
    module, *path, name = target.split(".")
    owner = getattr(package, module)
    for part in path:
        owner = getattr(owner, part)
    original = getattr(owner, name)
    setattr(owner, name, function)
    if not path:
        # other modules that say "from ... import" hold the function, perhaps under another name
        for holder in (package, *(m for m in vars(package).values() if isinstance(m, ModuleType))):
            for alias in [alias for alias, value in vars(holder).items() if value is original]:
                setattr(holder, alias, function)
