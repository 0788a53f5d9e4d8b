"""Importing a learner's package: beside one of the same name, its imports of numpy_mlp redirected."""

import importlib
import importlib.abc
import importlib.machinery
import importlib.util
import inspect
import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import CodeType, ModuleType, SimpleNamespace

from compare.bugs.copies import lent, replace, set_aside
from compare.learner.borrowed import LESSON, OURS, redirected


class Loader(importlib.machinery.SourceFileLoader):
    """Loads a file of a package in ``place`` with its imports redirected."""

    def __init__(self, name: str, path: str, place: Path) -> None:
        """Take the module's name, its file, and the package."""
        super().__init__(name, path)
        self.place = place

    def get_code(self, fullname: str) -> CodeType:
        """Compile the file afresh: a cache holds it as it was, with its imports as they are."""
        path = self.get_filename(fullname)
        return compile(redirected(self.get_data(path), path, self.place), path, "exec", dont_inherit=True)


class Finder(importlib.abc.MetaPathFinder):
    """Finds the modules of one package, and gives them a ``Loader``."""

    def __init__(self, place: Path) -> None:
        """Take a package's folder, or its only file."""
        self.place = place

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        """Return the spec of a module of the package, or None for any other."""
        top, _, rest = fullname.partition(".")
        if top != self.place.stem:
            return None
        file = self.place.joinpath(*rest.split(".")) if rest else self.place
        if file.is_dir() and (file / "__init__.py").is_file():
            inside, file = [str(file)], file / "__init__.py"
        else:
            inside, file = None, file if file == self.place else file.with_suffix(".py")
        if not file.is_file():
            return None
        loader = Loader(fullname, str(file), self.place)
        return importlib.util.spec_from_file_location(
            fullname, file, loader=loader, submodule_search_locations=inside
        )


def load(place: Path) -> ModuleType:
    """Import the package in a folder or a file, also where another one of the same name is in use.

    What it imports from numpy_mlp comes from a copy of it, in which whatever the package defines under the
    lesson's names takes the place of ours: a borrowed ``train`` trains with the package's own loss.
    """
    name = place.stem
    in_use = name in sys.modules
    with ExitStack() as stack:
        stack.enter_context(set_aside(lambda key: of_package(key, name)))
        copy = stack.enter_context(lent()) if name != OURS else None
        stack.enter_context(found_first(place, stays=not in_use))
        importlib.invalidate_caches()
        package = importlib.import_module(name)
        modules = {key: module for key, module in sys.modules.items() if of_package(key, name)}
    if not in_use:
        sys.modules.update(modules)
    if not hasattr(package, "data") and hasattr(package, "batches"):
        vars(package)["data"] = SimpleNamespace(batches=package.batches)  # a package of one file
    if copy:
        take_in(copy, package)
    return package


def of_package(key: str, name: str) -> bool:
    """Return whether a module belongs to a package; ``numpy_mlp.shared`` belongs to no learner's."""
    return key.partition(".")[0] == name and key.split(".")[:2] != [OURS, "shared"]


@contextmanager
def found_first(place: Path, *, stays: bool = False) -> Iterator[None]:
    """Let a package be found in ``place``, before any other of its name, and its neighbours, too."""
    finder, folder = Finder(place), str(place.parent)
    sys.meta_path.insert(0, finder)
    sys.path.insert(0, folder)
    try:
        yield
    finally:
        if not stays:
            sys.meta_path.remove(finder)
            sys.path.remove(folder)


def take_in(copy: ModuleType, package: ModuleType) -> None:
    """Put what a package defines under the lesson's names into the copy that it borrows from."""
    for home in LESSON - {"no_grad"}:  # the package's name for a function
        ours = getattr(copy, home)
        own = getattr(package, home, package)
        for name, value in list(vars(ours).items()):
            if getattr(value, "__module__", "") == ours.__name__ and callable(value):
                theirs = getattr(own, name, None) or getattr(package, name, None)
                if inspect.isclass(theirs) or inspect.isfunction(theirs):
                    replace(copy, f"{home}.{name}", theirs)
