"""The proof that numpy_mlp and torch_mlp agree (``compare.run``), and ``Reference``, for your own code."""

import sys
from importlib import import_module
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.reference.reference import Reference

__all__ = ["Reference"]

for _name in ("numpy_mlp", "torch_mlp", "numpy", "torch"):
    _found = PathFinder.find_spec(_name)
    if _found and not _found.submodule_search_locations:
        # with this name, ``python -m`` prints the error in one line
        raise ImportError(f"{_found.origin} hides the package {_name}: rename it", name=__name__)

if sys.argv[:1] == ["-m"]:
    # so Python calls its program while it looks for the module of ``python -m compare.run``: this import
    # makes Ctrl-C quiet before it loads NumPy; ``import compare`` in a program loads nothing
    import_module("numpy_mlp.shared")


def __getattr__(name: str) -> Any:
    """Import ``Reference`` when it is used first: with it comes PyTorch."""
    if name == "Reference":
        from compare.reference.reference import Reference

        return Reference
    raise AttributeError(f"module 'compare' has no attribute {name!r}")
