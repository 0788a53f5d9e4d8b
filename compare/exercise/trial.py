"""One piece on trial: alone among correct ones, and together with its sibling, where that can't decide."""

import ast
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType

from compare.bugs.patch import definitions
from compare.checks import Check, first_divergence, first_wrong
from compare.exercise.broken import readable
from compare.exercise.pieces import PIECES, Piece
from compare.exercise.siblings import read_names, relieved, substitutions
from compare.exercise.transplant import (
    BorrowedPieceError,
    FileError,
    MissingPieceError,
    file_of,
    transplanted,
)
from compare.gates.trials import Trials
from compare.learner.errors import paragraph
from compare.report.text import divergence

GATES = {"training.train": "trainings", "summary.count": "summaries"}  # of the trials; for the others, steps
PAIRS = ("forward", "backward")


@dataclass
class Outcome:
    """What came out of a trial.

    Attributes:
        verdict: ``"done"``, ``"not written yet"``, ``"wrong"``, or ``"not checked"`` if nothing is known.
        text: Why, for the learner.
        package: The network that was tried.
        wrong: The first array that is there and wrong.
        error: What ended it.
        whole: A network in which the piece's whole class is the learner's, if that was tried.
    """

    verdict: str = "done"
    text: str = ""
    package: ModuleType | None = None
    wrong: Check | None = None
    error: BaseException | None = None
    whole: ModuleType | None = None

    @property
    def written(self) -> bool:
        """Whether there is something to judge."""
        return self.verdict in ("done", "wrong")


