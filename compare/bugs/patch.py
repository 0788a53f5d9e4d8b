"""A patch: a few lines of numpy_mlp's source, and the lines that a bug has in their place.

The faulty function is made from the real source, so it can't drift from it: in the text of the file ``right``
is replaced by ``wrong``, and the function is compiled from there, under the file's name and at its own line.
Its global names are those of its module.
"""

import ast
import difflib
import inspect
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy_mlp
from compare.bugs.copies import replace


@dataclass(frozen=True)
class Patch:
    """An edit of one function; ``catalogue.toml`` says what each key means."""

    at: str
    right: str
    wrong: str

    @property
    def place(self) -> tuple[str, str]:
        """The file and the function: ``("numpy_mlp/linear.py", "Linear.backward")``."""
        module, _, function = self.at.partition(".")
        return f"numpy_mlp/{module}.py", function


def by_function(patches: Sequence[Patch]) -> dict[str, list[Patch]]:
    """Return the patches of each function, by ``Patch.at``."""
    return {at: [patch for patch in patches if patch.at == at] for at in dict.fromkeys(p.at for p in patches)}


def apply(patches: Sequence[Patch], package: ModuleType) -> None:
    """Replace every patched function of a copy of numpy_mlp; a patch that doesn't fit is a ValueError."""
    for at, edits in by_function(patches).items():
        replace(package, at, compiled(package, at, edits))


def patched(source: str, patches: Sequence[Patch]) -> str:
    """Return the text of a file after patches in their order, each applied within its function.

    Raises:
        ValueError: a patch doesn't fit: its text stands in the function more than once, or not at all.
    """
    for patch in patches:
        lines = source.splitlines(keepends=True)
        first, last = extent(definitions(ast.parse(source), patch.at)[-1])
        function = with_patch("".join(lines[first - 1 : last]), patch)
        source = "".join([*lines[: first - 1], function, *lines[last:]])
    return source


def with_patch(function: str, patch: Patch) -> str:
    """Return the text of a function after one patch.

    Raises:
        ValueError: the patch's text stands in it more than once, or not at all.
    """
    if (times := function.count(patch.right)) != 1:
        raise ValueError(f"{patch.at} has this text {times} times, expected once:\n{patch.right}")
    return function.replace(patch.right, patch.wrong)


def compiled(package: ModuleType, at: str, patches: Sequence[Patch]) -> Any:
    """Return a package's function, or classmethod, as it is after patches of its source."""
    module = getattr(package, at.partition(".")[0])
    nodes = definitions(ast.parse(patched(inspect.getsource(module), patches)), at)
    # a method with its class, which gives it its qualified name; the module itself stays as it is
    tree = ast.Module(nodes[:1], type_ignores=[])
    found: dict[str, Any] = {}
    exec(compile(tree, inspect.getfile(module), "exec"), vars(module), found)
    for node in nodes[:-1]:
        found = dict(vars(found[node.name]))
    return found[nodes[-1].name]


def diff(patches: Sequence[Patch]) -> str:
    """Return what patches change in numpy_mlp: unified diffs with two lines around, without docstrings."""
    found: list[str] = []
    for at, edits in by_function(patches).items():
        source = inspect.getsource(getattr(numpy_mlp, at.partition(".")[0]))
        right, wrong = (without_docstring(text, at) for text in (source, patched(source, edits)))
        file, function = edits[0].place
        names = f"{file}: {function}", f"{function}, faulty"
        lines = difflib.unified_diff(right, wrong, *names, n=2, lineterm="")
        # no line numbers: they would be those of a function without its docstring
        found += ["..." if line[:2] == "@@" else line for line in lines if not line.startswith("@@ -1,")]
    return "\n".join(found)


def without_docstring(source: str, at: str) -> list[str]:
    """Return the lines of a function in a file's text, at the left margin."""
    function = definitions(ast.parse(source), at)[-1]
    first, last = extent(function)
    lines = textwrap.dedent("\n".join(source.splitlines()[first - 1 : last])).splitlines()
    if ast.get_docstring(function) is not None:
        start, end = (line - first for line in extent(function.body[0]))
        del lines[start : end + 1]
    return lines


def definitions(tree: ast.Module, target: str) -> list[Any]:
    """Return the class and the function of ``"linear.Linear.backward"``; LookupError if there is none."""
    module, *path = target.split(".")
    found: list[Any] = [tree]
    for name in path:
        # only classes and functions have a name
        found += [node for node in found[-1].body if getattr(node, "name", None) == name][:1]
    if len(found) <= len(path):
        raise LookupError(f"numpy_mlp/{module}.py has no {'.'.join(path)}")
    return found[1:]


def extent(node: ast.stmt) -> tuple[int, int]:
    """Return the first and the last line of a statement, its decorators included."""
    decorators = getattr(node, "decorator_list", [])
    return min(part.lineno for part in [node, *decorators]), node.end_lineno or node.lineno
