"""What may have been done otherwise: edits of functions, known bugs, edits of correct rewrites."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from importlib.resources import files

from compare.bugs.bug import Bug
from compare.bugs.catalogue import BUGS, REWRITES, bugs_of
from compare.explain.bench import Bench
from compare.explain.edits import Edit, edits

FORMS, SLIPS = (
    bugs_of(files("compare.explain").joinpath(name).read_text(encoding="utf-8"))
    for name in ("forms.toml", "slips.toml")
)
GUARDS = ("a small number added", "clipped")  # edits that a slip may have besides
# what a known bug costs; what a correct rewrite adds, and a place that learners seldom write themselves
KNOWN, REWRITTEN, SELDOM = 5, 6, 4


@dataclass(frozen=True)
class Candidate:
    """Functions with other texts.

    Attributes:
        texts: The texts by the functions' places.
        edits: The edits that led to them, with their places.
        bugs: The known bugs that led to them.
        form: The correct rewrite that they are edits of, if it is not numpy_mlp's own text.
    """

    texts: dict[str, str] = field(hash=False, compare=False)
    edits: tuple[tuple[str, Edit], ...] = ()
    bugs: tuple[Bug, ...] = ()
    form: Bug | None = None

    @cached_property
    def cost(self) -> int:
        """How far-fetched it is: the lower, the more usual."""
        edited = sum(edit.cost + (SELDOM if at.startswith("parameter.") else 0) for at, edit in self.edits)
        return edited + KNOWN * len(self.bugs) + (REWRITTEN if self.form else 0)

    @property
    def places(self) -> tuple[str, ...]:
        """The functions that are changed."""
        return tuple(
            dict.fromkeys([at for at, _ in self.edits] + [p.at for bug in self.bugs for p in bug.patches])
        )


class Candidates:
    """All candidates of a bench, made when they are first needed."""

    def __init__(self, bench: Bench) -> None:
        """Begin with none."""
        self.bench = bench
        self.known: dict[str, list[Candidate]] = {}

    def of_function(self, at: str) -> list[Candidate]:
        """Return the edits of one function."""
        if at not in self.known:
            self.known[at] = list(self.of_text(at, self.bench.texts[at]))
        return self.known[at]

    def of_text(
        self, at: str, text: str, form: Bug | None = None, more: dict[str, str] | None = None
    ) -> Iterator[Candidate]:
        """Yield the edits of a text of a function."""
        for edit in edits(text, SCOPE.get(at.partition(".")[0], ())):
            yield Candidate({**(more or {}), at: edit.text}, ((at, edit),), form=form)

    def of_rewrites(self, called: list[str]) -> Iterator[Candidate]:
        """Yield the edits of other correct forms of functions."""
        for form in (*FORMS, *REWRITES):
            texts = self.bench.texts_after(form.patches)
            # an edit of a loop without a fixed number of rounds might never end
            for at in (at for at, text in texts.items() if at in called and "while " not in text):
                key = f"{at} as {form.name}"
                if key not in self.known:
                    self.known[key] = list(self.of_text(at, texts[at], form, texts))
                yield from self.known[key]

    def of_bugs(self, called: list[str]) -> Iterator[Candidate]:
        """Yield the known bugs in functions, and known slips that no bug is named after."""
        for bug in (*BUGS, *SLIPS):
            if (bug in SLIPS or not bug.equivalent) and any(patch.at in called for patch in bug.patches):
                yield Candidate(self.bench.texts_after(bug.patches), bugs=(bug,))

    def of_slips(self, called: list[str]) -> Iterator[Candidate]:
        """Yield the known slips with an edit: any if they are forms, else what keeps a logarithm finite."""
        for slip in SLIPS:
            texts = self.bench.texts_after(slip.patches)
            for at in (at for at in texts if at in called):
                key = f"{at} as {slip.name}"
                if key not in self.known:
                    self.known[key] = [
                        Candidate(one.texts, one.edits, (slip,))
                        for one in self.of_text(at, texts[at], None, texts)
                        if slip.equivalent or one.edits[0][1].kind in GUARDS
                    ]
                yield from self.known[key]


# names that a function of a module may have written where its own text has another
SCOPE = {
    "sgd": ("param.data", "param.grad", "param.data.shape", "update", "velocity", "self.lr", "self.momentum"),
    "linear": ("self.weight.data", "self.bias.data", "self.weight.grad"),
    "cross_entropy": (
        "log_p",
        "labels",
        "labels[:, None]",
        "labels[:, None].astype(log_p.dtype)",
        "log_p.argmax(axis=1)",
    ),
}
