"""All bugs of the lab, and the correct rewrites, out of their data files."""

import difflib
import tomllib
from dataclasses import replace
from importlib.resources import files

from compare.bugs.bug import Bug
from compare.bugs.patch import Patch

FAMILIES = {
    "loss": "Loss and softmax",
    "layers": "Linear and ReLU",
    "optimiser": "Optimiser and training",
    "data": "Data and inference",
}


def bugs_of(text: str) -> tuple[Bug, ...]:
    """Return the bugs of a TOML text; a key that is missing or unknown is a ValueError that names its bug."""
    document, found = tomllib.loads(text), []
    if document.keys() != {"bug"}:
        raise ValueError(f"expected tables [[bug]] alone, got {', '.join(document) or 'none'}")
    for table in document["bug"]:
        try:
            patches = tuple(Patch(**patch) for patch in table.get("patches", ()))
            found.append(Bug(**table | {"patches": patches}))
        except TypeError as error:
            # "Bug.__init__() got an unexpected keyword argument 'wy'"
            raise ValueError(f"the bug {table.get('name')!r}: {str(error).partition('() ')[2]}") from None
    return tuple(found)


def bug_named(name: str) -> Bug:
    """Return a bug by its name; for an unknown one a ValueError suggests names that are close."""
    bugs = {bug.name: bug for bug in BUGS}
    if name in bugs:
        return bugs[name]
    near = difflib.get_close_matches(name, bugs, n=3, cutoff=0.4)
    suggestion = f"did you mean {' or '.join(near)}?" if near else "python -m compare.bugs lists them"
    raise ValueError(f"no bug is called {name!r}: {suggestion}")


def over(rewrite: Bug, bug: Bug) -> Bug:
    """Return a bug in a rewritten network; a function that the bug changes is not rewritten."""
    others = [patch for patch in rewrite.patches if patch.place not in bug.places]
    return replace(bug, patches=(*others, *bug.patches))


BUGS, REWRITES = (
    bugs_of(files("compare.bugs").joinpath(name).read_text(encoding="utf-8"))
    for name in ("catalogue.toml", "rewrites.toml")
)
other_order, in_place, *_ = REWRITES
