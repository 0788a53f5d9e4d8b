"""The twelve pieces that are the lesson: what is taken out of numpy_mlp, in the order to write it in."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files

LEVELS = ("formulas", "shapes", "signatures")


@dataclass(frozen=True)
class Piece:
    """One function of numpy_mlp, or the heart of one; ``pieces.toml`` says what each key means."""

    name: str
    target: str
    formula: str
    shapes: str

    @property
    def file(self) -> str:
        """The name of its file: ``"linear.py"``."""
        return f"{self.target.partition('.')[0]}.py"

    @property
    def path(self) -> list[str]:
        """Its class and method, or its function: ``["Linear", "forward"]``."""
        return self.target.split(".")[1:]

    def task(self, level: str = "formulas") -> str:
        """Return the task in a line, with the formula, with the shapes, or with neither."""
        help_given = {"formulas": f": {self.formula}", "shapes": f": {self.shapes}", "signatures": ""}
        return f"write {self.name}{help_given[level]}"


TABLES = tomllib.loads(files("compare.exercise").joinpath("pieces.toml").read_text(encoding="utf-8"))
PIECES = tuple(Piece(**table) for table in TABLES["piece"])
