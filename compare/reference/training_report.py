"""What a check of a whole training says."""

import html
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from compare.reference.explanation import Explanation
    from compare.reference.reference import Reference
    from compare.reference.steps import Wrong


class TrainingReport:
    """The verdict on a training: true where every entry is a correct step from the one before it."""

    def __init__(
        self, ref: "Reference", entries: int, dtype: np.dtype[Any], notes: list[str], wrong: "Wrong | None",
        used: float, told: str, explanations: "list[Explanation]", per_entry: int,
    ) -> None:  # fmt: skip
        """Take what was found."""
        self.sizes, self.dataset, self.activation = ref.sizes, ref.dataset, ref.activation
        self.entries, self.dtype, self.notes, self.wrong = entries, dtype, notes, wrong
        self.used, self.told, self.explanations, self.per_entry = used, told, explanations, per_entry

    def __bool__(self) -> bool:
        """Return whether every entry agrees."""
        return self.wrong is None

    def __str__(self) -> str:
        """Return the report as text."""
        sizes, steps = (
            " -> ".join(map(str, self.sizes)),
            "one step" if self.per_entry == 1 else f"{self.per_entry} steps",
        )
        lines = [
            f"{sizes}, {self.activation} on {self.dataset}; {self.entries:,} entries, {steps} each; "
            f"{self.dtype}"
        ]
        lines += [f"note: {note}" for note in self.notes]
        if self.wrong is None:
            verdict = f"AGREE: each of the {self.entries:,} entries is a correct step from the one before it"
            return "\n".join([*lines, "", f"{verdict}, within {self.used:.0%} of what rounding allows."])
        w = self.wrong
        lines += [
            "", f"{w.name} after entry {w.entry} differs at {list(w.index)}", f"  yours     {w.mine!r}",
            f"  right     {w.right!r}  (from your weights of entry {w.entry - 1})",
            f"  distance  {abs(w.mine - w.right):.3g}, {w.used:.3g} x what rounding allows",
        ]  # fmt: skip
        if self.told:
            lines.append(f"  {self.told}")
        for explanation in self.explanations if not self.told else []:
            for line in explanation.lines[:1]:
                lines += [
                    f"  your code computes      {line.name} = {line.wrong}",
                    f"  the right line is       {line.right}",
                ]
                lines += [f"  {line.advice}"] if line.advice else []
            if explanation.symptom:
                lines.append(f"  {explanation.name.removesuffix('_new')}: {explanation.symptom}")
        good = "the first entry" if w.entry == 1 else f"entry {w.entry}; the {w.entry - 1:,} before it agree"
        return "\n".join([*lines, "", f"DISAGREE: first at {good}."])

    __repr__ = __str__

    def _repr_html_(self) -> str:
        """Return the report as a notebook shows it."""
        return f"<pre>{html.escape(str(self))}</pre>"

    def to_dict(self) -> dict[str, Any]:
        """Return the report for machines, as JSON has it."""
        lines = [vars(line) for explanation in self.explanations for line in explanation.lines]
        return {
            "schema": "compare.reference/1", "verdict": "agree" if self else "disagree",
            "entries": self.entries,
            "dtype": str(self.dtype), "notes": self.notes, "budget_used": self.used,
            "first_wrong": None if self.wrong is None else vars(self.wrong),
            "told": self.told, "lines": lines,
        }  # fmt: skip
