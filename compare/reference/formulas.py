"""The network as lines of NumPy, in the layout and the convention of whoever wrote it.

    z1 = x @ W1 + b1        a1 = np.maximum(0, z1)      z2 = a1 @ W2 + b2       probs = e / e.sum(axis=1, ...)
    dz2 = (probs - onehot) / N      dW2 = a1.T @ dz2        db2 = dz2.sum(axis=0)       ...

A line is what the budget is computed from, what the report shows, and what an explanation is an edit of.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product


@dataclass(frozen=True)
class Layout:
    """How arrays lie: samples in rows or in columns, weights as (in, out) or (out, in)."""

    columns: bool = False  # x is (features, N)
    inputs_first: bool = False  # W is (in, out)

    def __str__(self) -> str:
        """Return it in words."""
        samples = "samples in columns" if self.columns else "samples in rows"
        return f"{samples}, W as {'(in, out)' if self.inputs_first else '(out, in)'}"


LAYOUTS = {
    "in,out": Layout(columns=False, inputs_first=True),
    "out,in": Layout(columns=False, inputs_first=False),
    "columns": Layout(columns=True, inputs_first=False),
}


@dataclass(frozen=True)
class Convention:
    """What correct programs do in more than one way; the first of each kind is PyTorch's."""

    dz: str = "(probs - onehot) / N"
    scale: str = ""  # what stands behind each gradient of a parameter
    sign: str = ""  # what stands before it
    slope: str = ">"  # of a ReLU at 0: 0, or with >= 1
    picked: str = "np.log({p})"  # the term of the loss, of the probabilities at the labels
    reduction: str = "{t}.mean()"
    decay: str = ""  # what is added to the gradient of a weight, such as "l2 * {W}"
    decay_of_biases: bool = False
    penalty: str = ""  # what is added to the loss
    step: str = "{W} - lr * {g}"
    decay_in_step: bool = False

    @property
    def negative(self) -> bool:
        """Whether the gradients of the parameters are minus the slopes of the loss."""
        return self.dz.lstrip("(").startswith("onehot") != (self.sign == "-")


# (dz, what stands behind dW and db, what before them), the most usual first
DELTAS = [
    ("(probs - onehot) / N", "", ""),
    ("probs - onehot", " / N", ""),
    ("probs - onehot", "", ""),
    ("(onehot - probs) / N", "", ""),
    ("onehot - probs", " / N", ""),
    ("onehot - probs", "", ""),
    ("(onehot - probs) / N", "", "-"),
    ("onehot - probs", " / N", "-"),
    ("onehot - probs", "", "-"),
    ("(probs - onehot) / (N * C)", "", ""),
    ("probs - onehot", " / (N * C)", ""),
    ("(probs - onehot) / N / np.log(2)", "", ""),
    ("(probs - onehot) / np.log(2)", " / N", ""),
]
PICKED = ["np.log({p})", "np.log({p} + eps)", "np.log(np.clip({p}, eps, 1 - eps))", "np.log2({p})"]
REDUCTIONS = ["{t}.mean()", "{t}.sum()", "{t}.sum() / (N * C)", "{t}"]
EPSILONS = [10.0**-power for power in range(5, 17)]


@dataclass(frozen=True)
class Formula:
    """One array: its name, the line that computes it, and other lines that compute the same."""

    name: str
    source: str
    others: tuple[str, ...] = ()
    # words of the report
    line: str = ""

    @property
    def text(self) -> str:
        """The line as it is shown."""
        return self.line or f"{self.name} = {self.source}"


ACTIVATIONS: dict[str, str] = {
    "relu": "np.maximum(0, {z})",
    "sigmoid": "1 / (1 + np.exp(-{z}))",
    "tanh": "np.tanh({z})",
}
# other forms, which round differently
FORMS: dict[str, tuple[str, ...]] = {"relu": (), "sigmoid": ("np.tanh({z} / 2) / 2 + 0.5",), "tanh": ()}
SLOPES = {"relu": "({z} {slope} 0)", "sigmoid": "{a} * (1 - {a})", "tanh": "(1 - {a} ** 2)"}


