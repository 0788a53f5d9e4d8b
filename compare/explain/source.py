"""Source text with its syntax tree: where a node stands, what encloses it, which names are in scope."""

import ast
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from compare.explain.text import atom, plain, skipped

WIDTH = 80  # the longest expression that is shown without its statement
TIGHT = ast.BinOp | ast.UnaryOp | ast.Attribute | ast.Subscript | ast.Compare | ast.Call | ast.BoolOp


@dataclass(frozen=True)
class Change:
    """One stretch of a text and what replaces it.

    Attributes:
        start: Where it starts.
        end: Where it ends.
        new: What replaces it.
        kind: In a few words.
        cost: The lower, the more usual.
        together: Changes of one kind with the same word may also be made all at once; empty: alone only.
        alone: Whether it may be made by itself.
    """

    start: int
    end: int
    new: str
    kind: str
    cost: int
    together: str = ""
    alone: bool = True


class Source:
    """A text, its tree, and the names in its scope."""

    def __init__(self, text: str, scope: tuple[str, ...] = ()) -> None:
        """Parse a text at any margin."""
        self.text = text
        shift = len(text) - len(text.lstrip(" ")) if text.startswith(" ") else 0
        # an indented function: parsed at the left margin, its positions moved back
        self.margin = shift if textwrap.dedent(text) != text else 0
        self.tree = ast.parse(textwrap.dedent(text) if self.margin else text)
        self.parents = {child: node for node in ast.walk(self.tree) for child in ast.iter_child_nodes(node)}
        self.scope = scope
        self.spans: dict[ast.AST, tuple[int, int]] = {}

    @cached_property
    def lines(self) -> list[int]:
        """Where each line starts."""
        starts = [0]
        for line in self.text.splitlines(keepends=True):
            starts.append(starts[-1] + len(line))
        return starts

    def position(self, line: int, column: int) -> int:
        """Return where a column stands; ``ast`` counts columns in bytes of UTF-8."""
        start = self.lines[line - 1] + self.margin
        row = self.text[start : self.lines[line]]
        return start + len(row.encode()[:column].decode(errors="ignore"))

    def span(self, node: Any) -> tuple[int, int]:
        """Return where a node starts and ends, without parentheses around it."""
        if node not in self.spans:
            start = self.position(node.lineno, node.col_offset)
            self.spans[node] = start, self.position(node.end_lineno, node.end_col_offset)
        return self.spans[node]

    def of(self, node: ast.AST) -> str:
        """Return a node's text."""
        start, end = self.span(node)
        return self.text[start:end]

    @cached_property
    def pieces(self) -> list[tuple[ast.AST, tuple[int, int]]]:
        """All statements and expressions with their spans, from the outside to the inside."""
        nodes = ast.walk(self.tree)
        return [(node, self.span(node)) for node in nodes if isinstance(node, ast.stmt | ast.expr)]

    def nodes(self) -> Iterator[ast.AST]:
        """Yield statements and expressions in the order of the text, no docstrings, annotations or raises."""
        waiting: list[ast.AST] = [self.tree]
        while waiting:
            node = waiting.pop()
            if isinstance(node, ast.stmt | ast.expr):
                yield node
            waiting += reversed(list(self.children(node)))

    def children(self, node: ast.AST) -> Iterator[ast.AST]:
        """Yield the parts of a node that may hold a mistake."""
        for name, value in ast.iter_fields(node):
            if name in ("annotation", "returns", "decorator_list"):
                continue
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST) and not skipped(child):
                    yield child

    def wrapped(self, node: ast.AST) -> bool:
        """Return whether parentheses stand around a node alone."""
        start, end = self.span(node)
        before, after = self.text[:start].rstrip(), self.text[end:].lstrip()
        if not (before.endswith("(") and after.startswith(")")):
            return False
        parent = self.parents[node]
        # the parentheses of a call are around its only argument
        return not (isinstance(parent, ast.Call) and [node] == [*parent.args] and not parent.keywords)

    def change(self, node: ast.AST, new: str, kind: str, cost: int, together: str = "") -> Change:
        """Return the change of a whole node, in parentheses where what stands around it would bind closer."""
        parent = self.parents[node]
        if isinstance(parent, ast.keyword | ast.Starred | ast.Slice):
            tight = False
        elif isinstance(parent, ast.Call):
            tight = parent.func is node
        elif isinstance(parent, ast.Subscript | ast.Attribute):
            tight = parent.value is node
        else:
            tight = isinstance(parent, TIGHT)
        if tight and not self.wrapped(node):
            new = atom(new)
        return Change(*self.span(node), new, kind, cost, together)

    def shown(self, change: Change) -> tuple[int, int]:
        """Return the stretch around a change that says enough: a short expression, or the statement."""
        around = [
            node
            for node, (start, end) in self.pieces
            if start <= change.start and change.end <= end and not isinstance(node, ast.FunctionDef)
        ]
        if not around:
            return change.start, change.end
        ends = [span for node, span in self.pieces if isinstance(node, ast.stmt)]
        if change.start in [start for start, _ in ends] and change.end in [end for _, end in ends]:
            return change.start, change.end
        statement = next((node for node in reversed(around) if isinstance(node, ast.stmt)), around[0])
        start, end = self.span(statement)
        if "\n" not in self.text[start:end] or change.start == start:
            return start, max(end, change.end)
        inner = [node for node in around if isinstance(node, ast.expr)]
        for node in inner:
            first, last = self.span(node)
            if "\n" not in self.text[first:last] and last - first <= WIDTH and last - first > 12:
                return first, last
        # the header of a block
        body = getattr(statement, "body", None)
        if isinstance(body, list) and change.end <= self.span(body[0])[0]:
            return start, start + len(self.text[start : self.span(body[0])[0]].rstrip())
        return start, end

    @cached_property
    def names(self) -> list[str]:
        """The names and attributes that may stand for one another, the text's own first."""
        found = dict.fromkeys(
            self.of(node)
            for node in ast.walk(self.tree)
            if isinstance(node, ast.Name | ast.Attribute) and plain(node) and not self.is_function(node)
        )
        arguments = [arg.arg for node in ast.walk(self.tree) if isinstance(node, ast.arguments) for arg in
                     (*node.args, *node.kwonlyargs)]  # fmt: skip
        return [
            name
            for name in dict.fromkeys([*found, *arguments, *self.scope])
            if name not in ("self", "np", "cls")
        ]

    def is_index(self, node: ast.AST) -> bool:
        """Return whether a node stands in an index or counts the rounds of a loop."""
        while not isinstance(node, ast.stmt):
            node = self.parents[node]
            if isinstance(node, ast.Subscript):
                return True
        return isinstance(node, ast.For)

    def is_function(self, node: ast.AST) -> bool:
        """Return whether a name is what a call calls, a module, or a part of a longer name."""
        parent = self.parents[node]
        if isinstance(parent, ast.Call) and parent.func is node:
            return True
        name = self.of(node)
        return name in ("np", "math", "self") or name.startswith(("np.", "math.")) or name.endswith(".T")

    @cached_property
    def compounds(self) -> list[str]:
        """The products and sums of the text: what may have been taken for one another."""
        found = [
            self.of(node) for node in ast.walk(self.tree)
            if isinstance(node, ast.BinOp | ast.Call)
            and "\n" not in self.of(node) and len(self.of(node)) < WIDTH
            and not any(isinstance(part, ast.JoinedStr) for part in ast.walk(node))
            # what a function returns that is given nothing has to do with no array
            and not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and not node.args)
        ]  # fmt: skip
        return list(dict.fromkeys(found))

    @cached_property
    def scale(self) -> list[str]:
        """The text's own factors and divisors: what a value may have been multiplied by once too often."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult | ast.Div):
                found += [node.left, node.right] if isinstance(node.op, ast.Mult) else [node.right]
            if isinstance(node, ast.AugAssign) and isinstance(node.op, ast.Mult | ast.Div):
                found.append(node.value)
        texts = [self.of(node) for node in found if not isinstance(node, ast.BinOp | ast.Constant)]
        return [text for text in dict.fromkeys(texts) if "\n" not in text]

    @cached_property
    def arrays(self) -> list[str]:
        """The names of arrays with a row for each sample, as far as the text shows it."""
        found = []
        for node in ast.walk(self.tree):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.MatMult):
                found += [node.left, node.right]
            if isinstance(node, ast.Attribute) and node.attr in ("T", "sum", "mean", "max", "min"):
                found.append(node.value)
        return list(
            dict.fromkeys(self.of(node) for node in found if plain(node) and "weight" not in self.of(node))
        )

    def near(self, name: str) -> list[str]:
        """Return the names that are easily taken for another: alike in a part, or settings of an object."""
        stem = {part for part in name.replace("_", ".").split(".") if part != "self"}
        return [
            other
            for other in self.names
            if other != name
            and (
                stem & set(other.replace("_", ".").split("."))
                or other.rstrip("0123456789") == name.rstrip("0123456789")
                or (settings(name) and settings(other))
            )
        ]

    @cached_property
    def local(self) -> list[str]:
        """Names that the text gives values to, its arguments included."""
        stored = [
            n.id for n in ast.walk(self.tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)
        ]
        return [*dict.fromkeys([*stored, *(n.arg for n in ast.walk(self.tree) if isinstance(n, ast.arg))])]


def settings(name: str) -> bool:
    """Return whether a name is an attribute of ``self``, as ``self.momentum`` beside ``self.dampening``."""
    return name.startswith("self.") and name.count(".") == 1
