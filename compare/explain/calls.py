"""The slips of a call: another function, another axis, arguments dropped or exchanged, the call left out."""

import ast
from collections.abc import Iterator

from compare.explain.activations import activations
from compare.explain.costs import LESS, RARE, USUAL
from compare.explain.source import Change, Source
from compare.explain.text import atom

# rows of a batch that a learner leaves out
ROWS = ("1:", ":-1", ": len({}) // 2")

REDUCTIONS = ("sum", "mean", "max", "min", "std", "prod")
# functions that are taken for one another
FAMILIES = (
    REDUCTIONS, ("log", "log10", "log2", "log1p"), ("exp", "exp2", "expm1"), ("sqrt", "square"),
    ("maximum", "minimum"), ("argmax", "argmin", "argsort", "max"), ("dot", "multiply"), ("zeros", "ones"),
    ("floor", "ceil", "round"), ("normal", "uniform"),
)  # fmt: skip

# batch sizes, and numbers of flowers, that stand in code instead of a length
SIZES = ("32", "16", "64", "10", "100", "120", "150")
# how else fresh weights are drawn: from which generator, how spread
SPREADS = (
    "{bound}", "1", "0.01", "0.1", "0.5", "0.05", "0.001", "np.sqrt(2 / in_features)",
    "np.sqrt(1 / in_features)", "np.sqrt(6 / in_features)", "np.sqrt(3 / in_features)",
    "1 / in_features", "2 / in_features",
    "np.sqrt(6 / (in_features + out_features))", "np.sqrt(2 / (in_features + out_features))",
    "np.sqrt(1 / (in_features + out_features))", "np.sqrt(6 / in_features + out_features)",
    "np.sqrt(1 / out_features)", "np.sqrt(2 / out_features)",
)  # fmt: skip
DRAWS = (
    "np.zeros({shape})", "np.ones({shape})", "{rng}.rand(*{shape}) - 0.5",
    *(f"init.uniform({{rng}}, {spread}, {{shape}})" for spread in SPREADS[1:]),
    *(
        draw
        for rng in ("{rng}", "np.random")
        for spread in SPREADS
        for draw in (
            f"{rng}.randn(*{{shape}}) * {spread}", f"{rng}.rand(*{{shape}}) * {spread}",
            f"{rng}.uniform(-{spread}, {spread}, {{shape}})", f"{rng}.uniform({spread}, 1, {{shape}})",
            f"{rng}.randn(*{{shape}}[::-1]).T * {spread}",
        )
    ),
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
    if name in REDUCTIONS and isinstance(node.func, ast.Attribute) and isinstance(node.func.value, ast.Call):
        inner = node.func.value
        if source.of(inner.func).startswith("np.") and len(inner.args) == 1 and not inner.keywords:
            reduced = f"{atom(source.of(inner.args[0]))}.{name}({', '.join(arguments)})"
            yield source.change(node, f"{source.of(inner.func)}({reduced})", "order of two functions", LESS)
    yield from drawn(source, node, name)
    yield from widths(source, node, function)
    yield from lengths(source, node, function)
    yield from activations(source, node)
    for i in range(len(arguments)):
        if len(arguments) > 1 or node.keywords:
            rest = arguments[:i] + arguments[i + 1 :]
            yield source.change(node, called(function, rest), "argument dropped", RARE)
    if name == "accumulate" and isinstance(parent := source.parents[node], ast.Expr):
        assigned = f"{function.removesuffix('accumulate')}grad = {arguments[0]}"
        yield Change(*source.span(parent), assigned, "assigned, not added", LESS, "grad")
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
    if len(node.args) == 1 and not node.keywords:
        yield source.change(node, called(function, [called(function, arguments)]), "call twice", LESS)


def lengths(source: Source, node: ast.Call, function: str) -> Iterator[Change]:
    """Yield other numbers for a length: how many numbers an array has, its columns, a fixed batch size."""
    if function != "len" or source.is_index(node):
        return
    for name in source.local:
        if name == "batch_size":
            yield source.change(node, f"({name} or {source.of(node)})", "size for length", LESS)
        if name not in ("self", "cls"):
            for size in ("size", "shape[1]"):
                yield source.change(node, f"{name}.{size}", "size for length", LESS)
    for size in SIZES:
        yield source.change(node, size, "constant", LESS + 2)


def widths(source: Source, node: ast.Call, function: str) -> Iterator[Change]:
    """Yield one-hot rows with as many columns as the batch has classes."""
    parent = source.parents[node]
    if function == "np.eye" and isinstance(parent, ast.Subscript):
        labels = source.of(parent.slice)
        for width in (f"len(np.unique({labels}))", f"{labels}.max() + 1"):
            yield source.change(node.args[0], width, "size for length", LESS)


def drawn(source: Source, node: ast.Call, name: str) -> Iterator[Change]:
    """Yield fresh weights of other distributions, other orders of the samples, and other splits."""
    if name == "uniform" and len(node.args) == 3 and not node.keywords:
        rng, bound, shape = (source.of(arg) for arg in node.args)
        for other in DRAWS:
            text = other.format(rng=rng, bound=atom(bound), shape=shape).removesuffix(" * 1")
            yield source.change(node, text, "another distribution", LESS, other)
        turned = f"{source.of(node.func)}({rng}, {bound}, {atom(shape)}[::-1]).T"
        yield source.change(node, turned, "transposed", LESS)
    if name == "permutation" and len(node.args) == 1:
        rng, size = source.of(node.func).rpartition(".")[0], source.of(node.args[0])
        yield source.change(node, f"{rng}.integers(0, {size}, {size})", "drawn with replacement", LESS)
        yield source.change(node, f"np.arange({size})", "not shuffled", LESS)
        yield source.change(node, f"np.sort({source.of(node)})", "not shuffled", RARE)
        yield source.change(node, f"np.random.permutation({size})", "another generator", LESS)
    if name == "default_rng" and node.args:
        seed = source.of(node.args[0])
        yield source.change(node, f"np.random.RandomState({seed})", "another generator", LESS)
    if name == "train_test_split":
        for keyword in (keyword for keyword in node.keywords if keyword.arg == "random_state"):
            for other in ("shuffle=False", "random_state=0", "random_state=1"):
                yield Change(*source.span(keyword), other, "another split", LESS)
        stratified = f"{source.of(node)[:-1].rstrip().rstrip(',')}, stratify={source.of(node.args[-1])})"
        yield source.change(node, stratified, "another split", LESS)


def axes(source: Source, node: ast.Call, function: str, arguments: list[str]) -> Iterator[Change]:
    """Yield a reduction along another axis, along none, of something else, or left out."""
    name = function.rpartition(".")[2]
    along = [keyword for keyword in node.keywords if keyword.arg == "axis"]
    for keyword in along:
        value = source.of(keyword.value)
        for other in "01":
            if other != value:
                yield Change(*source.span(keyword.value), other, "axis", USUAL, other)
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
        for rows in ROWS if method else ():
            text = f"{one}[{rows.format(of)}].{name}({', '.join(arguments)})"
            yield source.change(node, text, "rows missing", RARE)
        size = f"{one}.shape[1]"
        for total in (f"{one}.sum()", f"{one}.mean()"):
            yield source.change(node, f"np.full({size}, {total})", "total for a column", LESS)
            yield source.change(node, f"np.full({size}, {total}, {one}.dtype)", "total for a column", LESS)
    for other in source.compounds:
        if other != of and source.of(node) not in other and along:
            for axis in "01":
                for kind in ("sum", "mean"):
                    text = f"{atom(other)}.{kind}(axis={axis})"
                    yield source.change(node, text, "reduction of another array", LESS + 2)
