"""One piece of a learner's package put into a correct network, so that nothing else can be to blame."""

import importlib.util
import inspect
import sys
from functools import reduce
from pathlib import Path
from types import CellType, FunctionType, ModuleType
from typing import Any

from compare.bugs.copies import copy_of_numpy_mlp, replace, set_aside
from compare.bugs.patch import Patch, apply
from compare.exercise.pieces import Piece

# What the exercise gave and asked for when its packages were self-contained: the loss kept onehot(y) where
# it now keeps y, and the network kept its layers in a dictionary.
LOSS, NETWORK = "cross_entropy.CrossEntropyLoss", "mlp.MLP.__init__"
ONE_HOT = "(log_p, np.arange(logits.shape[1]) == labels[:, None])"
LABELS = "log_p, labels = self.saved[0], self.saved[1].argmax(axis=1)"
LAYERS = "self.layer_names, self._layers = [], {}"
SELF_CONTAINED = (
    Patch(f"{LOSS}.forward", right="(log_p, labels)", wrong=ONE_HOT),
    Patch(f"{LOSS}.backward", right="log_p, labels = self.saved", wrong=LABELS),
    Patch(NETWORK, right="self.layer_names: list[str] = []", wrong=LAYERS),
)


class MissingPieceError(Exception):
    """The learner's folder lacks the file of a piece, or the file lacks its function."""


def transplanted(folder: Path, piece: Piece, *, whole_class: bool = False) -> ModuleType:
    """Return a fresh copy of numpy_mlp in which one piece is the learner's.

    ``whole_class`` takes all methods of its class, and no others: ``forward`` and ``backward`` that keep
    something else between them than ours can only be right together.

    Raises:
        MissingPieceError: the file or the function is gone.
        BaseException: whatever the learner's file raises while it is run.
    """
    package = copy_of_numpy_mlp()
    if (folder / "history.py").is_file():
        apply(SELF_CONTAINED, package)
    correct: ModuleType = getattr(package, piece.file.removesuffix(".py"))
    theirs = execute(folder, piece, package)
    try:
        function = reduce(lambda holder, name: vars(holder)[name], piece.path, theirs)
    except (KeyError, TypeError):
        raise MissingPieceError(f"{piece.file} has no {'.'.join(piece.path)} any more") from None
    scope = merged(theirs, correct)
    *owner, name = piece.path
    if not owner:
        scope[name] = rebound(function, scope)
        replace(package, piece.target, scope[name])
        return package
    their_class, our_class = getattr(theirs, owner[0]), getattr(correct, owner[0])
    for key, value in list(vars(their_class).items()):
        # what our class lacks are the learner's own helpers
        if key == name or key not in vars(our_class) or (whole_class and inspect.isfunction(value)):
            setattr(our_class, key, rebound(value, scope, our_class))
    if whole_class:
        for key, value in list(vars(our_class).items()):
            if inspect.isfunction(value) and key not in vars(their_class):
                delattr(our_class, key)
    return package


def execute(folder: Path, piece: Piece, package: ModuleType) -> ModuleType:
    """Run the learner's file of a piece as a module.

    Its imports from the learner's package find a correct one, besides files that only the learner has: a
    mistake in one file can't keep another file from being imported.
    """
    path, name = folder / piece.file, folder.name
    if not path.is_file():
        raise MissingPieceError(f"{name} has no file {piece.file}")
    stand_in = ModuleType(name)
    vars(stand_in).update({key: value for key, value in vars(package).items() if not key.startswith("__")})
    stand_in.__path__ = [str(folder)]
    spec = importlib.util.spec_from_file_location(f"{name}.{path.stem}", path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    with set_aside(lambda key: key.partition(".")[0] == name):
        files = {f"{name}.{key}": one for key, one in vars(package).items() if isinstance(one, ModuleType)}
        sys.modules.update({name: stand_in, **files, spec.name: module})
        spec.loader.exec_module(module)
    return module


def merged(theirs: ModuleType, correct: ModuleType) -> dict[str, Any]:
    """Return what the learner's functions refer to: ours where we have it, theirs where only they do."""
    ours = {key: value for key, value in vars(correct).items() if not key.startswith("__")}
    scope = vars(theirs) | ours
    for key, value in vars(theirs).items():
        if key not in vars(correct) and inspect.isfunction(value) and value.__module__ == theirs.__name__:
            scope[key] = rebound(value, scope)
    return scope


def rebound(value: Any, scope: dict[str, Any], owner: type | None = None) -> Any:
    """Return a function that does the same, with the names of ``scope`` as its globals.

    In a method of ``owner`` a bare ``super()`` means the class above ``owner``.
    """
    if not isinstance(value, FunctionType):
        return value
    closure = value.__closure__
    if closure and owner:
        cells = zip(value.__code__.co_freevars, closure, strict=True)
        closure = tuple(CellType(owner) if name == "__class__" else cell for name, cell in cells)
    twin = FunctionType(value.__code__, scope, value.__name__, value.__defaults__, closure)
    twin.__kwdefaults__ = value.__kwdefaults__
    return twin
