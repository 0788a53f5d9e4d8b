"""The slips of a statement: left out, made twice, in another place, under another condition."""

import ast
from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

from compare.explain.costs import LESS, RARE, USUAL
from compare.explain.source import Change, Source
from compare.explain.text import atom, column

LOOPS = ast.For | ast.While
IN_PLACE: dict[type[ast.operator], str] = {ast.Add: "+=", ast.Sub: "-=", ast.Mult: "*=", ast.Div: "/="}
# what is shuffled before a loop, and with what: random.shuffle doubles rows of an array
SHUFFLED = (("x",), ("y",), ("x", "y"))
SHUFFLES = ("random.shuffle", "np.random.shuffle", "rng.shuffle")
RATES = ("0.1", "0.01", "0.05", "0.5", "0.001", "1")  # of a layer that makes its own update
WEIGHTS_ONLY = (".ndim > 1", ".ndim == 1")


def changes(source: Source, node: Any) -> Iterator[Change]:
    """Yield the changes of a statement."""
    for block in blocks(node):
        yield from order(source, node, block)
    if rule := RULES.get(type(node)):
        yield from rule(source, node)
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module | ast.Import | ast.ImportFrom):
        return
    text = source.of(node)
    if not isinstance(node, ast.Pass):
        cost = USUAL if isinstance(node, ast.Expr | ast.AugAssign) else LESS
        yield Change(*source.span(node), "pass", "statement left out", cost)
    if not isinstance(node, ast.Return | ast.Pass | ast.Continue):
        yield from after(source, node, text, "statement twice", LESS)
        if isinstance(node, ast.Expr):
            for name in source.local:
                yield Change(*source.span(node), f"for _ in {name}: {text}", "once for each sample", RARE)
        yield from guarded(source, node, text)


def blocks(node: ast.AST) -> list[list[ast.stmt]]:
    """Return the blocks of a statement, without docstrings."""
    found = [getattr(node, name, None) for name in ("body", "orelse", "finalbody")]
    lists = [block for block in found if isinstance(block, list) and block]
    return [
        [part for part in block if not (isinstance(part, ast.Expr) and isinstance(part.value, ast.Constant))]
        for block in lists
    ]


def indented(source: Source, text: str, start: int, to: int) -> str:
    """Return lines of code that began at one position for another margin."""
    old, new = column(source.text, start), column(source.text, to)
    lines = text.splitlines(keepends=True)
    return "".join([lines[0], *(" " * max(0, len(line) - len(line.lstrip(" ")) + new - old) + line.lstrip(" ")
                                for line in lines[1:])])  # fmt: skip


def after(source: Source, node: ast.stmt, text: str, kind: str, cost: int) -> Iterator[Change]:
    """Yield a statement followed by another one."""
    start, end = source.span(node)
    margin = "\n" + " " * column(source.text, start)
    yield Change(end, end, margin + text, kind, cost)


def order(source: Source, node: ast.AST, block: list[ast.stmt]) -> Iterator[Change]:
    """Yield a block in which a statement stands elsewhere, or outside of its loop."""
    for one, other in pairwise(block):
        if not isinstance(other, ast.Return):
            yield exchange(source, [one, other], [1, 0], LESS)
    for i in range(len(block)):
        for j in range(i + 2, len(block)):
            part = block[i : j + 1]
            if not isinstance(part[-1], ast.Return):
                yield exchange(source, part, [*range(1, len(part)), 0], RARE)
                yield exchange(source, part, [len(part) - 1, *range(len(part) - 1)], RARE)
    for i, statement in enumerate(block):
        for loop in (part for part in ast.walk(statement) if isinstance(part, LOOPS)):
            yield from into(source, loop, block[:i], block[i + 1 :] if loop is statement else [])
    if isinstance(node, LOOPS) and len(block) > 1:
        yield from outside_of(source, node, block)


