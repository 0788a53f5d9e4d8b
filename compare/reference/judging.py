"""Each array is judged given the learner's own earlier arrays, so that one slip counts once.

dW2 is computed from the a1 and the dz2 that were handed over, which are exact inputs; what was not handed
over is computed from what was, and carries its E. A learner may also have computed dz2 from the right
probabilities and spoilt those later: so an array agrees, too, where it follows from earlier ones computed
anew.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

import numpy as np

from compare.reference.arithmetic import Number, lift
from compare.reference.formulas import Formula, Layout, Network
from compare.reference.functions import compiled, evaluate
from compare.rounding import Rounding


@dataclass
class Task:
    """What is computed from: samples, weights, constants, all in the layout of the arrays; and the arrays.

    Attributes:
        inputs: x, W1, b1, ... as float64 arrays in the layout.
        y: The labels (N,).
        rules: Of the arrays' dtype.
        given: The learner's arrays by canonical name, as they lie in the layout where they fit it.
        constants: lr, eps, l2, where they are known.
        explicit: Whether the layout was requested, so that no array may lie otherwise.
    """

    inputs: dict[str, np.ndarray]
    y: np.ndarray
    classes: int
    layout: Layout
    rules: Rounding
    given: dict[str, np.ndarray]
    constants: dict[str, float] = field(default_factory=dict)
    explicit: bool = False
    _memo: dict[Any, Any] = field(default_factory=dict, repr=False)

    def start(self, **constants: float) -> dict[str, Any]:
        """Return the names that a formula may use before anything was computed."""
        onehot = np.eye(self.classes)[self.y]
        if "onehot" not in self._memo:
            numbers: dict[str, Any] = {name: lift(array, self.rules) for name, array in self.inputs.items()}
            numbers["onehot"] = lift(onehot.T if self.layout.columns else onehot, self.rules)
            self._memo["onehot"] = numbers | {"y": self.y, "N": len(self.y), "C": self.classes}
            self._memo["own"] = {name: lift(array, self.rules) for name, array in self.given.items()}
        return self._memo["onehot"] | self.constants | constants

    @property
    def own(self) -> dict[str, Number]:
        """The learner's arrays as exact numbers."""
        self.start()
        return self._memo["own"]

    def evaluate(self, source: str, numbers: Mapping[str, Any]) -> Any:
        """Return what an expression gives; kept, since conventions share most lines."""
        used = tuple(id(numbers[n]) if isinstance(numbers.get(n), Number) else numbers.get(n)
                     for n in compiled(source).co_names if n not in ("np", "y"))  # fmt: skip
        key = source, used
        if key not in self._memo:
            held = [numbers.get(n) for n in compiled(source).co_names]  # so that no id is used again
            self._memo[key] = evaluate(source, numbers), held
        return self._memo[key][0]

    def fits(self, name: str, number: Any) -> bool:
        """Return whether the learner's array lies within E of a number, everywhere."""
        number = lift(number, self.rules)
        array = self.given[name]
        return within(array, number) or (self.turned(name, number) and within(array.T, number))

    def turned(self, name: str, number: Number) -> bool:
        """Return whether a square array may lie the other way."""
        square = self.given[name].ndim == 2 and len(set(self.given[name].shape)) == 1
        return square and not self.explicit and name != "loss" and number.value.ndim == 2


def within(array: np.ndarray, number: Number) -> bool:
    """Return whether an array lies within E of a number, everywhere; shapes are not broadcast."""
    if array.shape != number.value.shape:
        return False
    with np.errstate(invalid="ignore"):
        return bool((np.abs(array - number.value) <= number.rules.reach * number.error).all())


def used_part(array: np.ndarray, number: Number) -> np.ndarray:
    """Return which part of the budget each entry uses; 1 is the limit."""
    distance = np.abs(array - number.value)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance == 0, 0, distance / (number.rules.reach * number.error))


@dataclass
class Verdict:
    """One array, and what it should be.

    Attributes:
        name: Canonical.
        formula: The line in the recognised convention.
        passed: Whether it agrees.
        expected: Value and E, given the learner's own earlier arrays.
        anew: The earlier arrays that had to be computed anew for it to agree.
    """

    name: str
    formula: Formula
    passed: bool
    expected: Number | None
    anew: tuple[str, ...] = ()


class Judgement:
    """All arrays of a task under one convention; ``instead`` replaces lines, to see what follows."""

    def __init__(self, task: Task, network: Network, instead: Mapping[str, str] | None = None) -> None:
        """Judge each array in the order of computation."""
        self.task, self.network = task, network
        self.numbers = task.start()  # the learner's own where handed over, else computed from them
        self.anew: dict[str, Number] = {}  # what follows from the arrays before it, for what was handed over
        self.pure: dict[str, Any] | None = None
        self.verdicts: dict[str, Verdict] = {}
        self.instead = instead or {}
        for name, formula in network.formulas.items():
            number = self.computed(formula, self.numbers)
            if name in task.given:
                self.verdicts[name] = self.verdict(name, formula, number)
                self.numbers[name] = task.own[name]
                if number is not None:
                    self.anew[name] = number
            elif number is not None:
                self.numbers[name] = number

    def computed(self, formula: Formula, numbers: Mapping[str, Any]) -> Number | None:
        """Return what a formula gives, or None where something it needs is not there or has another shape."""
        try:
            source = self.instead.get(formula.name, formula.source)
            number = lift(self.task.evaluate(source, numbers), self.task.rules)
            if formula.name[0] == "a" and formula.name not in self.instead:
                # an activation that was not handed over may have been computed in the form that rounds most
                errors = [self.task.evaluate(form, numbers).error for form in formula.others]
                number = replace(number, error=np.fmax.reduce([number.error, *errors])) if errors else number
            return number
        except Exception:
            return None

    def verdict(self, name: str, formula: Formula, number: Number | None) -> Verdict:
        """Return whether an array agrees with a form of its formula, from some of the earlier arrays."""
        if number is not None and self.task.fits(name, number):
            return Verdict(name, formula, True, number)
        for anew, numbers in self.sources(formula):
            for source in (formula.source, *formula.others):
                try:
                    other = lift(self.task.evaluate(source, numbers), self.task.rules)
                except Exception:
                    continue
                if self.task.fits(name, other):
                    return Verdict(name, formula, True, other, anew)
        return Verdict(name, formula, False, number)

    def sources(self, formula: Formula) -> Iterator[tuple[tuple[str, ...], Mapping[str, Any]]]:
        """Yield which earlier arrays are computed anew, and the numbers to compute from."""
        names = {n for source in (formula.source, *formula.others) for n in compiled(source).co_names}
        parents = [n for n in self.anew if n in names]
        for choice in product((False, True), repeat=len(parents)):
            anew = tuple(n for n, chosen in zip(parents, choice, strict=True) if chosen)
            yield anew, self.numbers | {n: self.anew[n] for n in anew}
        if self.pure is None:
            self.pure = self.task.start()
            for other in self.network.formulas.values():
                if (value := self.computed(other, self.pure)) is not None:
                    self.pure[other.name] = value
        wrong = tuple(n for n, v in self.verdicts.items() if not v.passed)
        yield wrong, self.pure

    @property
    def failed(self) -> list[Verdict]:
        """The arrays that do not agree, in the order of computation."""
        return [verdict for verdict in self.verdicts.values() if not verdict.passed]
