"""A bug as data beside real code: one or more functions of numpy_mlp, and their faulty twins."""

from collections.abc import Callable
from dataclasses import dataclass
from types import FunctionType, ModuleType
from typing import Any

from compare import packages

GATES = (
    "data", "structure", "same seed", "forward", "backward", "update", "referees", "trajectory",
    "predictions",
)  # fmt: skip

Twin = Callable[..., Any]


@dataclass(frozen=True)
class Bug:
    """A classic mistake.

    Attributes:
        name: In kebab-case.
        family: ``"loss"``, ``"layers"``, ``"optimiser"`` or ``"data"``.
        why: What goes wrong, in one sentence.
        replacements: Each function that it replaces, such as ``"linear.Linear.backward"``, and the twin.
        question: What a good teacher asks first.
        answer: What a good teacher says then.
        gate: Which gate of the proof must be the first to see it; empty if none can.
        equivalent: Why no number can move in this network; empty if one does.
    """

    name: str
    family: str
    why: str
    replacements: tuple[tuple[str, Twin], ...]
    question: str
    answer: str
    gate: str
    equivalent: str = ""

    @property
    def places(self) -> list[tuple[str, str]]:
        """The (file, function) of each replacement."""
        parts = [target.partition(".") for target, _ in self.replacements]
        return [(f"numpy_mlp/{module}.py", function) for module, _, function in parts]


def find(package: ModuleType, target: str) -> tuple[Any, str]:
    """Return who holds a target (a module or a class), and its name there.

    Raises:
        AttributeError: there is nothing of that name.
    """
    module, *path, name = target.split(".")
    owner: Any = getattr(package, module)
    for part in path:
        owner = getattr(owner, part)
    getattr(owner, name)
    return owner, name


def plant(bug: Bug) -> ModuleType:
    """Return a copy of numpy_mlp with the bug in place; numpy_mlp itself stays as it is."""
    package = packages.copy_of_numpy_mlp()
    for target, twin in bug.replacements:
        packages.replace(package, target, moved_in(package, target, twin))
    return package


def moved_in(package: ModuleType, target: str, twin: Twin) -> Any:
    """Return a twin as if it were written in the file of its target.

    Its global names are that module's, so that it calls the copy's own functions and asks the copy's own
    ``is_grad_enabled``. A twin must therefore use no name that its target's module lacks.
    """
    assert isinstance(twin, FunctionType)
    module = getattr(package, target.partition(".")[0])
    inside = FunctionType(twin.__code__, vars(module), twin.__name__, twin.__defaults__)
    inside.__kwdefaults__ = twin.__kwdefaults__
    owner, name = find(package, target)
    return classmethod(inside) if isinstance(vars(owner)[name], classmethod) else inside
