"""The slips of an expression: operators, parentheses, transposes, names, constants.

What happens to a value as a whole is in ``values``, to a call in ``calls``.
"""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from compare.explain import values
from compare.explain.activations import activations
from compare.explain.calls import ROWS, call
from compare.explain.costs import FAR, LESS, RARE, USUAL
from compare.explain.source import Change, Source, atom, plain
from compare.explain.values import is_value

OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//", ast.Pow: "**",
    ast.MatMult: "@",
    ast.Gt: ">", ast.Lt: "<", ast.GtE: ">=", ast.LtE: "<=", ast.Eq: "==", ast.NotEq: "!=", ast.Is: "is",
    ast.IsNot: "is not", ast.And: "and", ast.Or: "or",
}  # fmt: skip
INSTEAD: dict[str, dict[str, int]] = {
    "+": {"-": USUAL, "*": RARE}, "-": {"+": USUAL, "*": FAR, "/": FAR},
    "*": {"/": USUAL, "+": RARE, "@": RARE, "-": FAR, "**": FAR}, "/": {"*": USUAL, "//": USUAL, "-": FAR},
    "//": {"/": USUAL}, "@": {"*": LESS}, "**": {"*": LESS},
    ">": {">=": USUAL, "<": USUAL, "<=": LESS, "!=": RARE}, "<": {"<=": USUAL, ">": USUAL, ">=": LESS},
    ">=": {">": USUAL, "<": LESS}, "<=": {"<": USUAL, ">": LESS}, "==": {"!=": USUAL}, "!=": {"==": USUAL},
    "is": {"is not": LESS}, "is not": {"is": LESS}, "and": {"or": LESS}, "or": {"and": LESS},
}  # fmt: skip


def changes(source: Source, node: Any) -> Iterator[Change]:
    """Yield the changes of an expression."""
    rule = RULES.get(type(node))
    if rule:
        yield from rule(source, node)
    if is_value(source, node):
        yield from values.changes(source, node)


def binary(source: Source, node: ast.BinOp) -> Iterator[Change]:
    """Yield other operators, an operand dropped, exchanged or taken twice."""
    if type(node.op) not in OPERATORS:
        return
    left, operator, right = parts(source, node)
    sign = source.text[slice(*operator)]
    for other, cost in INSTEAD.get(sign, {}).items():
        # a * b / c may have been meant as a + b / c or as (a + b) / c: the latter is what a slip leaves
        yield source.change(node, f"{left} {other} {right}", "operator", cost)
    scales = sign in "*/" or sign == "//"
    yield source.change(node, left, "factor dropped" if scales else "term dropped", USUAL)
    alone = {"-": f"-{atom(right)}", "/": f"1 / {atom(right)}"}.get(sign, right)
    yield source.change(node, alone, "factor dropped" if scales else "term dropped", LESS)
    if sign == "-":
        yield source.change(node, right, "term dropped", RARE)
        yield source.change(node, f"{left} - 2 * {atom(right)}", "term twice", RARE)
    if sign == "+":
        yield source.change(node, f"{left} + 2 * {atom(right)}", "term twice", RARE)
    if sign in ("-", "/", "@", "//"):
        yield source.change(node, f"{atom(right)} {sign} {atom(left)}", "exchanged", USUAL)
    if sign in "*/":
        yield source.change(node, f"{left} {sign} {atom(right)} {sign} {atom(right)}", "factor twice", USUAL)
        yield source.change(node, f"{left} {sign} ({right} - 1)", "N - 1 for N", LESS)
        yield source.change(node, f"{left} {sign} (1 - {atom(right)})", "1 - factor", LESS)
    if sign == "*":
        yield source.change(node, f"{left} * {left} * {right}", "factor twice", LESS)
        yield source.change(node, f"(1 - {left}) * {right}", "1 - factor", LESS)
        yield source.change(node, f"{right} / {atom(left)}", "inverted", LESS)
        yield source.change(node, f"{right} * np.ones_like({left})", "factor dropped", LESS)
        yield source.change(node, f"0.5 * {left} * {right} ** 2", "a penalty for its slope", RARE)
    if sign == "@":
        yield from (source.change(node, text, "transposed", USUAL) for text in transposed(left, right))
        yield from rows_missing(source, node, left, right)
    if sign == "/" and isinstance(node.left, ast.BinOp) and isinstance(node.left.op, ast.Sub):
        one, _, other = parts(source, node.left)
        yield source.change(node, f"{atom(one)} * {right} + {other}", "the inverse", LESS)
    if sign in ("+", "-"):
        yield from moved(source, node, left, right, sign)
    yield from regrouped(source, node, left, right, sign)