class Trial:
    """The trial of a learner's package, piece by piece."""

    def __init__(self, place: Path) -> None:
        """Take a package's folder, or its only file."""
        self.place, self.trials = place, Trials()
        self.stand_in = ModuleType(place.stem)  # its name, and whether it has several files
        if place.is_dir():
            self.stand_in.__path__ = [str(place)]
        self.unreadable: dict[Path, str] = {}  # the piece with which a file's error was told
        self.known: dict[str, Outcome] = {}

    def prepare(self) -> None:
        """Compute what PyTorch makes of the scenarios and of the trainings."""
        _ = self.trials.steps, self.trials.trainings

    def alone(self, piece: Piece) -> Outcome:
        """Try a piece among correct ones."""
        if piece.name not in self.known:
            self.known[piece.name] = self.outcome(piece, lambda: transplanted(self.place, piece))
        return self.known[piece.name]

    def outcome(self, piece: Piece, build: Callable[[], ModuleType]) -> Outcome:
        """Put a network through its gates, until something is wrong or raises."""
        package = None
        try:
            package = build()
            for gate in getattr(self.trials, GATES.get(piece.target, "steps")):
                for trace, checks in gate.check(package):
                    if trace.error or first_divergence(checks):
                        return self.judged(piece, package, first_wrong(trace, checks), trace.error)
        except FileError as error:
            return self.file_outcome(piece, error.__cause__ or error)
        except BaseException as error:
            return self.judged(piece, package, None, error)
        return Outcome(package=package)

    def judged(
        self, piece: Piece, package: ModuleType | None, wrong: Check | None, error: BaseException | None
    ) -> Outcome:
        """Return the verdict on a piece, and the reason; an array comes before the error to which it led."""
        found = Outcome("wrong", "", package, wrong, error)
        if wrong:
            found.text = divergence(wrong)
        elif isinstance(error, NotImplementedError) and str(error).startswith("write "):
            # the error that the exercise left in its place
            mine = str(error).startswith(f"write {piece.name}")
            found.verdict = "not written yet" if mine else "not checked"
            found.text = "" if mine else f"first {str(error).partition(':')[0]}"
        elif isinstance(error, BorrowedPieceError):
            found.verdict, found.text = "not checked", str(error)
        elif isinstance(error, MissingPieceError):
            found.text = str(error)
        elif error:
            found.text = paragraph(error, self.place)
        return found

    def file_outcome(self, piece: Piece, error: BaseException) -> Outcome:
        """Return the verdict where the piece's file can't be run: told once, with its first piece."""
        first = self.unreadable.setdefault(file_of(self.place, piece), piece.name)
        if first != piece.name:
            file = file_of(self.place, piece).name
            return Outcome("not checked", f"{file} can't be run: see {first}", error=error)
        return replace(self.judged(piece, None, None, error), package=None)

    def among_siblings(self, piece: Piece, alone: Outcome) -> Outcome:
        """Judge a method that is wrong among correct ones, where its class may keep things in another way."""
        whole = self.outcome(piece, lambda: self.class_of(piece))
        if whole.verdict == "done":
            return whole
        if piece.path[1] not in PAIRS:
            return replace(alone, whole=whole.package)
        judge = self.forward if piece.path[1] == "forward" else self.backward
        return replace(judge(piece, alone), whole=whole.package)

    def forward(self, piece: Piece, alone: Outcome) -> Outcome:
        """Judge what forward returns, then what it keeps."""
        if alone.wrong and alone.wrong.gate == "forward":
            return alone
        returned = self.outcome(piece, lambda: self.class_of(piece, "outputs"))
        if returned.verdict != "done":
            return returned
        *_, keep = piece.formula.split("; ")
        if not keep.startswith("keep"):
            return Outcome()
        sibling, kept = self.sibling(piece), self.stored(piece)
        other, read = self.alone(sibling), ", ".join(f"self.{name}" for name in self.read(sibling))
        right = "what it returns is right, but not what it keeps for backward\n  "
        right += f"{sibling.name} reads {read}" if other.written and read else keep
        if not kept:
            return replace(alone, text=right, wrong=None, error=None)
        if not other.written:
            names = ", ".join(f"self.{name}" for name in kept)
            return Outcome(text=f"it keeps {names}: to be checked together with {sibling.name}")
        if other.verdict == "done" or self.with_correct_values(sibling):
            return replace(alone, text=right, wrong=None, error=None)
        # backward reads what this one keeps, in their own way: the mistake that is left is backward's
        return Outcome() if self.paired(sibling) else alone

    def backward(self, piece: Piece, alone: Outcome) -> Outcome:
        """Judge backward by what the learner's forward keeps, or by correct values under its names."""
        fed = self.outcome(piece, lambda: self.class_of(piece, "backward"))
        if fed.verdict == "done" or self.with_correct_values(piece):
            return Outcome()
        first, own = self.alone(self.sibling(piece)), isinstance(alone.error, AttributeError)
        if not first.written and own:
            names = ", ".join(f"self.{name}" for name in self.read(piece))
            return Outcome("not checked", f"it reads {names}: first write {self.sibling(piece).name}")
        return fed if first.verdict == "wrong" and (own or self.paired(piece)) else alone

    def class_of(self, piece: Piece, mode: str = "", kept: dict[str, str] | None = None) -> ModuleType:
        """Return a network with the learner's whole class, relieved of one task."""
        package = transplanted(self.place, piece, whole_class=True)
        if mode:
            relieved(package, piece.path, mode, kept)
        return package

    def with_correct_values(self, piece: Piece) -> bool:
        """Return whether a backward is right with correct values under the names that it reads."""
        if self.stored(self.sibling(piece)) and not self.paired(piece):
            return False  # a name that forward never sets is no name of theirs, but a slip
        kept: dict[str, str] = {}
        try:
            package = self.class_of(piece, "kept", kept)
        except BaseException:
            return False
        for values in substitutions(self.read(piece), piece.path[0]):
            kept.clear()
            kept.update(values)
            if self.outcome(piece, lambda: package).verdict == "done":
                return True
        return False

    def sibling(self, piece: Piece) -> Piece:
        """Return forward for backward, and backward for forward."""
        other = PAIRS[1 - PAIRS.index(piece.path[1])]
        return next(one for one in PIECES if one.path == [piece.path[0], other])

    def node(self, piece: Piece) -> ast.FunctionDef:
        """Return the learner's function, as source; an empty one if it stands elsewhere."""
        try:
            source, _ = readable(file_of(self.place, piece))
            found: ast.FunctionDef = definitions(ast.parse(source), piece.target)[-1]
        except (OSError, SyntaxError, LookupError):
            (found,) = ast.parse("def absent(): pass").body  # type: ignore[assignment]
        return found

    def stored(self, piece: Piece) -> list[str]:
        """Return the attributes that a forward sets."""
        found = [
            node.attr
            for node in ast.walk(self.node(piece))
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        ]
        return list(dict.fromkeys(found))

    def read(self, piece: Piece) -> list[str]:
        """Return the attributes that a backward reads, but for those that a correct class has, too."""
        return read_names(self.node(piece))

    def paired(self, piece: Piece) -> bool:
        """Return whether a backward reads what its forward keeps, and nothing else."""
        names = self.read(piece)
        return bool(names) and set(names) <= set(self.stored(self.sibling(piece)))