class Network:
    """The formulas of a network of some depth, in one layout and one convention."""

    def __init__(self, layers: int, activation: str, layout: Layout, convention: Convention) -> None:
        """Take the number of weight matrices, the hidden activation, and how the lines are written."""
        self.layers, self.activation = layers, activation
        self.layout, self.convention = layout, convention
        self.formulas = {formula.name: formula for formula in self._formulas()}

    @property
    def names(self) -> list[str]:
        """What can be handed over, in the order of computation."""
        return [name for name in self.formulas if name != "e"]

    def linear(self, a: str, i: int) -> str:
        """Return a W + b."""
        w = f"W{i}" if self.layout.inputs_first != self.layout.columns else f"W{i}.T"
        return f"{w} @ {a} + b{i}" if self.layout.columns else f"{a} @ {w} + b{i}"

    def back(self, dz: str, i: int) -> str:
        """Return dL/da for dL/dz of the layer behind it."""
        w = f"W{i}.T" if self.layout.inputs_first != self.layout.columns else f"W{i}"
        return f"{w} @ {dz}" if self.layout.columns else f"{dz} @ {w}"

    def weight_gradient(self, a: str, dz: str) -> str:
        """Return dL/dW."""
        if self.layout.columns:
            return f"{a} @ {dz}.T" if self.layout.inputs_first else f"{dz} @ {a}.T"
        return f"{a}.T @ {dz}" if self.layout.inputs_first else f"{dz}.T @ {a}"

    @property
    def classes(self) -> str:
        """The arguments of a sum over the classes."""
        return f"axis={0 if self.layout.columns else 1}, keepdims=True"

    @property
    def samples(self) -> str:
        """The arguments of a sum over the samples."""
        return "axis=1, keepdims=True" if self.layout.columns else "axis=0"

    def at_labels(self, of: str) -> str:
        """Return each sample's entry at its label."""
        return f"{of}[y, np.arange(N)]" if self.layout.columns else f"{of}[np.arange(N), y]"

    def _formulas(self) -> Iterator[Formula]:
        last, c = self.layers, self.convention
        activation = ACTIVATIONS[self.activation]
        for i in range(1, last + 1):
            yield Formula(f"z{i}", self.linear(f"a{i - 1}" if i > 1 else "x", i))
            if i < last:
                others = (form.format(z=f"z{i}") for form in FORMS[self.activation])
                yield Formula(f"a{i}", activation.format(z=f"z{i}"), tuple(others))
        logits = f"z{last}"
        # the shifted form: its budget covers the plain one, which has fewer roundings
        yield Formula("e", f"np.exp({logits} - {logits}.max({self.classes}))", (f"np.exp({logits})",))
        yield Formula("probs", f"e / e.sum({self.classes})")
        yield self.loss(logits)
        yield Formula(f"dz{last}", c.dz)
        for i in range(last, 0, -1):
            dz, a = f"dz{i}", f"a{i - 1}" if i > 1 else "x"
            yield self.gradient(f"W{i}", self.weight_gradient(a, dz), decays=True)
            yield self.gradient(f"b{i}", f"{dz}.sum({self.samples})", decays=c.decay_of_biases)
            if i > 1:
                before = f"z{i - 1}"
                yield Formula(f"da{i - 1}", self.back(dz, i))
                yield self.through_activation(f"dz{i - 1}", f"da{i - 1}", before, a, self.back(dz, i))
        for name in (f"{kind}{i}" for i, kind in product(range(1, last + 1), "Wb")):
            decays = c.decay_in_step and (name[0] == "W" or c.decay_of_biases)
            gradient = f"(d{name} + l2 * {name})" if decays else f"d{name}"
            yield Formula(f"{name}_new", c.step.format(W=name, g=gradient))

    def loss(self, logits: str) -> Formula:
        """Return the loss, and the form that takes the logarithm of no quotient."""
        c = self.convention
        terms = c.picked.format(p=self.at_labels("probs"))
        reduced = c.reduction.format(t=terms)
        others = []
        if c.picked == PICKED[0]:
            shifted = self.at_labels(f"({logits} - {logits}.max({self.classes}))")
            of_sum = f"np.log(e.sum({self.classes.partition(',')[0]}))"
            others = [c.reduction.format(t=f"({of_sum} - {shifted})") + c.penalty]
        return Formula("loss", f"-{reduced}{c.penalty}", tuple(others))

    def gradient(self, name: str, product_: str, *, decays: bool) -> Formula:
        """Return the gradient of a parameter."""
        c = self.convention
        text = f"{product_}{c.scale}"
        if c.sign:
            text = f"-({product_}){c.scale}"
        decay = c.decay.format(W=name) if decays else ""
        return Formula(f"d{name}", text + decay)

    def through_activation(self, name: str, da: str, z: str, a: str, product_: str) -> Formula:
        """Return dL/dz of a hidden layer; the slope may be computed from the activation again."""
        slope = SLOPES[self.activation].format(z=z, a=a, slope=self.convention.slope)
        again = SLOPES[self.activation].format(
            z=z, a=f"({ACTIVATIONS[self.activation].format(z=z)})", slope=self.convention.slope
        )
        others: tuple[str, ...] = ()
        if again != slope:
            others = (f"{da} * {again}",)
        elif self.convention.slope == ">":
            others = (f"{da} * ({a} > 0)",)  # a >= 0 holds everywhere
        return Formula(name, f"{da} * {slope}", others, f"{name} = ({product_}) * {slope}")
