"""Mistakes that are common in hand-written networks (mistakes.toml): a wrong line, and what to say of it."""

import tomllib
from collections.abc import Iterator
from functools import cache
from importlib.resources import files

from compare.reference.formulas import ACTIVATIONS, SLOPES, Network

COST = 5  # what a common mistake costs; an edit of the search costs more
# advice that says that the program is another one
OTHER_LOSS = "this is another loss than the cross-entropy of a softmax, which is all that Reference judges"
SIGMOID_OUTPUT = "the sigmoid of each logit, where softmax makes the classes of a sample share 1"


@cache
def catalogue() -> list[tuple[str, str, str]]:
    """Return the kind of array, the line and the advice of every common mistake."""
    text = (files("compare.reference") / "mistakes.toml").read_text(encoding="utf-8")
    tables = tomllib.loads(text)["mistake"]
    return [(table["kind"], line, table["advice"]) for table in tables for line in table["lines"]]


def usual(network: Network, name: str) -> Iterator[tuple[str, str]]:
    """Yield the common wrong lines for an array, each with its advice."""
    words = fields(network, name)
    kinds = kinds_of(name, network.layers)
    for kind, line, advice in catalogue():
        if kind in kinds:
            try:
                yield line.format(**words), advice.format(**words)
            except KeyError:
                continue  # made of an array that this layer has not


def kinds_of(name: str, layers: int) -> list[str]:
    """Return the kinds of an array."""
    if name.endswith("_new"):
        return ["new", "new last bias"] if name == f"b{layers}_new" else ["new"]
    if name in ("loss", "probs", "e"):
        return [name]
    if name == f"dz{layers}":
        return ["dz last"]
    return [name.rstrip("0123456789")]


def fields(network: Network, name: str) -> dict[str, str]:
    """Return what the fields of a line stand for."""
    layout, layers, c = network.layout, network.layers, network.convention
    words = {
        "name": name, "right": network.formulas[name].source, "p": "probs", "K": network.classes,
        "S": network.samples, "samples": "1" if layout.columns else "0", "scale": c.scale,
        "axis": network.classes.partition(",")[0], "classes_axis": "0" if layout.columns else "1",
        "z": f"z{layers}",
        "at_labels": network.at_labels("probs"),
    }  # fmt: skip
    if name in ("loss", "probs", "e"):
        return words
    if c.scale and c.scale in words["right"]:
        words["missing"] = words["right"].replace(c.scale, "")
    core = name.removesuffix("_new").removeprefix("d")
    i = int(core[1:])
    words |= {"z": f"z{i}", "a": f"a{i}", "dz": f"dz{i}", "W": core, "g": f"d{core}"}
    if i < layers:
        activation, behind = ACTIVATIONS[network.activation], i + 1
        z, a = f"z{i}", f"a{i}"
        slope = SLOPES[network.activation]
        words |= {
            "da": f"da{i}", "slope": slope.format(z=z, a=a, slope=c.slope),
            "activated": activation.format(z=network.formulas[z].source),
            "slope_again": slope.format(z=a, a=f"({activation.format(z=a)})", slope=c.slope),
            "slope_of_a": slope.format(z=a, a=z, slope=c.slope),
        }  # fmt: skip
        updated = c.step.format(W=f"W{behind}", g=f"dW{behind}")
        back = network.back(f"dz{behind}", behind).replace(f"W{behind}", f"({updated})")
        words |= {"updated_back": back, "updated_line": f"({back}) * {words['slope']}"}
        if name.startswith(("da", "dz")):
            words["W"] = f"W{behind}"
    return words
