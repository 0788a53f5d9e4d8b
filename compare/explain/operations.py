"""The slips of a binary operation: another operator, an operand dropped or turned, other parentheses."""

import ast
from collections.abc import Iterator

from compare.explain.calls import ROWS
from compare.explain.costs import FAR, LESS, RARE, USUAL
from compare.explain.source import Change, Source
from compare.explain.text import atom, plain

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
        if plain(node.left) and plain(node.right):
            yield source.change(node, f"{left}[{right}]", "picked, not multiplied", RARE)
        if isinstance(node.right, ast.Compare):
            first, rest = source.of(node.right.left), source.of(node.right)
            compared = f"{left} * {first}{rest[len(first) :]}"
            yield source.change(node, compared, "parentheses", LESS)
        yield source.change(node, f"0.5 * {left} * {right} ** 2", "a penalty for its slope", RARE)
    if sign == "@":
        yield from (source.change(node, text, "transposed", USUAL) for text in transposed(left, right))
        yield from rows_missing(source, node, left, right)
        yield from some_alone(source, node, left, right)
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


def some_alone(source: Source, node: ast.BinOp, left: str, right: str) -> Iterator[Change]:
    """Yield a matrix product that sums over some of its terms alone: the last, the first, all but one."""
    for some in ("-1:", ":1", ":-1", "1:"):
        one = f"{atom(left[:-2])}[{some}].T" if left.endswith(".T") else f"{atom(left)}[:, {some}]"
        other = f"{atom(right[:-2])}[:, {some}].T" if right.endswith(".T") else f"{atom(right)}[{some}]"
        yield source.change(node, f"{one} @ {other}", "some of the terms alone", RARE)


def rows_missing(source: Source, node: ast.BinOp, left: str, right: str) -> Iterator[Change]:
    """Yield a sum over samples, written as a matrix product, in which rows are left out."""
    if left.endswith(".T"):
        for rows in ROWS:
            part = f"[{rows.format(left[:-2])}]"
            product = f"{atom(left[:-2])}{part}.T @ {atom(right)}{part}"
            yield source.change(node, product, "rows missing", RARE)


def regrouped(source: Source, node: ast.BinOp, left: str, right: str, sign: str) -> Iterator[Change]:
    """Yield other parentheses: ``a - b / c`` for ``(a - b) / c``, and the reverse."""
    if isinstance(node.left, ast.Call) and len(node.left.args) == 1 and not node.left.keywords:
        function, inside = source.of(node.left.func), source.of(node.left.args[0])
        if function.startswith("np."):
            yield source.change(node, f"{function}({inside} {sign} {right})", "parentheses", LESS)
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
