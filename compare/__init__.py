"""The proof that numpy_mlp and torch_mlp agree (``compare.run``), and ``Reference``, for your own code."""

import signal
import sys
from importlib.machinery import PathFinder
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from compare.reference.reference import Reference

__all__ = ["Reference"]

# so Python calls its program while it looks for the module of ``python -m compare.run``
if sys.argv[:1] == ["-m"] and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    # Ctrl-C while NumPy is imported ends the command without a traceback; a command that runs has its own way
    signal.signal(signal.SIGINT, signal.SIG_DFL)

for _name in ("numpy_mlp", "torch_mlp", "numpy", "torch"):
    _found = PathFinder.find_spec(_name)
    if _found and not _found.submodule_search_locations:
        # with this name, ``python -m`` prints the error in one line
        raise ImportError(f"{_found.origin} hides the package {_name}: rename it", name=__name__)


def __getattr__(name: str) -> Any:
    """Import ``Reference`` when it is used first: with it comes PyTorch."""
    if name == "Reference":
        from compare.reference.reference import Reference

        return Reference
    raise AttributeError(f"module 'compare' has no attribute {name!r}")
