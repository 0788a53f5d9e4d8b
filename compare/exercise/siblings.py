"""Two methods of one class, judged one by one although they share what only their author names.

``forward`` keeps something for ``backward``: its input, a mask, probabilities, under whatever name. Put alone
into a correct class, a right ``backward`` that reads ``self.inputs`` would end in an AttributeError. So the
learner's class runs as a whole, with a correct twin at each object's side, and one of its methods is
relieved of one task:

    "outputs"    forward returns what the learner's returns; backward is the twin's
    "backward"   the learner's forward runs and keeps what it keeps, but the twin's result is handed on;
                 backward is the learner's
    "kept"       the same, but ``backward`` finds correct values under the names that it reads: each
                 combination of those that a correct forward pass knows
"""

import ast
from collections.abc import Iterator
from itertools import islice, product
from types import ModuleType
from typing import Any

import numpy as np

import numpy_mlp

TRIED = 128  # combinations of values


class Side:
    """The correct twins of a class's objects, and what they know after a forward pass."""

    def __init__(self, name: str) -> None:
        """Take the name of a class of numpy_mlp."""
        self.name = name
        self.arguments: dict[int, tuple[tuple[Any, ...], dict[str, Any]]] = {}
        self.twins: dict[int, tuple[Any, Any]] = {}

    def of(self, layer: Any) -> Any:
        """Return an object's twin: with the same parameters, or built with the same arguments."""
        # the object is kept beside it: a number that is free again could come back as another's
        _, twin = self.twins.get(id(layer), (layer, None))
        if twin is None:
            twin = self.build(layer)
            self.twins[id(layer)] = layer, twin
        if self.name == "Linear":
            twin.weight, twin.bias = layer.weight, layer.bias
        return twin

    def build(self, layer: Any) -> Any:
        """Return a new twin."""
        if self.name == "MLP":
            return Row(layer)
        if self.name == "Linear":
            return object.__new__(numpy_mlp.Linear)
        args, options = self.arguments.get(id(layer), ((), {}))
        return getattr(numpy_mlp, self.name)(*args, **options)


class Row:
    """The twin of a network: its layers, one after the other, whatever it keeps them in."""

    def __init__(self, model: Any) -> None:
        """Take the network."""
        self.model = model

    def forward(self, x: Any) -> Any:
        """Return the logits."""
        for _, layer in self.model.named_children():
            x = layer.forward(x)
        return x

    def backward(self, grad: Any) -> None:
        """Go through every layer's backward."""
        for _, layer in reversed(list(self.model.named_children())):
            grad = layer.backward(grad)


def relieved(package: ModuleType, path: list[str], mode: str, kept: dict[str, str] | None = None) -> None:
    """Let the class of a package, which is the learner's as a whole, run in one of the modes above.

    ``kept`` gives, for each name that the learner's backward reads, which value of ``knowledge`` it finds.
    """
    cls = getattr(getattr(package, home_of(path[0])), path[0])
    side = Side(path[0])
    start, forward = cls.__init__, cls.forward

    def built(self: Any, *args: Any, **options: Any) -> None:
        side.arguments[id(self)] = args, options
        start(self, *args, **options)

    def outputs(self: Any, *args: Any) -> Any:
        side.of(self).forward(*map(np.copy, args))
        return forward(self, *args)

    def backward_of_twin(self: Any, *args: Any, **options: Any) -> Any:
        return side.of(self).backward(*args)

    def handed_on(self: Any, *args: Any) -> Any:
        correct = side.of(self).forward(*map(np.copy, args))
        if kept is None:
            forward(self, *args)
        else:
            known = knowledge(side.name, side.of(self), args, correct)
            vars(self).update({name: known[value] for name, value in kept.items()})
        return correct

    cls.__init__ = built
    cls.forward = outputs if mode == "outputs" else handed_on
    if mode == "outputs":
        cls.backward = backward_of_twin


def home_of(name: str) -> str:
    """Return the module of a class of numpy_mlp."""
    home: str = getattr(numpy_mlp, name).__module__.partition(".")[2]
    return home


def knowledge(name: str, twin: Any, args: tuple[Any, ...], output: Any) -> dict[str, Any]:
    """Return what a correct forward pass can keep for backward, by names of our own."""
    if name == "CrossEntropyLoss":
        logits, labels = args
        log_p, p = twin.saved[0], np.exp(twin.saved[0])
        onehot = np.eye(logits.shape[1], dtype=logits.dtype)[labels]
        pairs = {"log p, y": (log_p, labels), "p, y": (p, labels), "p, onehot": (p, onehot)}
        single = {"p": p, "y": labels, "onehot": onehot, "log p": log_p, "N": len(labels), "z": logits}
        return single | pairs | {"log p, onehot": (log_p, onehot)}
    if name == "ReLU":
        (x,) = args
        return {"mask": twin.mask, "x": x, "y": output, "slope": twin.mask.astype(x.dtype)}
    return {"x": args[0]}


VALUES = {
    "Linear": ["x"],
    "ReLU": ["mask", "x", "y", "slope"],
    "CrossEntropyLoss": [
        "p", "y", "onehot", "log p", "N", "z", "log p, y", "p, y", "p, onehot", "log p, onehot",
    ],
}  # fmt: skip


def substitutions(names: list[str], name: str) -> Iterator[dict[str, str]]:
    """Yield what may stand under the names that the backward of a class reads."""
    known = VALUES.get(name, [])
    for values in islice(product(known, repeat=len(names)), TRIED) if names else ():
        yield dict(zip(names, values, strict=True))


def read_names(tree: ast.FunctionDef) -> list[str]:
    """Return the attributes of ``self`` that a method reads, but for those that a correct class has, too.

    >>> read_names(ast.parse("def backward(self, g): return g * self.seen + self.bias.data").body[0])
    ['seen']
    """
    if not tree.args.args:
        return []
    own = tree.args.args[0].arg
    found = [
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == own
    ]
    return [name for name in dict.fromkeys(found) if name not in ("weight", "bias", "reduction")]
