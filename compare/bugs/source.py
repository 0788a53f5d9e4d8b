"""The right lines and the faulty ones, as a diff."""

import ast
import difflib
import inspect
import textwrap
from collections.abc import Callable
from typing import Any

import numpy_mlp
from compare.bugs.bug import Bug, find


def diff(bug: Bug) -> str:
    """Return a unified diff of every function that a bug replaces, with as few lines around as it needs."""
    parts = []
    for (target, twin), (file, function) in zip(bug.replacements, bug.places, strict=True):
        owner, name = find(numpy_mlp, target)
        right, wrong = (essence(source, name) for source in (getattr(owner, name), twin))
        lines = difflib.unified_diff(
            right, wrong, f"{file}: {function}", f"{function}, faulty", n=2, lineterm=""
        )
        parts.append("\n".join(line for line in lines if not line.startswith("@@")))
    return "\n".join(parts)


def essence(function: Callable[..., Any], name: str) -> list[str]:
    """Return a function's lines under one name, without docstring, refusals and assertions."""
    text = textwrap.dedent(inspect.getsource(function))
    tree = ast.parse(text).body[0]
    assert isinstance(tree, ast.FunctionDef)
    dropped: set[int] = set()
    for node in tree.body:
        is_docstring = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        is_refusal = isinstance(node, ast.If) and isinstance(node.body[0], ast.Raise)
        if is_docstring or is_refusal or isinstance(node, ast.Assert):
            dropped |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    for arg in [*tree.args.args, *tree.args.kwonlyargs]:
        arg.annotation = None
    head = f"def {name}({ast.unparse(tree.args)}):"
    lines = text.splitlines()
    return [head, *(lines[i] for i in range(tree.body[0].lineno - 1, len(lines)) if i + 1 not in dropped)]
