"""The explanation of a mistake: the edit that gives its numbers; a hint shows a part of it."""

from dataclasses import dataclass

from compare.explain.edits import NOTHING
from compare.request import HINTS


@dataclass(frozen=True)
class Edited:
    """One place of an edit: the function, and its code before and after."""

    at: str
    right: str
    wrong: str

    @property
    def file(self) -> str:
        """The file of the lesson."""
        return f"numpy_mlp/{self.at.partition('.')[0]}.py"

    @property
    def function(self) -> str:
        """The function's name, behind that of its class."""
        return self.at.partition(".")[2]


@dataclass(frozen=True)
class Explanation:
    """An edit of the correct code that computes, in every array, what the learner's code computes.

    Attributes:
        edits: What is changed, place by place: mostly one.
        question: What to look at.
        answer: The explanation that follows it, where the catalogue has one.
        why: What goes wrong, where the catalogue says it.
        name: The catalogue's name, or nothing.
        rivals: Other edits, no simpler, that are the same in numbers.
        form: The correct form that the edits are edits of, if it is not the lesson's own.
        note: Where the numbers are not the same, if there is such a place.
    """

    edits: tuple[Edited, ...]
    question: str = ""
    answer: str = ""
    why: str = ""
    name: str = ""
    rivals: tuple[tuple[Edited, ...], ...] = ()
    form: str = ""
    note: str = ""

    @property
    def places(self) -> tuple[tuple[str, str], ...]:
        """The file and the name of each faulty function."""
        return tuple(dict.fromkeys((edit.file, edit.function) for edit in self.edits))

    def text(self, level: str = "line") -> str:
        """Return it for its reader: the ``"question"``, with the ``"place"``, or with the ``"line"`` too.

        Raises:
            ValueError: another level.
        """
        if level not in HINTS:
            raise ValueError(f"expected a hint out of {', '.join(HINTS)}; got {level!r}")
        whole = level == "line"
        lines = [f"why       {self.why}"] if self.why and whole else []
        lines += [f"hint      {self.question}"]
        lines += [f"          {self.answer}"] if self.answer and whole else []
        if level != "question":
            look = ", ".join(f"{function} in {file}" for file, function in self.places)
            lines.append(f"look at   {look}")
        lines += self.sentence() if whole else []
        lines += [f"but       {self.note}"] if self.note else []
        return "\n".join(f"  {line}" for line in lines)

    def sentence(self) -> list[str]:
        """Return the edit in words."""
        functions = " and ".join(function for _, function in self.places)
        verb = "computes" if len(self.places) == 1 else "compute"
        form = f", written as {self.form}," if self.form else ""
        lines = [f"line      your {functions} {verb} what the correct code{form} would compute if"]
        lines += joined([edit_lines(edit) for edit in self.edits], "and")
        if self.rivals:
            count = len(self.rivals)
            lines.append(f"the same in numbers: {count} more edit{'s' if count > 1 else ''}, such as")
            lines += joined([edit_lines(edit) for edit in self.rivals[0]], "and")
        return lines


def joined(parts: list[list[str]], word: str) -> list[str]:
    """Return lists of lines in a row, with a word between them."""
    lines: list[str] = []
    for part in parts:
        lines += [f"          {word}", *part] if lines else part
    return lines


def edit_lines(edit: Edited) -> list[str]:
    """Return an edit as two pieces of code."""
    right, wrong = (block(text) for text in (edit.right, edit.wrong))
    if edit.wrong == NOTHING:
        return [*right, "          were left out"]
    return [*right, "          were", *wrong]


def block(text: str) -> list[str]:
    """Return code, indented."""
    return [f"              {line}" for line in text.splitlines()]
