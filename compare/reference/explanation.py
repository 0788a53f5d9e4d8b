"""Which line a learner has written: a small edit of the right one that computes their array.

The right line computes the array that doesn't agree, or one before it that was not handed over. An edit is
named only if what it computes, from the learner's own earlier arrays, lies within its own budget of theirs in
every entry, and the right line does not. Two that also agree on other numbers are one edit in two forms;
where two different ones fit equally well, both are named as possible.
"""

import re
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from compare.explain.edits import edits
from compare.reference import mistakes, symptoms
from compare.reference.arithmetic import Number, lift
from compare.reference.formulas import DELTAS, Network
from compare.reference.functions import compiled, evaluate
from compare.reference.judging import Judgement, Task, Verdict, within
from compare.reference.recognition import USUAL_RATES, rounded

SECONDS = 7.0  # for all explanations of a report
ALIKE = 1  # costs so near to each other are equally simple


@dataclass
class Line:
    """A wrong line: which array it computes, the right and the wrong text, and what to say about it."""

    name: str
    right: str
    wrong: str
    cost: float
    advice: str = ""


@dataclass
class Explanation:
    """What is said about an array that does not agree.

    Attributes:
        name: The array.
        lines: The lines that compute it; several where they can't be told apart.
        symptom: What can be said where no line was found.
        others: Later arrays with the same slip.
    """

    name: str
    lines: list[Line]
    symptom: str = ""
    others: tuple[str, ...] = ()


def explained(judgement: Judgement) -> list[Explanation]:
    """Return an explanation of each array that doesn't agree and doesn't follow from one before it."""
    found: list[Explanation] = []
    started = time.monotonic()
    instead: dict[str, str] = {}
    waiting = judgement.failed
    done: set[str] = set()
    while verdict := next((v for v in waiting if v.name not in done), None):
        done.add(verdict.name)
        search = Search(judgement, verdict, SECONDS - (time.monotonic() - started))
        lines = [] if any(symptoms.plain(judgement.task.given[verdict.name])) else search.lines()
        found.append(Explanation(verdict.name, lines, "" if lines else symptoms.of(judgement, verdict)))
        if lines and lines[0].name != verdict.name:
            # what follows from a line whose array was not handed over
            instead[lines[0].name] = lines[0].wrong
            judgement = Judgement(judgement.task, judgement.network, instead)
            waiting = judgement.failed
    return found


