"""Other activations where a ReLU belongs: max(0, x) and its mask, each alone or both at once."""

import ast
from collections.abc import Iterator

from compare.explain.costs import LESS, RARE
from compare.explain.source import Change, Source
from compare.explain.text import atom

SIGMOID = "(1 / (1 + np.exp(-{x})))"
# by name: the function and its slope
ACTIVATIONS = {
    **{
        f"a leaky ReLU of slope {slope}": (
            f"np.maximum({{x}}, {slope} * {{x}})",
            f"np.where({{x}} > 0, 1, {slope}).astype({{x}}.dtype)",
        )
        for slope in ("0.01", "0.1", "0.2")
    },
    "a sigmoid": (SIGMOID, f"{SIGMOID} * (1 - {SIGMOID})"),
    "tanh": ("np.tanh({x})", "(1 - np.tanh({x}) ** 2)"),
    "a softplus": ("np.log1p(np.exp({x}))", SIGMOID),
    "an ELU": (
        "np.where({x} > 0, {x}, np.expm1({x}))",
        "np.where({x} > 0, 1, np.exp({x})).astype({x}.dtype)",
    ),
    "the absolute value": ("np.abs({x})", "np.sign({x})"),
    "a ReLU that ends at 6": ("np.clip({x}, 0, 6)", "(({x} > 0) & ({x} < 6))"),
    "a ReLU that ends at 1": ("np.clip({x}, 0, 1)", "(({x} > 0) & ({x} < 1))"),
    "a step": ("({x} > 0).astype({x}.dtype)", "({x} > 0)"),
    "no activation": ("{x}", "np.ones_like({x})"),
}
# slopes of sigmoid and tanh out of their outputs, taken of x or of max(0, x)
SLOPES = tuple(
    slope.format(a=output)
    for output in ("{x}", "np.maximum({x}, 0)")
    for slope in ("{a} * (1 - {a})", "(1 - {a} ** 2)")
)


def activations(source: Source, node: ast.Call | ast.Compare) -> Iterator[Change]:
    """Yield other activations for ``np.maximum(x, 0)``, and their slopes for ``x > 0``."""
    if isinstance(node, ast.Call):
        if source.of(node.func) != "np.maximum" or len(node.args) != 2:
            return
        x, bound = (source.of(arg) for arg in node.args)
        place = 0
    else:
        if not isinstance(node.ops[0], ast.Gt):
            return
        x, bound = source.of(node.left), source.of(node.comparators[0])
        place = 1
    if bound == "0":
        for name, forms in ACTIVATIONS.items():
            cost = LESS if "leaky" in name else RARE
            yield source.change(node, forms[place].format(x=atom(x)), "another activation", cost, name)
        for slope in SLOPES if place else ():
            yield source.change(node, slope.format(x=atom(x)), "another activation", RARE)
