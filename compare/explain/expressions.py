"""The slips of an expression: signs, operators, factors, transposes, names, constants; see ``calls``, too."""

import ast
from collections.abc import Callable, Iterator
from typing import Any

from compare.explain.calls import call
from compare.explain.costs import FAR, LESS, RARE, USUAL
from compare.explain.source import Change, Source, atom, plain

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
        yield from of_value(source, node)


def is_value(source: Source, node: ast.AST) -> bool:
    """Return whether an expression is computed on its own: assigned, returned, an argument or an operand."""
    parent = source.parents[node]
    if isinstance(getattr(node, "ctx", None), ast.Store) or isinstance(
        node, ast.Tuple | ast.Slice | ast.Compare
    ):
        return False
    if isinstance(parent, ast.Call):
        return node in parent.args
    if isinstance(parent, ast.For | ast.If | ast.While | ast.Expr | ast.Subscript | ast.Attribute):
        return False
    return isinstance(parent, ast.stmt | ast.BinOp | ast.IfExp | ast.Tuple) and not isinstance(
        parent, ast.With
    )


def of_value(source: Source, node: Any) -> Iterator[Change]:
    """Yield a value with another sign, a factor too many, squared, rounded or turned into a constant."""
    text, whole = source.of(node), not isinstance(source.parents[node], ast.BinOp)
    if isinstance(node, ast.Constant) and not isinstance(node.value, int | float):
        return
    if not isinstance(node, ast.UnaryOp | ast.Constant):
        yield source.change(node, f"-{atom(text)}", "sign", USUAL + 2)
    for factor in factors(source, node):
        for operator in "*/":
            rarely = 4 if ".shape" in factor or ".size" in factor else 0
            yield source.change(node, f"{atom(text)} {operator} {atom(factor)}", "a factor too many",
                                LESS + rarely + (0 if whole else 2))  # fmt: skip
    if isinstance(node, ast.Constant):
        return
    yield source.change(node, f"{atom(text)} ** 2", "squared", RARE)
    if whole:
        yield source.change(node, f"np.abs({text})", "absolute value", RARE)
        yield source.change(node, f"np.sign({text})", "its sign alone", RARE)
        for name in source.local if not isinstance(node, ast.Constant) else ():
            if name not in ("self", "cls"):
                slope = f"{atom(text)} * {name} * (1 - {name})"
                yield source.change(node, slope, "a sigmoid's slope", RARE)
        yield source.change(node, f"np.zeros_like({text})", "0", LESS)
        yield source.change(node, f"np.round({text})", "rounded", FAR)
        for limit in ("1", "5"):
            yield source.change(node, f"np.clip({text}, -{limit}, {limit})", "clipped", RARE)
        yield source.change(node, f"np.maximum({text}, 0)", "ReLU where none belongs", LESS)
        for dtype in ("float16", "int64"):
            yield source.change(node, f"np.asarray({text}).astype(np.{dtype}).astype({atom(text)}.dtype)",
                                f"through {dtype}", RARE)  # fmt: skip
        for epsilon in ("1e-8", "1e-7", "1e-9", "1e-10", "1e-12", "1e-6", "1e-5", "1e-15"):
            yield source.change(node, f"{text} + {epsilon}", "a small number added", RARE)


def factors(source: Source, node: ast.AST) -> Iterator[str]:
    """Yield what a value may have been multiplied or divided by, once too often."""
    yield from source.scale
    yield from ("2", *(f"len({name})" for name in source.arrays if f"len({name})" not in source.scale))
    if plain(node):
        yield from (f"{source.of(node)}.shape[0]", f"{source.of(node)}.shape[1]", f"{source.of(node)}.size")


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
    if sign == "@":
        yield from (source.change(node, text, "transposed", USUAL) for text in transposed(left, right))


def transposed(left: str, right: str) -> Iterator[str]:
    """Yield a matrix product with its operands turned."""
    one, other = (text[:-2] if text.endswith(".T") else f"{atom(text)}.T" for text in (left, right))
    yield from (f"{one} @ {right}", f"{left} @ {other}", f"{one} @ {other}")
    yield from (f"{other} @ {one}", f"({left} @ {right}).T")


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
        yield source.change(node, source.of(node.value), "transposed", USUAL)
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
    if isinstance(node.ctx, ast.Store):
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
        for index in (f"{other}, {one}", f":, {other}", one, f"{one}, :"):
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
