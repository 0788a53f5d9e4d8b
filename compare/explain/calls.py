"""The slips of a call: another function, another axis, arguments dropped or exchanged, the call left out."""

import ast
from collections.abc import Iterator

from compare.explain.costs import LESS, RARE, USUAL
from compare.explain.source import Change, Source, atom

REDUCTIONS = ("sum", "mean", "max", "min", "std", "prod")
# functions that are taken for one another
FAMILIES = (
    REDUCTIONS, ("log", "log10", "log2", "log1p"), ("exp", "exp2", "expm1"), ("sqrt", "square"),
    ("maximum", "minimum"), ("argmax", "argmin", "argsort"), ("dot", "multiply"), ("zeros", "ones"),
    ("floor", "ceil", "round"), ("normal", "uniform"),
)  # fmt: skip


def call(source: Source, node: ast.Call) -> Iterator[Change]:
    """Yield another function, other axes, arguments dropped or exchanged, the call left out."""
    function = source.of(node.func)
    name = function.rpartition(".")[2]
    arguments = [source.of(arg) for arg in (*node.args, *node.keywords)]

    def called(other: str, texts: list[str]) -> str:
        return f"{other}({', '.join(texts)})"

    for family in FAMILIES:
        if name in family:
            for other in family:
                cost = (
                    USUAL
                    if family in (REDUCTIONS[:2], FAMILIES[4]) or {name, other} == {"sum", "mean"}
                    else LESS
                )
                if other != name:
                    yield Change(
                        *source.span(node.func), function[: -len(name)] + other, "function", cost, other
                    )
    yield from axes(source, node, function, arguments)
    for i in range(len(arguments)):
        if len(arguments) > 1 or node.keywords:
            rest = arguments[:i] + arguments[i + 1 :]
            yield source.change(node, called(function, rest), "argument dropped", RARE)
    if len(node.args) > 1:
        for i in range(len(node.args) - 1):
            rest = [*arguments[:i], arguments[i + 1], arguments[i], *arguments[i + 2 :]]
            yield source.change(node, called(function, rest), "exchanged", RARE)
    if isinstance(node.func, ast.Attribute) and function.split(".")[0] not in (
        "np",
        "math",
        "cls",
        "super()",
    ):
        yield source.change(node, source.of(node.func.value), "call left out", LESS)
    if isinstance(source.parents[node], ast.Expr):
        return
    for argument in node.args:
        if not isinstance(argument, ast.Starred):
            yield source.change(node, source.of(argument), "call left out", LESS)
    if len(node.args) == 1 and not node.keywords and function[:3] != "np.":
        yield source.change(node, called(function, [called(function, arguments)]), "call twice", LESS)


def axes(source: Source, node: ast.Call, function: str, arguments: list[str]) -> Iterator[Change]:
    """Yield a reduction along another axis, along none, of something else, or left out."""
    name = function.rpartition(".")[2]
    along = [keyword for keyword in node.keywords if keyword.arg == "axis"]
    for keyword in along:
        value, others = source.of(keyword.value), ["0", "1", "-1"]
        for other in others:
            if other != value:
                yield Change(*source.span(keyword.value), other, "axis", USUAL + (other == "-1"), other)
        rest = [text for text in arguments if not text.replace(" ", "").startswith(("axis=", "keepdims="))]
        yield source.change(node, f"{function}({', '.join(rest)})", "axis dropped", USUAL, "none")
    if name not in (*REDUCTIONS, "argmax", "argmin"):
        return
    method = isinstance(node.func, ast.Attribute) and source.of(node.func.value) != "np"
    of = (
        source.of(node.func.value)
        if method and isinstance(node.func, ast.Attribute)
        else (arguments or ["x"])[0]
    )
    keep = [text for text in arguments if text.replace(" ", "").startswith("keepdims=")]
    if along and not keep:
        yield source.change(node, f"{function}({', '.join([*arguments, 'keepdims=True'])})", "keepdims", LESS)
    if not along:
        for axis in "01":
            for more in ([], ["keepdims=True"]):
                texts = [*arguments, f"axis={axis}", *more]
                yield source.change(node, f"{function}({', '.join(texts)})", "axis added", LESS)
    if along or name in REDUCTIONS:
        one = atom(of)
        for text in (f"{one}[0]", f"{one}[-1]", f"{one}[:, 0]"):
            yield source.change(node, text, "one row for all", LESS)
        size = f"{one}.shape[1]"
        for total in (f"{one}.sum()", f"{one}.mean()"):
            yield source.change(node, f"np.full({size}, {total})", "total for a column", LESS)
            yield source.change(node, f"np.full({size}, {total}, {one}.dtype)", "total for a column", LESS)
    for other in source.compounds:
        if other != of and source.of(node) not in other and along:
            for axis in "01":
                for kind in ("sum", "mean"):
                    text = f"{atom(other)}.{kind}(axis={axis})"
                    yield source.change(node, text, "reduction of another array", RARE)
