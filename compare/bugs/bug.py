"""A bug as data: patches of numpy_mlp's source, and what a teacher says about them."""

from dataclasses import dataclass
from types import ModuleType

from compare.bugs import patch
from compare.bugs.copies import copy_of_numpy_mlp
from compare.bugs.patch import Patch


@dataclass(frozen=True)
class Bug:
    """A classic mistake, or a correct rewrite; ``catalogue.toml`` says what each key means."""

    name: str
    family: str
    why: str
    patches: tuple[Patch, ...]
    question: str = ""
    answer: str = ""
    gate: str = ""
    equivalent: str = ""

    @property
    def places(self) -> list[tuple[str, str]]:
        """The file and the name of each faulty function."""
        return list(dict.fromkeys(edit.place for edit in self.patches))


def plant(bug: Bug) -> ModuleType:
    """Return a copy of numpy_mlp with the bug in place; a patch that doesn't fit is a ValueError."""
    package = copy_of_numpy_mlp()
    try:
        patch.apply(bug.patches, package)
    except ValueError as error:
        raise ValueError(f"the bug {bug.name}: {error}") from None
    return package
