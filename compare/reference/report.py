"""What a check says: text, a table for notebooks, JSON; true where all that was handed over agrees."""

import os
import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from compare.reference import conventions
from compare.reference.functions import compiled
from compare.reference.judging import Judgement, Verdict, used_part
from compare.reference.report_forms import as_dict, as_html
from compare.report.tables import as_text

if TYPE_CHECKING:
    from compare.reference.explanation import Explanation
    from compare.reference.reference import Reference


class Report:
    """The verdict on a learner's arrays.

    ``print(report)`` shows it; ``bool(report)`` is whether all agree, for ``assert report``.
    """

    def __init__(
        self, ref: "Reference", judgement: Judgement, called: dict[str, str], notes: list[str],
        dtype: np.dtype[Any], torch: dict[str, np.ndarray], explanations: "list[Explanation]",
    ) -> None:  # fmt: skip
        """Take the judgement, and what was found about what doesn't agree."""
        self.judgement, self.called, self.torch = judgement, called, torch
        self.dtype, self.explanations = dtype, explanations
        self.sizes, self.dataset, self.activation = ref.sizes, ref.dataset, ref.activation
        said = [*conventions.turned(judgement, called), *conventions.notes(judgement, called)]
        self.notes = [*notes, *map(self.own_names_in_prose, said)]

    @property
    def agrees(self) -> bool:
        """Whether everything that was handed over agrees."""
        return all(verdict.passed for verdict in self.verdicts)

    def __bool__(self) -> bool:
        """Return whether all agrees; within pytest, print what does not.

        pytest cuts the text of ``assert report`` short, but shows whatever the test has printed.
        """
        if not self.agrees and "PYTEST_CURRENT_TEST" in os.environ:
            print(self)
        return self.agrees

    @property
    def verdicts(self) -> list[Verdict]:
        """The arrays in the order of computation."""
        return list(self.judgement.verdicts.values())

    def name(self, canonical: str) -> str:
        """Return what the learner calls an array."""
        return self.called.get(canonical, canonical)

    def __str__(self) -> str:
        """Return the report as text."""
        parts = [self.heading, as_text(self.table)]
        if self.notes:
            parts.append("\n".join(f"note: {note}" for note in self.notes))
        parts += [self.explained(verdict) for verdict in self.verdicts if not verdict.passed]
        return "\n\n".join([*parts, self.closing])

    def __repr__(self) -> str:
        """Return the verdict in one line, with the line that was found: what pytest has room for."""
        lines = [line for explanation in self.explanations[:1] for line in explanation.lines[:1]]
        found = [f"; your code computes {self.own_names(f'{line.name} = {line.wrong}')}" for line in lines]
        return f"<{self.verdict}{''.join(found)}>"

    @property
    def heading(self) -> str:
        """What was judged."""
        sizes, layout = " -> ".join(map(str, self.sizes)), self.judgement.task.layout
        hidden = "" if len(self.sizes) == 2 else f", {self.activation}"
        return (
            f"{sizes}{hidden} on {self.dataset}, {len(self.judgement.task.y)} samples; {layout}; {self.dtype}"
        )

    @cached_property
    def table(self) -> list[tuple[str, ...]]:
        """A row for each array: verdict, distance from PyTorch's, formula."""
        rows: list[tuple[str, ...]] = [
            ("array", "", "off by", "of its budget", "off PyTorch's", "the right line")
        ]
        for verdict in self.verdicts:
            name, word = self.shown(verdict.name), self.word(verdict)
            rows.append(
                (
                    name,
                    word,
                    *self.distance(verdict),
                    self.from_torch(verdict),
                    self.own_names(verdict.formula.text),
                )
            )
        return rows

    def from_torch(self, verdict: Verdict) -> str:
        """Return the largest distance from PyTorch's array, at its scale; none after a wrong array."""
        factor, found = conventions.factor_of(verdict.name, self.judgement), self.torch[verdict.name]
        wrong = [v.name for v in self.verdicts if not v.passed]
        order = list(self.judgement.verdicts)
        late = wrong and order.index(verdict.name) >= order.index(wrong[0])
        array = self.placed(verdict)
        if late or factor is None or array.shape != found.shape:
            return "-"
        off = float(np.abs(array / factor - found).max())
        return f"{off:.1e}" + ("" if factor == 1 else f" (x {factor:.4g})")

    def own_names(self, text: str) -> str:
        """Return a line with the learner's names in it, where they can stand in one."""
        return re.sub(r"\b[A-Za-z]\w*\b", lambda match: self.name_in_code(match[0]), text)

    def own_names_in_prose(self, text: str) -> str:
        """Return a sentence with the learner's names of what can be no word."""
        return re.sub(r"\b([A-Za-z]+\d+|probs)\b", lambda match: self.name_in_code(match[0]), text)

    def name_in_code(self, word: str) -> str:
        """Return the learner's name of an array, or the word itself."""
        mine = self.called.get(word, word)
        return mine if word in self.judgement.verdicts and mine.isidentifier() else word

    def shown(self, name: str) -> str:
        """Return the learner's name, with the canonical one where it differs."""
        mine = self.name(name)
        return name if mine == name else f"{mine} ({name})"

    def word(self, verdict: Verdict) -> str:
        """Return the verdict in a word or two."""
        return "agrees" if verdict.passed else "DIFFERS"

    def distance(self, verdict: Verdict) -> tuple[str, str]:
        """Return the largest distance from the right array, and which part of its budget that is."""
        array = self.placed(verdict)
        if verdict.expected is None or array.shape != verdict.expected.value.shape:
            return "-", "-"
        off = float(np.abs(array - verdict.expected.value).max())
        part = float(used_part(array, verdict.expected).max())
        return f"{off:.1e}", f"{part:.0%}" if part <= 1 else f"x {part:.3g}"

    def placed(self, verdict: Verdict) -> np.ndarray:
        """Return an array as it lies in the layout, or turned where it agrees that way."""
        array = self.judgement.task.given[verdict.name]
        return array.T if verdict.name in conventions.turned_names(self.judgement) else array

    def explained(self, verdict: Verdict) -> str:
        """Return where an array differs, and which line computes it."""
        name, array = self.name(verdict.name), self.placed(verdict)
        if all(e.name != verdict.name for e in self.explanations):
            return f"{name} differs, too: it follows from what is wrong above"
        lines = [f"{name} differs"]
        expected = verdict.expected
        if expected is not None and array.shape == expected.value.shape:
            used = used_part(array, expected)
            at = np.unravel_index(int(np.nanargmax(used)), used.shape)
            index = ", ".join(str(int(i)) for i in at)
            mine, right = float(array[at]), float(expected.value[at])
            ulp = abs(mine - right) / float(np.spacing(np.abs(self.dtype.type(max(abs(mine), abs(right))))))
            lines[0] += f" at [{index}]" if index else ""
            lines += [
                f"  yours     {mine!r}",
                f"  right     {right!r}{self.given_text(verdict)}",
                f"  PyTorch   {self.torch_value(verdict, at)}",
                f"  distance  {abs(mine - right):.3g}, {ulp:.3g} ulp, {used[at]:.3g} x what rounding allows",
            ]
        else:
            wanted = None if expected is None else expected.value.shape
            lines[0] += f": its shape is {array.shape}, expected {wanted}"
            if array.size == 1:
                lines.append(f"  yours     {array.item()!r}")
        return "\n".join(lines + self.why(verdict))

    def given_text(self, verdict: Verdict) -> str:
        """Return from which of the learner's arrays the right value was computed."""
        waiting, used = [verdict.formula.source], []
        formulas, given = self.judgement.network.formulas, self.judgement.task.given
        while waiting:
            for n in compiled(waiting.pop()).co_names:
                if n in given and n not in used:
                    used.append(n)
                elif n in formulas and n not in given:
                    waiting.append(formulas[n].source)
        return f"  (from your {' and '.join(self.name(n) for n in used)})" if used else ""

    def torch_value(self, verdict: Verdict, at: Any) -> str:
        """Return PyTorch's entry, and how a convention relates to it."""
        found = self.torch[verdict.name]
        if found.shape != self.judgement.task.given[verdict.name].shape:
            return "-"
        factor = conventions.factor_of(verdict.name, self.judgement)
        times = "" if factor in (1.0, None) else f"  (x {factor:.6g} in your convention)"
        return f"{float(found[at])!r}{times}"

    def why(self, verdict: Verdict) -> list[str]:
        """Return the line that computes the array, or what is known of it."""
        found = next(e for e in self.explanations if e.name == verdict.name)
        if not found.lines:
            known = [f"  known     {found.symptom}"] if found.symptom else []
            return [*known, "  no small change of the right line computes yours; the right line is",
                    f"            {self.own_names(verdict.formula.text)}"]  # fmt: skip
        wrong = [self.own_names(f"{line.name} = {line.wrong}") for line in found.lines]
        line, right = found.lines[0], self.own_names(found.lines[0].right)
        if len(wrong) > 1:
            return ["  your code may compute one of these, which are the same here:",
                    *(f"            {text}" for text in wrong),
                    f"  the right line is       {right}"]  # fmt: skip
        said = [f"  your code computes      {wrong[0]}", f"  the right line is       {right}"]
        return said + ([f"  {self.own_names_in_prose(line.advice)}"] if line.advice else [])

    @property
    def closing(self) -> str:
        """The verdict, and what it leaves open."""
        return f"{self.verdict}. {self.open}"

    @property
    def verdict(self) -> str:
        """The verdict alone."""
        count, wrong = len(self.verdicts), [v for v in self.verdicts if not v.passed]
        if wrong:
            return f"DISAGREE: {len(wrong)} of {count} arrays differ, first {self.name(wrong[0].name)}"
        return f"AGREE: {'all ' if count > 1 else ''}{count} array{'s' if count > 1 else ''}"

    @property
    def open(self) -> str:
        """What was not handed over, and so was not looked at."""
        missing = [n for n in self.judgement.network.names if n not in self.judgement.verdicts]
        if not missing:
            return "Nothing is left open."
        return f"Not handed over, so not looked at: {', '.join(missing)}."

    def to_dict(self) -> dict[str, Any]:
        """Return the report for machines, as JSON has it."""
        return as_dict(self)

    def _repr_html_(self) -> str:
        """Return the report as a notebook shows it."""
        return as_html(self)
