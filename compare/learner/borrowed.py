"""What a package imports from numpy_mlp itself: redirected to its own files where it has them, else told.

A copy of numpy_mlp that still says ``from numpy_mlp.linear import Linear`` would run our Linear, and a
mistake in its own would never be seen. So such an import is read as ``from mine.linear import Linear``. What
is taken from ``numpy_mlp`` beyond that is right, and no work of the package's author: it is said, and nothing
is concluded from it. ``numpy_mlp.shared`` is no part of the lesson and stays what it is.
"""

import ast
import importlib.util
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path
from types import ModuleType

import numpy_mlp

OURS = "numpy_mlp"
LESSON = {entry.name.removesuffix(".py") for entry in files(OURS).iterdir() if entry.name.endswith(".py")} - {
    "__init__",
    "__main__",
    "plots",  # pictures of the network, and no part of it
}


class Redirection(ast.NodeTransformer):
    """Reads imports of numpy_mlp's lesson as imports of the package's own files of the same name.

    Attributes:
        own: The lesson's files that the package has.
        redirected: The lines that now import from the package.
        borrowed: The names that still come from numpy_mlp.
    """

    def __init__(self, place: Path, file: Path) -> None:
        """Take a package's folder, or the file of a package of one file; and the file to be read."""
        self.name, self.redirected, self.borrowed = place.stem, 0, list[str]()
        # a file that imports its namesake means ours
        self.place = place
        self.own = {name for name in LESSON if (place / f"{name}.py").is_file()} - {file.stem}
        self.whole = self.own | {file.stem} >= LESSON

    def visit_ImportFrom(self, node: ast.ImportFrom) -> list[ast.stmt]:
        """Split ``from numpy_mlp import A, B`` by where A and B stand."""
        top, _, module = (node.module or "").partition(".")
        homes = [module.split(".")[0]] if module else [alias.name for alias in node.names]
        if not node.level and self.was_called(top, homes):
            node.module = ".".join(filter(None, [self.name, module]))
        if node.level or top != OURS or module.split(".")[0] == "shared":
            return [node]
        found: list[ast.stmt] = []
        for alias in node.names:
            home = module or (alias.name if alias.name in LESSON else home_of(alias.name))
            if alias.name == "shared" or home not in self.own:
                self.borrowed += [] if alias.name == "shared" else [alias.name]
                target = node.module
            else:
                self.redirected += 1
                target = self.name if home == alias.name and not module else f"{self.name}.{home}"
            found.append(ast.copy_location(ast.ImportFrom(target, [alias], 0), node))
        return found

    def visit_Import(self, node: ast.Import) -> list[ast.stmt]:
        """Rename numpy_mlp where the package has all of its files, and its modules where it has them."""
        found: list[ast.stmt] = []
        for alias in node.names:
            top, _, module = alias.name.partition(".")
            if top != OURS or module.split(".")[0] == "shared":
                new = [alias]
            elif (module in self.own and alias.asname) or self.whole:
                self.redirected += 1
                own = f"{self.name}.{module}" if module else self.name
                # without "as" the import gives the name numpy_mlp
                new = [ast.alias(own, alias.asname)]
                new += [] if alias.asname else [ast.alias(self.name, OURS)]
            else:
                self.borrowed.append(alias.name)
                new = [alias]
            found += [ast.copy_location(ast.Import([one]), node) for one in new]
        return found

    def was_called(self, name: str, homes: Iterable[str]) -> bool:
        """Return whether a name that can't be imported is the package's, before its folder was renamed.

        It is if the package has a file of each name in ``homes``, which are imported from there.
        """
        if name in (OURS, self.name) or not all((self.place / f"{home}.py").is_file() for home in homes):
            return False
        try:
            return importlib.util.find_spec(name) is None
        except (ValueError, ImportError):
            return False


def home_of(name: str) -> str:
    """Return the file of the lesson that defines one of numpy_mlp's names.

    >>> home_of("Linear"), home_of("absent")
    ('linear', '')
    """
    return getattr(getattr(numpy_mlp, name, None), "__module__", "").partition(".")[2]


def redirected(source: bytes | str, path: str, place: Path) -> ast.Module:
    """Return the tree of a package's file, its imports redirected; SyntaxError where Python raises it."""
    # compile, not ast.parse: it finds faults that the parser alone lets pass
    compile(source, path, "exec", dont_inherit=True)
    return ast.fix_missing_locations(Redirection(place, Path(path)).visit(ast.parse(source, path)))


def nothing_own(package: ModuleType, names: Iterable[str]) -> bool:
    """Return whether everything that a package offers under some names comes from numpy_mlp."""
    homes = [getattr(getattr(package, name, None), "__module__", None) or "" for name in names]
    return package.__name__ != OURS and all(home.split(".")[0] == OURS for home in homes)


def borrowed(place: Path) -> str:
    """Return what a package has from numpy_mlp, in lines for its author; nothing if all is its own."""
    lines, redirections, sources = [], [], [place] if place.is_file() else sorted(place.glob("*.py"))
    for file in (file for file in sources if file.name != "__main__.py" and place.stem != OURS):
        try:
            found = Redirection(place, file)
            found.visit(ast.parse(file.read_bytes()))
        except (SyntaxError, ValueError):
            continue  # importing it says so
        redirections += [file.name] if found.redirected else []
        if found.borrowed:
            lines.append(f"  {file.name}: {', '.join(dict.fromkeys(found.borrowed))}")
    lines = ["from numpy_mlp itself, and so not judged as yours:", *lines] if lines else []
    if redirections:
        files_of = ", ".join(redirections) if len(redirections) <= 3 else f"{len(redirections)} files"
        lines.append(f"imports of numpy_mlp in {files_of} are read as imports of {place.stem}'s own files")
    return "\n".join(lines)
