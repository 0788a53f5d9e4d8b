"""Pieces of source text: where they stand, and whether they are one piece."""

import ast
from functools import cache


def column(text: str, position: int) -> int:
    """Return how far into its line a position of a text stands."""
    return position - (text.rfind("\n", 0, position) + 1)


def plain(node: ast.AST) -> bool:
    """Return whether a node is a name, or attributes of one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return isinstance(node, ast.Name)


@cache
def atom(text: str) -> str:
    """Return an expression that can stand anywhere: in parentheses, unless it is one piece already."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except SyntaxError:
        return f"({text})"
    pieces = ast.Name | ast.Attribute | ast.Call | ast.Subscript | ast.Constant | ast.List
    whole = isinstance(node, pieces) and text.strip() == text
    around = text.startswith("(") and text.endswith(")") and node.col_offset > 0
    return text if whole or around else f"({text})"


def skipped(node: ast.AST) -> bool:
    """Return whether a part holds no number: an error message, a check, a docstring."""
    if isinstance(node, ast.Raise | ast.JoinedStr):
        return True
    if isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
        return isinstance(node.value.func, ast.Name) and node.value.func.id.startswith("check_")
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