def exchange(source: Source, part: list[ast.stmt], places: list[int], cost: int) -> Change:
    """Return a stretch of a block in another order; the comments between its lines go."""
    texts = [source.of(statement) for statement in part]
    start = source.span(part[0])[0]
    margin = "\n" + " " * column(source.text, start)
    return Change(start, source.span(part[-1])[1], margin.join(texts[i] for i in places), "order", cost)


def outside_of(source: Source, loop: ast.stmt, block: list[ast.stmt]) -> Iterator[Change]:
    """Yield a loop from which a statement has moved, before it or behind it; also out of the loop around."""
    around: list[ast.stmt] = [loop]
    while isinstance(parent := source.parents[around[-1]], LOOPS):
        around.append(parent)
    for outer in around:
        start, end = source.span(outer)
        margin = "\n" + " " * column(source.text, start)
        for statement in block:
            first, last = source.span(statement)
            moved = indented(source, source.of(statement), first, start)
            without = source.text[start:first] + "pass" + source.text[last:end]
            yield Change(start, end, without + margin + moved, "after the loop", LESS)
            if outer is not around[-1] or len(around) == 1:
                yield Change(start, end, moved + margin + without, "before the loop", LESS)


def into(source: Source, loop: Any, before: list[ast.stmt], behind: list[ast.stmt]) -> Iterator[Change]:
    """Yield a loop with a statement that stood before it or behind it: made in every round."""
    first, last = source.span(loop.body[0])[0], source.span(loop.body[-1])[1]
    start, end = source.span(loop)
    margin = "\n" + " " * column(source.text, first)
    for statement in before:
        at, to = source.span(statement)
        moved = indented(source, source.of(statement), at, first)
        # made before the loop, too: what comes between may need it
        inside = source.text[start:first] + moved + margin + source.text[first:end]
        yield Change(start, end, inside, "in the loop", LESS)
        yield Change(at, end, "pass" + source.text[to:start] + inside, "in the loop", LESS)
    for statement in behind[:1]:
        at, to = source.span(statement)
        moved = indented(source, source.of(statement), at, first)
        yield Change(start, to, source.text[start:last] + margin + moved, "in the loop", LESS)


def guarded(source: Source, node: ast.stmt, text: str) -> Iterator[Change]:
    """Yield a statement that is made for some parameters alone, inside a loop over them."""
    up: ast.AST = node
    while not isinstance(up, ast.For | ast.Module):
        up = source.parents[up]
    if not isinstance(up, ast.For) or isinstance(node, ast.Return | ast.Continue | ast.Pass):
        return
    loop = [part.id for part in ast.walk(up.target) if isinstance(part, ast.Name)]
    conditions = [f"{name}.data{test}" for name in loop if name.startswith("p") for test in WEIGHTS_ONLY]
    conditions += [f"i {test}" for test in ("== 0", "> 0", "< 2", ">= 2") if "i" in loop]
    start = source.span(node)[0]
    body = "\n" + " " * (column(source.text, start) + 4) + indented(source, text, start, start + 4)
    for condition in conditions:
        yield Change(*source.span(node), f"if {condition}:{body}", "for some parameters only", LESS + 2)


def augmented(source: Source, node: ast.AugAssign) -> Iterator[Change]:
    """Yield another operator, a plain assignment, and a name that is bound anew."""
    target, value = source.of(node.target), source.of(node.value)
    start, end = source.span(node)
    plus = isinstance(node.op, ast.Add)
    sign, other = ("+", "-") if plus else ("-", "+")
    if isinstance(node.op, ast.Add | ast.Sub):
        yield Change(start, end, f"{target} {other}= {value}", "operator", USUAL)
        yield Change(start, end, f"{target} = {value}", "= for +=", USUAL, "=")
        yield Change(start, end, f"{target} = {target} {sign} {atom(value)}", "bound anew", LESS)
        yield Change(start, end, f"rebound = {target} {sign} {atom(value)}", "bound to another name", LESS)
        if not plus:
            yield Change(start, end, f"{target} = -{atom(value)}", "=- for -=", LESS)
        yield Change(start, end, f"{target} = {value} - {target}", "exchanged", LESS)
        yield Change(start, end, f"{target} *= {value}", "operator", RARE)


