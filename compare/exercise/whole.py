"""A whole package through the proof in small: what ``compare.run --numpy`` says of it, in one row.

The gates are those of the proof, in their order, with a training of a few epochs, until one disagrees.
"""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from compare.bugs.diagnosis import Diagnosis, diagnose
from compare.bugs.hint import hint
from compare.bugs.lab import Lab
from compare.checks import first_divergence
from compare.gates.material import Material, Settings
from compare.gates.trials import Trials
from compare.learner.borrowed import borrowed, nothing_own
from compare.learner.child import Channel
from compare.learner.errors import paragraph
from compare.learner.loading import load
from compare.learner.package import NEEDED, lacking, missing
from compare.learner.supervised import first_error
from compare.proof import Proof, prove
from compare.report.text import divergence

EPOCHS = 50
DIAGNOSIS_LIMIT = 300.0  # every known bug is observed, once, and edits are searched
Message = dict[str, str]


@dataclass
class Whole:
    """A package, what it is judged with, and how long each step of that may take."""

    place: Path
    trials: Trials
    lab: Lab
    channel: Channel
    limit: float

    def verdict(self, level: str) -> Message:
        """Return the verdict, the first array that differs, its explanation, and the whole text."""
        try:
            package = load(self.place)
            if names := missing(package):
                return message("not usable", explanation=f"lacks {', '.join(names)}", text=lacking(names))
            if nothing_own(package, (name for name in NEEDED if "." not in name)):
                return message("not usable", explanation="all of it comes from numpy_mlp")
            self.channel.watch(self.limit)
            if error := first_error(package, self.trials):
                raise error
        except MemoryError as error:
            text = paragraph(error, self.place)
            return message("not graded", explanation="the memory was not enough", text=text)
        except NotImplementedError as error:
            return message(
                "not finished", explanation=str(error).partition(":")[0], text=paragraph(error, self.place)
            )
        except BaseException as error:
            text = paragraph(error, self.place)
            return message("error", explanation=text.splitlines()[0], text=text)
        return self.judged(package, level)

    def judged(self, package: ModuleType, level: str) -> Message:
        """Return the verdict on a package that runs."""
        proof, said = Proof(Material(Settings(epochs=EPOCHS)), package), borrowed(self.place)
        self.channel.watch(self.limit)
        for _ in prove(proof):
            if found := first_divergence(proof.checks):
                break
            self.channel.watch(self.limit)
        else:
            return message("agrees", text=said)
        first = f"{found.tensor} ({found.scenario}, {found.dtype})"
        text = "\n".join(filter(None, [said, divergence(found)]))
        # known, even if the explanation takes the process down
        self.channel.watch(
            DIAGNOSIS_LIMIT, **message("differs", first=first, explanation="unknown", text=text)
        )
        diagnosis = diagnose(package, self.lab, training=found.epoch is not None)
        text += f"\n{hint(diagnosis, level, package)}"
        return message("differs", first=first, explanation=in_a_line(diagnosis), text=text)


def in_a_line(found: Diagnosis) -> str:
    """Return a known bug's name, or the edit that explains a package."""
    if found.bugs or not found.explanations:
        return found.name
    edits = (f"{edit.function}: {edit.wrong} for {edit.right}" for edit in found.explanations[0].edits)
    return " ".join("; ".join(edits).split())


def message(verdict: str, *, first: str = "", explanation: str = "", text: str = "") -> Message:
    """Return the parts of a message."""
    return {"verdict": verdict, "first": first, "explanation": explanation, "text": text}
