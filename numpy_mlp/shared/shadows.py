"""Files of the current folder that hide a module: ``python -m`` and notebooks look there before all else."""

import os
import sys
from types import TracebackType


def hiding(error: BaseException) -> str:
    """Return which file of the current folder led to an error in the place of a module, or the empty text."""
    frames, trace = set(), error.__traceback__
    while isinstance(trace, TracebackType):
        frames.add(trace.tb_frame.f_code.co_filename)
        trace = trace.tb_next
    folder = os.path.abspath(sys.path[0] if sys.path else "")
    for file in sorted(os.listdir(folder) if os.path.isdir(folder) else []):
        name, path = os.path.splitext(file)[0], os.path.join(folder, file)
        ran = path in frames or getattr(sys.modules.get(name), "__file__", None) == path
        if file.endswith(".py") and ran and known_elsewhere(name, folder):
            return f"{path} hides the module {name} that is needed: rename it, or start in another folder"
    return ""


def known_elsewhere(name: str, folder: str) -> bool:
    """Return whether Python finds a module in its library, or in a folder of the path after the first."""
    from importlib.machinery import PathFinder

    others = [place for place in sys.path if os.path.abspath(place) != folder]
    return name in sys.stdlib_module_names or PathFinder.find_spec(name, others) is not None
