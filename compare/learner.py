"""A learner's own package: where it is, what it lacks, and what went wrong in it, in one paragraph."""

import contextlib
import importlib
import importlib.util
import sys
import traceback
from pathlib import Path
from types import ModuleType

# What the gates call; a package that has these can be put through all of them.
NEEDED = (
    "MLP",
    "SGD",
    "CrossEntropyLoss",
    "train",
    "no_grad",
    "summarize",
    "load_dataset",
    "predict",
    "predict_logits",
    "predict_proba",
    "accuracy",
    "data.batches",
)

LONGEST = 300


def find(target: str) -> Path:
    """Return the folder of a package that is named by its path or as a module; nothing of it is run.

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
    """Import the package in a folder, also where another one of the same name is in use.

    Whatever the package raises while it is imported passes through.
    """
    name = folder.name
    others = {key: module for key, module in sys.modules.items() if key.partition(".")[0] == name}
    for key in others:
        del sys.modules[key]
    sys.path.insert(0, str(folder.parent))
    importlib.invalidate_caches()
    try:
        return importlib.import_module(name)
    finally:
        if others:
            for key in [key for key in sys.modules if key.partition(".")[0] == name]:
                del sys.modules[key]
            sys.modules.update(others)
            sys.path.remove(str(folder.parent))


def missing(package: ModuleType) -> list[str]:
    """Return the names that the gates need and the package lacks."""

    def has(dotted: str) -> bool:
        value: object = package
        for part in dotted.split("."):
            value = getattr(value, part, None)
        return value is not None

    return [name for name in NEEDED if not has(name)]


def paragraph(error: BaseException, folder: Path) -> str:
    """Return what went wrong and where in the learner's files; nothing of this project's own code.

    >>> paragraph(SystemExit(3), Path("mine"))
    'it called exit(3), where a result was to be returned'
    """
    message = str(error).strip() or "(without a message)"
    text = f"{type(error).__name__}: {message}"
    if isinstance(error, SystemExit):
        text = f"it called exit({error.code}), where a result was to be returned"
    if len(text) > LONGEST:
        text = f"{text[:LONGEST]} ..."
    if isinstance(error, SyntaxError) and error.filename and inside(error.filename, folder):
        line = (error.text or "").strip()
        return (
            f"{type(error).__name__}: {error.msg}\n"
            f"  in {within(error.filename, folder)}, line {error.lineno}: {line}"
        )
    frames = [f for f in traceback.extract_tb(error.__traceback__, limit=-2000) if inside(f.filename, folder)]
    if frames:
        last = frames[-1]
        text += f"\n  in {within(last.filename, folder)}, line {last.lineno}, in {last.name}: {last.line}"
    elif not isinstance(error, SystemExit):
        text += (
            "\n  raised after the learner's code had returned: has what it returns the right type and shape?"
        )
    return text


def inside(filename: str, folder: Path) -> bool:
    """Tell whether a file belongs to the package."""
    return Path(filename).is_relative_to(folder)


def within(filename: str, folder: Path) -> str:
    """Return a file's name as its writer knows it: from the package's own name on."""
    return str(Path(filename).relative_to(folder.parent))