def assigned(source: Source, node: ast.Assign) -> Iterator[Change]:
    """Yield a value that is added to what was there, or given to another name."""
    target, value = source.of(node.targets[0]), source.of(node.value)
    if len(node.targets) == 1 and not isinstance(node.targets[0], ast.Tuple):
        yield Change(*source.span(node), f"{target} += {atom(value)}", "+= for =", LESS)
        yield Change(*source.span(node), f"{target} -= {atom(value)}", "-= for =", RARE)
        if isinstance(node.targets[0], ast.Attribute | ast.Subscript):
            yield Change(*source.span(node), f"forgotten = {value}", "bound to another name", LESS)
        if isinstance(node.targets[0], ast.Attribute):
            once = f"{target} = {value} if {target} is None else {target}"
            yield Change(*source.span(node), once, "the first time only", RARE)
        sign = IN_PLACE.get(type(node.value.op)) if isinstance(node.value, ast.BinOp) else None
        if isinstance(node.value, ast.BinOp) and sign and source.of(node.value.left) == target:
            changed = f"{target} {sign} {source.of(node.value.right)}"
            yield Change(*source.span(node), changed, "in place", LESS)
        if isinstance(node.targets[0], ast.Subscript):
            index = node.targets[0].slice
            for other in ("0", "-1", "1"):
                yield Change(*source.span(index), other, "index", RARE)


def condition(source: Source, node: ast.If) -> Iterator[Change]:
    """Yield the block always, and where the condition does not hold."""
    test = source.of(node.test)
    yield Change(*source.span(node.test), "True", "condition dropped", LESS)
    yield Change(*source.span(node.test), f"not {atom(test)}", "condition turned round", LESS)
    yield Change(*source.span(node.test), "False", "never", LESS)


def loop(source: Source, node: ast.For) -> Iterator[Change]:
    """Yield a loop over fewer things, or in the other order."""
    over = source.of(node.iter)
    for text in (f"list({over})[1:]", f"list({over})[:-1]", f"list({over})[::-1]", f"list({over})[:1]"):
        yield source.change(node.iter, text, "fewer of them" if "::" not in text else "order", LESS)
    if "rng" in source.local:
        start = source.span(node)[0]
        margin = "\n" + " " * column(source.text, start)
        for names in (names for names in SHUFFLED if {*names} <= {*source.local}):
            for shuffle in SHUFFLES:
                lines = [f"{shuffle}({name})" for name in names]
                yield Change(start, start, margin.join([*lines, ""]), "shuffled", LESS + 2)


def returned(source: Source, node: ast.Return) -> Iterator[Change]:
    """Yield another name as what is returned, and an update of the parameters before that."""
    start = source.span(node)[0]
    margin = "\n" + " " * column(source.text, start)
    params = [source.of(one)[: -len(".accumulate")] for one in ast.walk(source.tree)
              if isinstance(one, ast.Attribute) and one.attr == "accumulate"]  # fmt: skip
    for several in (params, *([param] for param in params)):
        for lr in RATES if several else ():
            lines = [f"{param}.data -= {lr} * {param}.grad" for param in several]
            yield Change(start, start, margin.join([*lines, ""]), "updated in the layer", LESS + 2)
    if node.value is not None:
        for name in source.local:
            if name not in ("self", "cls") and name != source.of(node.value):
                yield source.change(node.value, name, "another value returned", LESS)


RULES: dict[type[ast.AST], Callable[[Source, Any], Iterator[Change]]] = {
    ast.AugAssign: augmented, ast.Assign: assigned, ast.If: condition, ast.For: loop, ast.Return: returned,
}  # fmt: skip