class Search:
    """The search for the line that computes one array."""

    def __init__(self, judgement: Judgement, verdict: Verdict, seconds: float) -> None:
        """Take the array, and what it was computed from."""
        self.judgement, self.task, self.network = judgement, judgement.task, judgement.network
        self.verdict, self.name = verdict, verdict.name
        self.until = time.monotonic() + seconds
        self.elsewhere = Elsewhere(self.task, self.network)

    def lines(self) -> list[Line]:
        """Return the simplest line that fits; several, where others fit as well and differ elsewhere."""
        usual = [line for line in self.usual() if self.fits(line)]
        fitting = usual or [line for line in self.edited() if self.fits(line)]
        fitting.sort(key=lambda line: line.cost)
        best: list[Line] = []
        for line in fitting:
            if best and line.cost > best[0].cost + ALIKE:
                break
            if not any(self.elsewhere.same(line, other, self.name) for other in best):
                best.append(line)
        return best

    def usual(self) -> Iterator[Line]:
        """Yield the common wrong lines, of the array itself first."""
        for name in self.makers():
            right = self.network.formulas[name]
            for wrong, advice in mistakes.usual(self.network, name):
                yield Line(name, right.text, wrong, mistakes.COST + (name != self.name), advice)

    def edited(self) -> Iterator[Line]:
        """Yield small edits of the lines, until the time is up."""
        scope = [
            n for n, number in self.judgement.numbers.items() if isinstance(number, Number) and n != self.name
        ]
        for distance, name in enumerate(self.makers()):
            formula = self.network.formulas[name]
            texts = [formula.source, formula.text.partition(" = ")[2], *formula.others]
            if name == f"dz{self.network.layers}":
                texts += [dz for dz, _, _ in DELTAS[:2]]
            for text in dict.fromkeys(texts):
                for edit in edits(text, scope):
                    if time.monotonic() > self.until:
                        return
                    if is_expression(edit.text):
                        yield Line(name, f"{name} = {text}", self.lettered(edit.text), edit.cost + distance)

    def lettered(self, text: str) -> str:
        """Return a text with N and C for the lengths that they are."""

        def letter(match: re.Match[str]) -> str:
            number = self.judgement.numbers.get(match[1])
            axis = int(match[2])
            length = number.shape[axis] if isinstance(number, Number) and axis < len(number.shape) else 0
            samples, classes = len(self.task.y), self.task.classes
            return {samples: "N", classes: "C"}.get(length, match[0]) if samples != classes else match[0]

        return re.sub(r"\b(\w+)\.shape\[([01])\]", letter, text)

    def makers(self) -> list[str]:
        """Return the array and those before it that were not handed over, the nearest first."""
        found, waiting = [], [self.name]
        while waiting:
            name = waiting.pop(0)
            if name in found or name not in self.network.formulas:
                continue
            found.append(name)
            used = compiled(self.network.formulas[name].source).co_names
            waiting += [n for n in used if n not in self.task.given]
        return found

    def fits(self, line: Line) -> bool:
        """Return whether a line computes the learner's array, from own earlier arrays or from right ones."""
        for numbers in self.starts():
            for rate in self.rates(line, numbers):
                number = self.followed(line, numbers | rate)
                if number is not None and self.task.fits(self.name, number) and not self.is_right(number):
                    return True
        return False

    def is_right(self, number: Number) -> bool:
        """Return whether the right array lies within the budget of a wrong one: then it says nothing."""
        right = self.verdict.expected
        return right is not None and right.value.shape == number.value.shape and within(right.value, number)

    def starts(self) -> Iterator[dict[str, Any]]:
        """Yield the numbers that the array was computed from."""
        yield self.judgement.numbers
        wrong = {v.name: self.judgement.anew[v.name] for v in self.judgement.failed
                 if v.name in self.judgement.anew and v.name != self.name}  # fmt: skip
        if wrong:
            yield self.judgement.numbers | wrong

    def rates(self, line: Line, numbers: Mapping[str, Any]) -> Iterator[dict[str, float]]:
        """Yield nothing to add, or learning rates where a line needs one that is not known."""
        if "lr" in self.task.constants or "lr" not in compiled(line.wrong).co_names:
            yield {}
            return
        at = [self.followed(line, {**numbers, "lr": rate}) for rate in (0.0, 1.0)]
        array = self.task.given[self.name]
        if at[0] is not None and at[1] is not None and at[0].value.shape == at[1].value.shape == array.shape:
            slope = at[1].value - at[0].value
            if slope.any():
                rate = float(np.vdot(array - at[0].value, slope) / np.vdot(slope, slope))
                yield from ({"lr": nice} for nice in rounded(rate, len(self.task.y)) if nice > 0)
        yield from ({"lr": rate} for rate in USUAL_RATES)

    def followed(self, line: Line, numbers: dict[str, Any]) -> Number | None:
        """Return the array that follows from a line."""
        return followed(self.task, self.network, line, self.name, numbers)


def is_expression(text: str) -> bool:
    """Return whether a text can be evaluated: an edit may also leave a line out, or repeat it."""
    try:
        compiled(text)
    except SyntaxError:
        return False
    return True


def followed(
    task: Task, network: Network, line: Line, name: str, numbers: Mapping[str, Any]
) -> Number | None:
    """Return the array ``name`` that follows from a wrong line for it, or for one before it."""
    try:
        value = lift(evaluate(line.wrong, numbers), task.rules)
        if line.name == name:
            return value
        numbers = {**numbers, line.name: value}
        order = list(network.formulas)
        for between in order[order.index(line.name) + 1 : order.index(name) + 1]:
            if between not in task.given or between == name:
                numbers[between] = lift(evaluate(network.formulas[between].source, numbers), task.rules)
        return lift(numbers[name], task.rules)
    except Exception:
        return None


class Elsewhere:
    """The same network on random numbers: two lines that agree there, too, are one line in two forms."""

    def __init__(self, task: Task, network: Network) -> None:
        """Draw inputs and labels, and compute everything from them."""
        rng = np.random.default_rng(0)
        inputs = {name: rng.normal(size=array.shape) for name, array in task.inputs.items()}
        y = rng.integers(0, task.classes, len(task.y))
        constants = {"lr": 0.37, "l2": 0.21, "eps": 1e-5} | {
            k: 0.31 for k in task.constants if k not in ("lr", "l2", "eps")
        }
        self.task = replace(task, inputs=inputs, y=y, given={}, constants=constants, _memo={})
        self.network = network
        self._numbers: dict[str, Any] | None = None

    @property
    def numbers(self) -> dict[str, Any]:
        """Everything, computed when it is needed first."""
        if self._numbers is None:
            self._numbers = Judgement(self.task, self.network).numbers
        return self._numbers

    def same(self, one: Line, other: Line, name: str) -> bool:
        """Return whether two lines give the same array here, too."""
        a, b = (followed(self.task, self.network, line, name, self.numbers) for line in (one, other))
        if a is None or b is None or a.value.shape != b.value.shape:
            return False
        with np.errstate(invalid="ignore"):
            return bool((np.abs(a.value - b.value) <= 2 * (a.error + b.error)).all())