def moved(source: Source, node: ast.BinOp, left: str, right: str, sign: str) -> Iterator[Change]:
    """Yield a factor before the other term, or the factors of both exchanged: ``a + m b`` for ``m a + b``."""
    factors = [
        parts(source, side) if isinstance(side, ast.BinOp) and isinstance(side.op, ast.Mult) else None
        for side in (node.left, node.right)
    ]
    one, other = factors
    if one:
        yield source.change(node, f"{one[2]} {sign} {one[0]} * {atom(right)}", "factor moved", LESS)
    if other:
        yield source.change(node, f"{other[0]} * {atom(left)} {sign} {other[2]}", "factor moved", LESS)
    if one and other:
        exchanged = f"{other[0]} * {one[2]} {sign} {one[0]} * {other[2]}"
        yield source.change(node, exchanged, "factor moved", LESS)


def rows_missing(source: Source, node: ast.BinOp, left: str, right: str) -> Iterator[Change]:
    """Yield a sum over samples, written as a matrix product, in which rows are left out."""
    if left.endswith(".T"):
        for rows in ROWS:
            part = f"[{rows.format(left[:-2])}]"
            product = f"{atom(left[:-2])}{part}.T @ {atom(right)}{part}"
            yield source.change(node, product, "rows missing", RARE)


def regrouped(source: Source, node: ast.BinOp, left: str, right: str, sign: str) -> Iterator[Change]:
    """Yield other parentheses: ``a - b / c`` for ``(a - b) / c``, and the reverse."""
    for operand, before in ((node.left, True), (node.right, False)):
        if not isinstance(operand, ast.BinOp) or type(operand.op) not in OPERATORS:
            continue
        one, at, other = parts(source, operand)
        inner = source.text[slice(*at)]
        bare = f"{one} {inner} {other}"
        if source.wrapped(operand):
            text = f"{bare} {sign} {right}" if before else f"{left} {sign} {bare}"
        elif before:
            text = f"{one} {inner} ({other} {sign} {right})"
        else:
            text = f"({left} {sign} {one}) {inner} {other}"
        yield source.change(node, text, "parentheses", LESS)


def transposed(left: str, right: str) -> Iterator[str]:
    """Yield a matrix product with its operands turned."""
    one, other = (text[:-2] if text.endswith(".T") else f"{atom(text)}.T" for text in (left, right))
    yield from (f"{one} @ {right}", f"{left} @ {other}", f"{one} @ {other}")
    yield from (f"{other} @ {one}", f"({left} @ {right}).T")
    yield f"({other} @ {one}).reshape(({left} @ {right}).shape)"


def parts(source: Source, node: ast.BinOp) -> tuple[str, tuple[int, int], str]:
    """Return the left operand, where the operator stands, and the right operand, parentheses included."""
    start, end = source.span(node)
    after_left, before_right = source.span(node.left)[1], source.span(node.right)[0]
    between = source.text[after_left:before_right]
    sign = OPERATORS[type(node.op)]
    at = after_left + between.index(sign)
    return source.text[start:at].rstrip(), (at, at + len(sign)), source.text[at + len(sign) : end].lstrip()


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
