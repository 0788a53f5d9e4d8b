"""The slips of a value as a whole: a sign, a factor or a term too many, another function around it."""

import ast
from collections.abc import Iterator
from typing import Any

from compare.explain.costs import FAR, LESS, RARE, USUAL
from compare.explain.source import Change, Source
from compare.explain.text import atom, plain

EPSILONS = ("1e-8", "1e-7", "1e-9", "1e-10", "1e-12", "1e-6", "1e-5", "1e-15")
BOUNDS = ("1e-4", "1e-3", "0.01", "0.05")  # of probabilities that are clipped
FACTORS = ("0.1", "0.01", "0.001", "0.0001")  # of a penalty that the settings don't know
NUMBERS = ("3", "4", "10", "100", "0.1", "0.01")
LIMITS = ("1", "5", "0.5", "10")
REDUCED = ("mean()", "sum()", "max()", "mean(axis=0)", "sum(axis=0)", "mean(axis=0, keepdims=True)",
           "mean(axis=1, keepdims=True)", "sum(axis=1, keepdims=True)")  # fmt: skip
DIVISORS = ("np.linalg.norm({})", "max(1, np.linalg.norm({}))", "{}.sum()", "{}.sum(axis=1, keepdims=True)",
            "{}.std()", "np.abs({}).max()")  # fmt: skip
FUNCTIONS = ("np.exp({})", "np.log({})", "np.sqrt({})", "np.tanh({})", "1 / (1 + np.exp(-{}))", "softmax({})")


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


def changes(source: Source, node: Any) -> Iterator[Change]:
    """Yield a value with another sign, factors or terms too many, or as another function of itself."""
    if isinstance(node, ast.Constant) and not isinstance(node.value, int | float):
        return
    text, whole = source.of(node), not isinstance(source.parents[node], ast.BinOp)
    one = atom(text)
    if not isinstance(node, ast.UnaryOp | ast.Constant):
        yield source.change(node, f"-{one}", "sign", USUAL + 2)
    for factor in factors(source, node):
        rarely = 4 if ".shape" in factor or ".size" in factor or "- 1" in factor else 0
        for operator in "*/":
            yield source.change(node, f"{one} {operator} {atom(factor)}", "a factor too many",
                                LESS + rarely + (0 if whole else 2))  # fmt: skip
    if isinstance(node, ast.Constant):
        return
    for number in NUMBERS if whole else ():
        yield source.change(node, f"{one} * {number}", "a factor too many", LESS + 2)
    yield source.change(node, f"{one} ** 2", "squared", RARE)
    if whole or scaled(source, node):
        yield from other_functions(source, node, text)
        yield from other_terms(source, node, text)
    if whole:
        yield from bounded(source, node, text)
    if isinstance(node, ast.Name) and node.id in source.local:
        yield from everywhere(source, node, text)


def everywhere(source: Source, node: ast.expr, text: str) -> Iterator[Change]:
    """Yield what a name stands for, changed before it is used: the same change wherever the name is read."""
    changes = [f"{text} / {divisor.format(text)}" for divisor in DIVISORS]
    changes += [function.format(text) for function in FUNCTIONS]
    changes.append(f"{text}.reshape({text}.shape[::-1]).T")
    sizes = (f"len({text})", f"{text}.shape[0]", f"{text}.shape[1]", f"{text}.size", "2", *source.scale)
    changes += [f"{text} {operator} {size}" for operator in "*/" for size in sizes]
    for new in changes:
        start, end = source.span(node)
        yield Change(start, end, atom(new), "changed before it is used", LESS, new, alone=False)


def scaled(source: Source, node: ast.AST) -> bool:
    """Return whether a value is a name that a product or a quotient begins or ends with: ``lr * update``."""
    parent = source.parents[node]
    return plain(node) and isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult | ast.Div)


