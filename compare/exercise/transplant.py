"""One piece of a learner's package put into a correct network, so that nothing else can be to blame."""

import inspect
import sys
from functools import reduce
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import CellType, FunctionType, ModuleType
from typing import Any

from compare.bugs.copies import copy_of_numpy_mlp, replace, set_aside
from compare.bugs.patch import Patch, apply
from compare.exercise.broken import BROKEN, readable
from compare.exercise.pieces import Piece
from compare.learner.borrowed import OURS, redirected
from compare.learner.loading import found_first

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


class BorrowedPieceError(Exception):
    """The piece is not the learner's: it comes from numpy_mlp itself."""


class FileError(Exception):
    """The learner's file can't be run; ``__cause__`` is the error that it raised."""


def transplanted(folder: Path, piece: Piece, *, whole_class: bool = False) -> ModuleType:
    """Return a fresh copy of numpy_mlp in which one piece is the learner's.

    ``whole_class`` takes all methods of its class, and no others: ``forward`` and ``backward`` that keep
    something else between them than ours can only be right together.

    Raises:
        MissingPieceError: the file or the function is gone.
        BorrowedPieceError: it comes from numpy_mlp itself.
        FileError: the learner's file raised an error while it was run.
    """
    package = copy_of_numpy_mlp()
    if (folder / "history.py").is_file():
        apply(SELF_CONTAINED, package)
    correct: ModuleType = getattr(package, piece.file.removesuffix(".py"))
    theirs = execute(folder, piece, package)
    function = found(theirs, piece, folder)
    scope = merged(theirs, correct)
    *owner, name = piece.path
    if not owner:
        scope[name] = rebound(function, scope)
        replace(package, piece.target, scope[name])
        return package
    their_class, our_class = getattr(theirs, owner[0]), getattr(correct, owner[0])
    members = members_of(their_class)
    for key, value in members.items():
        # what our class lacks are the learner's own helpers
        if key == name or key not in vars(our_class) or (whole_class and inspect.isfunction(value)):
            setattr(our_class, key, rebound(value, scope, our_class))
    if whole_class:
        for key, value in list(vars(our_class).items()):
            if inspect.isfunction(value) and key not in members:
                delattr(our_class, key)
    return package


def found(theirs: ModuleType, piece: Piece, folder: Path) -> Any:
    """Return the learner's function, or raise the error that says why there is none."""
    file, name = file_of(folder, piece).name, ".".join(piece.path)
    try:
        function = reduce(inspect.getattr_static, piece.path, theirs)
    except AttributeError:
        raise MissingPieceError(f"{file} has no {name} any more") from None
    if getattr(function, "__module__", "").partition(".")[0] == OURS != folder.stem:
        raise BorrowedPieceError(f"{name} in {file} comes from numpy_mlp itself: write your own")
    return function


def members_of(their_class: type) -> dict[str, Any]:
    """Return what a class and the learner's classes that it inherits from define, the nearest first."""
    found: dict[str, Any] = {}
    for one in reversed([one for one in their_class.__mro__ if one is not object]):
        hidden = ("__dict__", "__weakref__") if one is not their_class else ()
        found |= {key: value for key, value in vars(one).items() if key not in hidden}
    return found


def file_of(folder: Path, piece: Piece) -> Path:
    """Return the file of a piece: of a package of one file, that one."""
    return folder if folder.is_file() else folder / piece.file


def execute(folder: Path, piece: Piece, package: ModuleType) -> ModuleType:
    """Run the learner's file of a piece as a module.

    Its imports from the learner's package find a correct one, besides files that only the learner has: a
    mistake in one file can't keep another file from being imported.
    """
    path, name = file_of(folder, piece), folder.stem
    if not path.is_file():
        raise MissingPieceError(f"{name} has no file {piece.file}")
    stand_in = ModuleType(name)
    vars(stand_in).update({key: value for key, value in vars(package).items() if not key.startswith("__")})
    stand_in.__path__ = [str(folder)]
    spec = spec_from_file_location(f"{name}.{path.stem}", path)
    assert spec
    module = module_from_spec(spec)
    with set_aside(lambda key: key.partition(".")[0] == name), found_first(folder):
        files = {f"{name}.{key}": one for key, one in vars(package).items() if isinstance(one, ModuleType)}
        sys.modules.update({name: stand_in, **files, spec.name: module})
        try:
            run_file(path, folder, module)
        except BaseException as error:
            raise FileError from error
    return module


def run_file(path: Path, folder: Path, module: ModuleType) -> None:
    """Run a file as a module; a piece in it that can't be read raises its SyntaxError when it is called."""
    source, error = readable(path)
    if error:
        vars(module)[BROKEN] = error
    tree = redirected(source, str(path), folder)
    exec(compile(tree, str(path), "exec", dont_inherit=True), vars(module))


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
