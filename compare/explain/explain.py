"""Which edit of the correct code does what a package does? The search from its beginning to its end."""

import warnings
from collections.abc import Sequence
from functools import cache

import numpy as np
from tqdm import tqdm

from compare.bugs.lab import Lab, Name, Observation
from compare.explain.bench import Bench
from compare.explain.candidates import Candidates
from compare.explain.explanation import Explanation
from compare.explain.pairs import FIRST_STARTS, repaired, together
from compare.explain.search import LESS, RARE, USUAL, Found, Search
from compare.explain.telling import explanation

SECONDS = 60.0
FEW_ALIKE = 3


@cache
def all_candidates() -> Candidates:
    """Return the edits of numpy_mlp, made once in a process."""
    return Candidates(Bench())


def explain(
    found: Observation, names: Sequence[Name], lab: Lab, seconds: float = SECONDS
) -> tuple[Explanation | None, bool]:
    """Search for an edit that does in every array what a package did.

    Args:
        found: What the package did.
        names: The arrays in which it is not numpy_mlp.
        lab: What numpy_mlp did.
        seconds: How long to search at most, in seconds of the processor.

    Returns:
        The explanation, or None, and whether the search stopped before its end.
    """
    search = Search(found, names, lab, all_candidates(), seconds)
    bar = tqdm(desc="search", unit=" edits", disable=None, leave=False, delay=1)
    with np.errstate(all="ignore"), warnings.catch_warnings(), bar:
        search.on_try = bar.update
        warnings.simplefilter("ignore")
        results = search.with_its_calls(searched(search))
    return (explanation(results) if results else None), search.stopped


def searched(search: Search) -> list[Found]:
    """Return the best candidates, which are the same in numbers; none if nothing explains the package."""
    first = search.first()
    if first is None:
        return []
    if found := search.known(first):
        return found
    if search.evidence.of_errors:
        found = search.singles(first, *USUAL) or search.singles(first, *LESS)
        return found if len(found) <= FEW_ALIKE else []
    if not search.evidence.has_numbers():
        # NaN is the same in whatever overflows: what counts is where it comes, and where numbers come
        found = search.singles(first, *USUAL) if search.evidence.seldom(len(search.plays)) else []
        return found if len(found) <= FEW_ALIKE else []
    found = search.singles(first, *USUAL) or search.singles(first, *LESS)
    if found or not search.evidence.measured():
        # a few labels and counts are the same for many an edit that is far-fetched
        return found
    return (
        # two usual slips are no further fetched than a rare one
        repaired(search, first, (USUAL, LESS), FIRST_STARTS)
        or search.singles(first, USUAL[0], LESS[1], building=True)
        or search.singles(first, *RARE)
        or repaired(search, first)
        or together(search, first)
    )
