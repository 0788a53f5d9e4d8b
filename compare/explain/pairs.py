"""Two mistakes at once, or one that takes two places: one edit explains the first array, one the next.

All pairs would be too many. So an edit after which the run follows the learner's further than before is kept,
and the second one is looked for where the two part then. What needs both at once, because neither alone makes
the first array, is tried within one function.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations, islice

from compare.bugs.patch import with_patch
from compare.explain.candidates import Candidate
from compare.explain.edits import Edit, apart
from compare.explain.replay import Play
from compare.explain.search import CLASSES, LESS, Found, Search

FIRST_STARTS, STARTS, NEAREST = 5, 40, 3
ALIKE = 2  # starts that come equally far
# kinds that are told alone: beside another edit they are far-fetched
TOLD_ALONE = ("the same row for all", "sums so far")
ARBITRARY = ("a factor too many", "constant", "N - 1 for N", "1 - factor", "squared", "a small number added")


def repaired(
    search: Search, play: Play, classes: Sequence[tuple[int, int]] = CLASSES, most_starts: int = STARTS
) -> list[Found]:
    """Return pairs: the first edit explains the first array, and the second the next that differs."""
    starts = list(islice(promising(search, play), most_starts))
    for least, most in classes:
        found: list[Found] = []
        for start in starts:
            if (start, least) in search.paired or (at := departure(search, start)) is None:
                continue
            search.paired.add((start, least))
            found += search.confirmed(seconds(search, start, at, least, most), at)
            if search.late():
                break
        if found:
            return sorted(found, key=lambda one: one.rank)
    return []


def promising(search: Search, play: Play) -> Iterator[Candidate]:
    """Yield the edits that make the first array, and more, those first that come furthest."""
    before = play.follow(search.bench.package).arrays
    further = [one for one in search.tried if one[1].whole or one[1].arrays > before]
    further = [one for one in further if not {edit.kind for _, edit in one[0].edits} & {*TOLD_ALONE}]
    further.sort(key=lambda one: (-one[1].arrays, one[0].cost, one[2]))
    alike: Counter[tuple[int, ...]] = Counter()
    runs = [one for one in search.plays if one.key[1] == play.key[1]]
    for candidate, _, _ in further:
        # those that come equally far in every run of a dtype are mostly one edit in other words
        came = tuple(search.follow(candidate, one).arrays for one in runs)
        alike[came] += 1
        if alike[came] <= ALIKE:
            yield candidate


def departure(search: Search, start: Candidate) -> Play | None:
    """Return the first run in which an edit is not enough; None if only an error says so, and no array."""
    for play in search.plays:
        progress = search.follow(start, play)
        if not progress.whole:
            return play if progress.arrays < len(play.theirs) else None
    return None


def seconds(
    search: Search, start: Candidate, play: Play, least: int, most: int
) -> Iterator[tuple[Candidate, int]]:
    """Yield an edit with each second one, and how many functions that stands before the next array."""
    places = search.called(play, start.texts)
    known = search.candidates.of_bugs(places) if not least else ()
    for second in (*known, *edited(search, start, places)):
        if (texts := of_both(start, second)) is None:
            continue
        alone = any(edit.kind in TOLD_ALONE for _, edit in second.edits)
        if least < second.cost <= most and not alone and not arbitrary(start, second):
            both = Candidate(texts, start.edits + second.edits, start.bugs + second.bugs, start.form)
            yield both, min(places.index(place) for place in second.places if place in places)


def of_both(start: Candidate, second: Candidate) -> dict[str, str] | None:
    """Return the texts of two candidates together; None if the second is a bug of what the first changed."""
    if not second.bugs:
        return start.texts | second.texts
    texts = second.texts | start.texts
    try:
        for patch in (patch for bug in second.bugs for patch in bug.patches if patch.at in start.texts):
            texts[patch.at] = with_patch(texts[patch.at], patch)
    except ValueError:
        return None
    return texts


def arbitrary(*both: Candidate) -> bool:
    """Return whether edits are of the kinds that, two together, make any factor out of any other.

    The same change in two functions, such as 32 for N in the loss and in its gradient, is one idea.
    """
    edits = [edit for one in both for _, edit in one.edits if edit.kind in ARBITRARY]
    return len({edit.parts[0].new for edit in edits}) > 1


def edited(search: Search, start: Candidate, places: Iterable[str]) -> Iterator[Candidate]:
    """Yield the edits of functions, as they are after a first one."""
    for at in places:
        if at in start.texts:
            yield from search.candidates.of_text(at, start.texts[at])
        else:
            yield from search.candidates.of_function(at)


def together(search: Search, play: Play) -> list[Found]:
    """Return pairs of usual edits in one of the functions that stand nearest to the first array."""
    stream = (
        (candidate, distance)
        for distance, at in enumerate(search.called(play)[:NEAREST])
        for candidate in both(at, search.candidates.of_function(at))
    )
    return search.confirmed(stream, play)


def both(at: str, known: list[Candidate]) -> Iterator[Candidate]:
    """Yield the pairs of usual edits of one function."""
    usual = [edit for one in known for _, edit in one.edits if edit.cost <= LESS[1]]
    for one, other in sorted(combinations(usual, 2), key=lambda pair: pair[0].cost + pair[1].cost):
        if apart([*one.parts, *other.parts]) and not {one.kind, other.kind} <= set(ARBITRARY):
            pair = Edit(one.source, (*one.parts, *other.parts))
            yield Candidate({at: pair.text}, ((at, one), (at, other)))
