"""Small edits of source text: the mistakes that a line of code invites, the most usual first.

The text may be a function, or a bare formula such as ``db2 = dz2.sum(axis=0) / N``. An edit replaces parts of
that text, found by the positions in its syntax tree, so what it changes reads as the author wrote it.
"""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

from compare.explain import expressions, statements
from compare.explain.source import Change, Source
from compare.explain.text import column

NOTHING = "(nothing)"
TOGETHER = 3  # what it costs to make the same change in several places

Hunk = tuple[int, int, str]


@dataclass(frozen=True)
class Edit:
    """A change of a text, in one place or the same in several.

    Attributes:
        source: The text.
        parts: What is replaced.
    """

    source: Source = field(repr=False)
    parts: tuple[Change, ...]

    @property
    def kind(self) -> str:
        """What it is, in a few words: ``"axis"``, ``"factor dropped"``, ..."""
        return self.parts[0].kind

    @property
    def cost(self) -> int:
        """How far-fetched it is: the lower, the more usual."""
        return self.parts[0].cost + (TOGETHER if len(self.parts) > 1 else 0)

    @property
    def text(self) -> str:
        """The text after the edit."""
        return replaced(self.source.text, [(part.start, part.end, part.new) for part in self.parts])

    @cached_property
    def changes(self) -> tuple[tuple[str, str], ...]:
        """What a reader is shown of each place: an expression or a line, before and after."""
        places: dict[tuple[int, int], list[Hunk]] = {}
        for part in self.parts:
            start, end = self.source.shown(part)
            places.setdefault((start, end), []).append((part.start - start, part.end - start, part.new))
        found = []
        for (start, end), hunks in places.items():
            before, margin = self.source.text[start:end], column(self.source.text, start)
            found.append((tidy(before, margin), tidy(replaced(before, hunks), margin)))
        return tuple(found)


def replaced(text: str, hunks: Iterable[Hunk]) -> str:
    """Return a text in which stretches that don't overlap, from start to end, are replaced."""
    for start, end, new in sorted(hunks, reverse=True):
        text = text[:start] + new + text[end:]
    return text


def edits(text: str, scope: Iterable[str] = ()) -> Iterator[Edit]:
    """Yield the small edits of a text, each resulting text once, the most usual first.

    Args:
        text: Python: statements, or one function with its ``def``, at any margin.
        scope: Further names, such as ``"W2"`` or ``"self.lr"``, that may stand for one of the text's.

    Raises:
        SyntaxError: the text is no Python.
    """
    source = Source(text, tuple(scope))
    changes = [change for node in source.nodes() for change in changes_of(source, node)]
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        if change.together:
            groups.setdefault((change.kind, change.together), []).append(change)
    several = [group for group in groups.values() if len(group) > 1 and apart(group)]
    alone = [[change] for change in changes if change.alone]
    found = [Edit(source, tuple(parts)) for parts in (*alone, *several)]
    seen = {text}
    # equal costs: in the order of the text
    for edit in sorted(found, key=lambda edit: edit.cost):
        if (result := edit.text) not in seen:
            seen.add(result)
            yield edit


def changes_of(source: Source, node: ast.AST) -> Iterator[Change]:
    """Yield the changes of one node of the tree."""
    rules = statements if isinstance(node, ast.stmt) else expressions
    yield from rules.changes(source, node)


def apart(group: list[Change]) -> bool:
    """Return whether no two changes overlap."""
    spans = sorted((change.start, change.end) for change in group)
    return all(end <= start for (_, end), (start, _) in pairwise(spans))


def tidy(text: str, margin: int | None = None) -> str:
    """Return code without comments and empty lines, at the left margin; ``NOTHING`` if that is all.

    Args:
        text: The code.
        margin: How far into its line it begins, if it is a piece of a longer text.
    """
    lines = [line.partition("  #")[0].rstrip() for line in text.splitlines()]
    lines = [line for line in lines if line.strip() and not line.lstrip().startswith("#")]
    margins = [len(line) - len(line.lstrip()) for line in lines[0 if text[:1].isspace() else 1 :]]
    margin = min(margins if margin is None else [margin, *margins], default=0)
    tidied = "\n".join([*(line.strip() for line in lines[:1]), *(line[margin:] for line in lines[1:])])
    return NOTHING if tidied in ("", "pass") else tidied
