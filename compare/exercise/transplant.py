"""One piece of a learner's package put into a correct network, so that nothing else can be to blame."""

import importlib.util
import inspect
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

from compare.exercise.pieces import Piece
from compare.packages import copy_of_numpy_mlp, replace


class MissingPieceError(Exception):
    """The learner's file has no such function any more."""


def transplanted(folder: Path, piece: Piece, *, whole_class: bool = False) -> ModuleType:
    """Return a fresh copy of numpy_mlp in which one piece is the learner's.

    Args:
        folder: The learner's package.
        piece: What to take from it.
        whole_class: Take all methods of its class, and no others: ``forward`` and ``backward`` that keep
            something else between them than ours can only be right together.

    Raises:
        MissingPieceError: the file or the function is gone.
        BaseException: whatever the learner's file raises while it is run.
    """
    package = copy_of_numpy_mlp()
    correct: ModuleType = getattr(package, piece.file.removesuffix(".py"))
    with surroundings(folder, package):
        theirs = execute(folder, piece)
    scope = merged(theirs, correct, package, folder.name)
    *owner, name = piece.path
    if not owner:
        twin = rebound(attribute(theirs, name, piece), scope)
        scope[name] = twin
        replace(package, piece.target, twin)
        return package
    their_class, our_class = attribute(theirs, owner[0], piece), getattr(correct, owner[0])
    attribute(their_class, name, piece)
    for key, value in list(vars(their_class).items()):
        # what our class lacks are helpers of the learner's own
        if key == name or key not in vars(our_class) or (whole_class and inspect.isfunction(value)):
            setattr(our_class, key, rebound(value, scope))
    if whole_class:
        for key, value in list(vars(our_class).items()):
            if inspect.isfunction(value) and key not in vars(their_class):
                delattr(our_class, key)
    return package


@contextmanager
def surroundings(folder: Path, package: ModuleType) -> Iterator[None]:
    """Let imports of the learner's package find a correct one, besides files that only the learner has.

    A mistake in one file then can't keep another file from being imported.
    """
    name = folder.name
    stand_in = ModuleType(name)
    stand_in.__dict__.update({k: v for k, v in vars(package).items() if not k.startswith("__")})
    stand_in.__path__ = [str(folder)]
    modules = {
        f"{name}.{key}": value for key, value in vars(package).items() if isinstance(value, ModuleType)
    }
    before = {key: module for key, module in sys.modules.items() if key.partition(".")[0] == name}
    for key in before:
        del sys.modules[key]
    sys.modules.update({name: stand_in, **modules})
    try:
        yield
    finally:
        for key in [key for key in sys.modules if key.partition(".")[0] == name]:
            del sys.modules[key]
        sys.modules.update(before)


def execute(folder: Path, piece: Piece) -> ModuleType:
    """Run one file of the learner's, as a module of its own."""
    path = folder / piece.file
    if not path.is_file():
        raise MissingPieceError(f"{folder.name} has no file {piece.file}")
    spec = importlib.util.spec_from_file_location(f"{folder.name}.{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def attribute(holder: Any, name: str, piece: Piece) -> Any:
    """Return a function or class as it stands in the learner's file."""
    try:
        return vars(holder)[name]
    except (KeyError, TypeError):
        raise MissingPieceError(f"{piece.file} has no {'.'.join(piece.path)} any more") from None


def merged(theirs: ModuleType, correct: ModuleType, package: ModuleType, name: str) -> dict[str, Any]:
    """Return what the learner's functions refer to: ours where we have it, theirs where only they do."""
    scope = {**vars(theirs)}
    for key, value in vars(correct).items():
        if not key.startswith("__"):
            scope[key] = value
    for key, value in vars(theirs).items():
        if key not in vars(correct) and inspect.isfunction(value) and value.__module__ == theirs.__name__:
            scope[key] = rebound(value, scope)
    return scope


def rebound(value: Any, scope: dict[str, Any]) -> Any:
    """Return a function that does the same, with the names of ``scope`` as its globals."""
    if not isinstance(value, FunctionType):
        return value
    twin = FunctionType(value.__code__, scope, value.__name__, value.__defaults__, value.__closure__)
    twin.__kwdefaults__ = value.__kwdefaults__
    return twin