def factors(source: Source, node: ast.AST) -> Iterator[str]:
    """Yield what a value may have been multiplied or divided by, once too often."""
    yield from source.scale
    yield "2"
    for name in source.arrays:
        if f"len({name})" not in source.scale:
            yield f"len({name})"
        yield f"(len({name}) - 1)"
    if plain(node):
        yield from (f"{source.of(node)}.shape[0]", f"{source.of(node)}.shape[1]", f"{source.of(node)}.size")


def other_functions(source: Source, node: ast.expr, text: str) -> Iterator[Change]:
    """Yield a value through a function, reduced, or divided by what it sums to."""
    one = atom(text)
    yield source.change(node, f"np.abs({text})", "absolute value", RARE)
    yield source.change(node, f"np.sign({text})", "its sign alone", RARE)
    for function in FUNCTIONS:
        called = function.format(one if "-" in function else text)
        yield source.change(node, called, f"through {function.partition('(')[0].strip()}", RARE)
    yield source.change(node, f"({one} ** 2).sum()", "reduced", RARE)
    for call in REDUCED:
        yield source.change(node, f"{one}.{call}", "reduced", RARE)
    for axis in "01":
        yield source.change(node, f"np.cumsum({text}, axis={axis})", "sums so far", RARE)
    for call in ("sum", "mean"):
        rows = f"np.zeros_like({text}) + {one}.{call}(axis=0)"
        yield source.change(node, rows, "the same row for all", RARE)
    for divisor in DIVISORS:
        yield source.change(node, f"{one} / {divisor.format(one)}", "divided by its own size", RARE)
    for name in source.local:
        if name not in ("self", "cls"):
            yield source.change(node, f"{one} * {name} * (1 - {name})", "a sigmoid's slope", RARE)
    for part in ("[0]", "[-1]", "[:1]", "[:, :1]"):
        yield source.change(node, f"{one}{part}", "one entry for all", RARE)
    zeros = "0.0" if text.startswith("float(") else f"np.zeros_like({text})"
    yield source.change(node, zeros, "0", LESS)
    yield source.change(node, f"np.maximum({text}, 0)", "ReLU where none belongs", LESS)


def other_terms(source: Source, node: ast.expr, text: str) -> Iterator[Change]:
    """Yield a value to which something of the text is added, or a number that is small or 1."""
    value = text if isinstance(node, ast.BinOp) else atom(text)
    for term in [*source.names, *source.compounds, "1", "0.5"]:
        if term != text and not term.startswith(f"{text}."):
            cost = LESS if term == "1" and source.is_index(node) else RARE
            for operator in "+-":
                yield source.change(node, f"{value} {operator} {atom(term)}", "a term too many", cost)
        if term.endswith(("weight.data", "param.data")):
            for factor in FACTORS:
                for operator in "+-":
                    changed = f"{value} {operator} {factor} * {term}"
                    yield source.change(node, changed, "a term too many", RARE + 2)
    for epsilon in EPSILONS:
        yield source.change(node, f"{text} + {epsilon}", "a small number added", RARE)


def bounded(source: Source, node: ast.expr, text: str) -> Iterator[Change]:
    """Yield a value that is clipped, rounded, or of another dtype on its way."""
    yield source.change(node, f"np.round({text})", "rounded", FAR)
    for limit in LIMITS:
        yield source.change(node, f"np.clip({text}, -{limit}, {limit})", "clipped", RARE)
    parent = source.parents[node]
    probabilities = isinstance(parent, ast.Assign) and text.startswith(("np.exp(", "softmax(", "e / "))
    if probabilities or (isinstance(parent, ast.Call) and source.of(parent.func).endswith("log")):
        for epsilon in (*EPSILONS, *BOUNDS):
            yield source.change(node, f"np.clip({text}, {epsilon}, 1 - {epsilon})", "clipped", RARE)
            yield source.change(node, f"np.maximum({text}, {epsilon})", "clipped", RARE)
    for dtype in ("float16", "int64"):
        yield source.change(node, f"np.asarray({text}).astype(np.{dtype}).astype({atom(text)}.dtype)",
                            f"through {dtype}", RARE)  # fmt: skip
