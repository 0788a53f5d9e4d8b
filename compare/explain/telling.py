"""From what the search found to its explanation: the code of the edit, its question, its name."""

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher

from compare.bugs.bug import Bug
from compare.bugs.catalogue import BUGS
from compare.explain.candidates import Candidate
from compare.explain.edits import NOTHING, Edit, tidy
from compare.explain.explanation import Edited, Explanation
from compare.explain.search import Found
from compare.explain.text import column

QUESTIONS = {
    "axis": "Along which axis does this have to run?",
    "axis dropped": "Along which axis does this have to run?",
    "axis added": "Does this have to run along an axis, or over everything?",
    "sign": "Which sign has this?",
    "operator": "Which operation is meant here?",
    "function": "Which function is meant here?",
    "factor dropped": "Is there a factor, or a divisor, that is missing?",
    "factor twice": "How often does each factor belong here?",
    "a factor too many": "How often does each factor belong here?",
    "term dropped": "Are all the terms of the formula there?",
    "statement left out": "Does everything happen that has to?",
    "statement twice": "How often does each thing happen?",
    "order": "In which order does this have to happen?",
    "after the loop": "How often does this have to happen?",
    "before the loop": "How often does this have to happen?",
    "call left out": "Does everything happen that has to?",
    "transposed": "Which shape has each factor, and which of them is turned?",
    "name": "Which array is meant here?",
    "constant": "Which number is meant here?",
    "some of the terms alone": "Does the product add up all that it has to?",
    "rows missing": "Does the product add up all that it has to?",
    "keepdims": "Which shape has this, and which does it need?",
    "for some parameters only": "Is this done for every parameter?",
}
PLAIN = "Write the formula of this line beside the line. Where do they part?"


def explanation(found: Sequence[Found]) -> Explanation:
    """Return the explanation of candidates that are the same in numbers, the best of them first."""
    best, *others = found
    bugs = best.candidate.bugs
    if len(best.candidate.edits) == 1:
        bugs = bugs or without_effect(best.candidate.edits[0][1])
    kinds = [edit.kind for _, edit in best.candidate.edits]
    # an edit beside a known bug is a second mistake, which that name would hide
    names = [bug.name for bug in bugs if bug in BUGS]
    parts = len(best.candidate.bugs) + len(kinds) if best.candidate.bugs else len(bugs)
    questions = [bug.question for bug in bugs] + [QUESTIONS.get(kind, PLAIN) for kind in kinds]
    return Explanation(
        edits=edited(best.candidate),
        question=" ".join(dict.fromkeys(questions)),
        answer=" ".join(bug.answer for bug in bugs),
        why=" ".join(bug.why for bug in bugs),
        name=" and ".join(names) if len(names) == parts else "",
        rivals=tuple(edited(other.candidate) for other in others),
        form=best.candidate.form.name if best.candidate.form else "",
        note=note(best),
    )


def without_effect(edit: Edit) -> tuple[Bug, ...]:
    """Return the known bug in which a call does nothing, for an edit that leaves the call out."""
    right, wrong = edit.changes[0]
    called = re.fullmatch(r"\w+\.(\w+)\(\)", right)
    if not called or wrong != NOTHING:
        return ()
    return tuple(
        bug for bug in BUGS
        if len(bug.patches) == 1 and bug.patches[0].wrong.strip() == "pass"
        and bug.patches[0].at.endswith(f".{called[1]}")
    )  # fmt: skip


def of_bug(bug: Bug) -> Explanation:
    """Return the explanation of a known bug."""
    return explanation([Found(Candidate({}, bugs=(bug,)), 0)])


def edited(candidate: Candidate) -> tuple[Edited, ...]:
    """Return a candidate's places, with their code before and after."""
    known = [Edited(p.at, tidy(p.right), tidy(p.wrong)) for bug in candidate.bugs for p in bug.patches]
    by_place: dict[str, list[Edit]] = {}
    for at, edit in candidate.edits:
        by_place.setdefault(at, []).append(edit)
    more = [Edited(at, *change) for at, edits in by_place.items() for change in changes(edits)]
    return tuple(joined(known, more))


def joined(known: list[Edited], more: list[Edited]) -> Iterator[Edited]:
    """Yield the code of known bugs with the edits of that code made in it, then the other edits."""
    for one in more:
        for i, bug in enumerate(known):
            if bug.at == one.at and bug.wrong.count(one.right) == 1:
                margin = "\n" + " " * column(bug.wrong, bug.wrong.index(one.right))
                wrong = bug.wrong.replace(one.right, one.wrong.replace("\n", margin))
                known[i] = Edited(bug.at, bug.right, wrong)
                break
        else:
            known.append(one)
    yield from known


def changes(edits: Sequence[Edit]) -> Iterator[tuple[str, str]]:
    """Yield the code before and after the edits of one function, of which each may change the one before."""
    first, last = edits[0].source.text, edits[-1].text
    if len(edits) == 1 or edits[-1].source.text == first:
        yield from (change for edit in edits for change in edit.changes)
        return
    before, after = first.splitlines(keepends=True), last.splitlines(keepends=True)
    for kind, i, j, k, m in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if kind != "equal":
            yield tidy("".join(before[i:j])), tidy("".join(after[k:m]))


def note(found: Found) -> str:
    """Return where the numbers are not the same."""
    runs = list(dict.fromkeys(play.key[0] for play in found.parted))
    if not runs:
        return ""
    return f"everywhere but in {', '.join(map(repr, runs))}: there one of the two has NaN or infinity"
