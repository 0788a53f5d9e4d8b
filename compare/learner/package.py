"""A learner's own package: where it is, what it lacks, and what went wrong in it, in one paragraph."""

import contextlib
import importlib
import importlib.util
import sys
import traceback
from functools import reduce
from pathlib import Path
from types import ModuleType
from typing import Any

# what the gates call
NEEDED = (
    "MLP", "SGD", "CrossEntropyLoss", "train", "no_grad", "summarize", "load_dataset", "predict",
    "predict_logits", "predict_proba", "accuracy", "data.batches",
)  # fmt: skip
LONGEST = 300


def find(target: str) -> Path:
    """Return the folder of a package, named by its path or as a module; nothing of it is run.

    Raises:
        ValueError: there is no such package.
    """
    folder = Path(target)
    if not folder.is_dir() and all(part.isidentifier() for part in target.split(".")):
        top, *rest = target.split(".")
        # a broken __spec__ of something half-loaded is no package either
        with contextlib.suppress(ValueError):
            spec = importlib.util.find_spec(top)
            if spec and spec.submodule_search_locations:
                folder = Path(next(iter(spec.submodule_search_locations)), *rest)
    if not folder.is_dir():
        raise ValueError(f"expected a package's folder or module name, found none at {target}")
    folder = folder.resolve()
    if not (folder / "__init__.py").is_file():
        raise ValueError(f"{target} is no package: it has no __init__.py")
    if not folder.name.isidentifier():
        raise ValueError(f"{folder.name} can't be imported: a package's name is letters, digits and _")
    return folder


def load(folder: Path) -> ModuleType:
    """Import the package in a folder, also where another one of the same name is in use."""

    def taken_out() -> dict[str, ModuleType]:
        names = [name for name in sys.modules if name.partition(".")[0] == folder.name]
        return {name: sys.modules.pop(name) for name in names}

    others = taken_out()
    sys.path.insert(0, str(folder.parent))
    importlib.invalidate_caches()
    try:
        return importlib.import_module(folder.name)
    finally:
        if others:
            taken_out()
            sys.modules.update(others)
            sys.path.remove(str(folder.parent))


def missing(package: ModuleType) -> list[str]:
    """Return the names that the gates need and the package lacks."""
    start: Any = package
    return [
        name for name in NEEDED
        if reduce(lambda owner, part: getattr(owner, part, None), name.split("."), start) is None
    ]  # fmt: skip


def paragraph(error: BaseException, folder: Path) -> str:
    """Return what went wrong and where in the learner's files; nothing of this project's own code.

    >>> paragraph(SystemExit(3), Path("mine"))
    'it called exit(3), where a result was to be returned'
    """
    text = f"{type(error).__name__}: {str(error).strip() or '(without a message)'}"
    if isinstance(error, SystemExit):
        text = f"it called exit({error.code}), where a result was to be returned"
    text = text if len(text) <= LONGEST else f"{text[:LONGEST]} ..."
    if isinstance(error, SyntaxError) and (file := within(error.filename or "", folder)):
        line = (error.text or "").strip()
        return f"{type(error).__name__}: {error.msg}\n  in {file}, line {error.lineno}: {line}"
    # the newest frames of a recursion without an end are enough
    for frame in reversed(traceback.extract_tb(error.__traceback__, limit=-2000)):
        if file := within(frame.filename, folder):
            return f"{text}\n  in {file}, line {frame.lineno}, in {frame.name}: {frame.line}"
    if isinstance(error, SystemExit):
        return text
    where = "raised after the learner's code had returned: has what it returns the right type and shape?"
    return f"{text}\n  {where}"


def within(filename: str, folder: Path) -> str:
    """Return the name of a package's file, from the package's name on; empty for any other file."""
    file = Path(filename)
    return str(file.relative_to(folder.parent)) if file.is_relative_to(folder) else ""
