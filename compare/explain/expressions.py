"""The slips of an expression: comparisons, conditions, names, constants, indices.

What happens to a value as a whole is in ``values``, to two operands in ``operations``, to calls in ``calls``.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from compare.explain import values
from compare.explain.activations import activations
from compare.explain.calls import call
from compare.explain.costs import LESS, RARE, USUAL
from compare.explain.operations import INSTEAD, OPERATORS, binary
from compare.explain.source import Change, Source
from compare.explain.text import plain
from compare.explain.values import is_value


def changes(source: Source, node: Any) -> Iterator[Change]:
    """Yield the changes of an expression."""
    rule = RULES.get(type(node))
    if rule:
        yield from rule(source, node)
    if is_value(source, node):
        yield from values.changes(source, node)


def compare(source: Source, node: ast.Compare) -> Iterator[Change]:
    """Yield other comparisons, and their ends exchanged."""
    sign = OPERATORS.get(type(node.ops[0]), "")
    if len(node.ops) == 1 and sign:
        left, right = source.of(node.left), source.of(node.comparators[0])
        for other, cost in INSTEAD[sign].items():
            yield source.change(node, f"{left} {other} {right}", "comparison", cost)
        yield from activations(source, node)


def boolean(source: Source, node: ast.BoolOp) -> Iterator[Change]:
    """Yield a condition with a part left out, and the other conjunction."""
    texts = [source.of(value) for value in node.values]
    sign = OPERATORS[type(node.op)]
    for i in range(len(texts)):
        yield source.change(node, f" {sign} ".join(texts[:i] + texts[i + 1 :]), "condition dropped", LESS)
    for other, cost in INSTEAD[sign].items():
        yield source.change(node, f" {other} ".join(texts), "and, or", cost)


def unary(source: Source, node: ast.UnaryOp) -> Iterator[Change]:
    """Yield the operand without its sign."""
    if isinstance(node.op, ast.USub | ast.Not):
        yield source.change(node, source.of(node.operand), "sign", USUAL)


def choice(source: Source, node: ast.IfExp) -> Iterator[Change]:
    """Yield one side always, and the sides exchanged."""
    body, test, other = (source.of(part) for part in (node.body, node.test, node.orelse))
    yield source.change(node, body, "condition dropped", USUAL)
    yield source.change(node, other, "condition dropped", USUAL)
    yield source.change(node, f"{other} if {test} else {body}", "sides exchanged", LESS)


def named(source: Source, node: ast.expr) -> Iterator[Change]:
    """Yield other names of the scope for a name or for attributes of one, and the transpose."""
    parent = source.parents[node]
    if isinstance(node.ctx, ast.Store) or not plain(node) or source.is_function(node):  # type: ignore[attr-defined]
        return
    if isinstance(parent, ast.Attribute) and parent.attr != "T" and source.of(parent) in source.names:
        return
    text = source.of(node)
    for other in source.names:
        if other != text and not (isinstance(parent, ast.Attribute) and other.startswith(f"{text}.")):
            cost = LESS if other in source.near(text) else RARE
            yield source.change(node, other, "name", cost, other if cost == LESS else "")
    if is_value(source, node) and not isinstance(parent, ast.BinOp):
        yield source.change(node, f"{text}.T", "transposed", RARE)


def attribute(source: Source, node: ast.Attribute) -> Iterator[Change]:
    """Yield an array that isn't transposed; otherwise as for a name."""
    if node.attr == "T":
        value = source.of(node.value)
        yield source.change(node, value, "transposed", USUAL)
        yield source.change(node, f"{value}.reshape({value}.shape[::-1])", "reshaped", LESS)
    elif plain(node):
        yield from named(source, node)


def constant(source: Source, node: ast.Constant) -> Iterator[Change]:
    """Yield other numbers."""
    value = node.value
    if isinstance(value, bool):
        yield source.change(node, str(not value), "constant", LESS)
    elif isinstance(value, int | float):
        near = [
            *((0.01, 0.1, 0.2) if value == 0 else ()),
            value + 1,
            value - 1,
            value * 2,
            value / 2,
            value * 10,
            value / 10,
            0,
            1,
            -value,
        ]
        for other in dict.fromkeys(near):
            number = int(other) if isinstance(value, int) and float(other).is_integer() else other
            if number != value:
                yield source.change(node, repr(number), "constant", LESS + 2)


def subscript(source: Source, node: ast.Subscript) -> Iterator[Change]:
    """Yield the whole for a part, and slices with other ends."""
    if isinstance(node.ctx, ast.Store) and not isinstance(source.parents[node], ast.AugAssign):
        return
    yield source.change(node, source.of(node.value), "index dropped", LESS)
    if isinstance(node.slice, ast.Slice) and node.slice.upper is not None:
        lower = source.of(node.slice.lower) if node.slice.lower else ""
        upper, value = source.of(node.slice.upper), source.of(node.value)
        for start, stop in ((lower, ""), ("", upper), (lower, f"{upper} - 1"), (lower, f"{upper} + 1")):
            yield source.change(node, f"{value}[{start}:{stop}]", "slice", LESS)
    elif isinstance(node.slice, ast.Tuple) and len(node.slice.elts) == 2:
        one, other = (source.of(part) for part in node.slice.elts)
        value = source.of(node.value)
        for index in (f"{other}, {one}", f":, {other}", one, other, f"{one}, :"):
            yield source.change(node, f"{value}[{index}]", "index", LESS)


def sequence(source: Source, node: ast.Tuple) -> Iterator[Change]:
    """Yield a pair in the other order."""
    if isinstance(node.ctx, ast.Load) and len(node.elts) == 2:
        one, other = (source.of(part) for part in node.elts)
        yield Change(
            source.span(node.elts[0])[0], source.span(node.elts[1])[1], f"{other}, {one}", "exchanged", LESS
        )


RULES: dict[type[ast.AST], Callable[[Source, Any], Iterator[Change]]] = {
    ast.BinOp: binary, ast.Compare: compare, ast.BoolOp: boolean, ast.UnaryOp: unary, ast.IfExp: choice,
    ast.Call: call, ast.Name: named, ast.Attribute: attribute, ast.Constant: constant,
    ast.Subscript: subscript, ast.Tuple: sequence,
}  # fmt: skip
