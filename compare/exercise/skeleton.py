"""numpy_mlp's own source with the pieces taken out, so that the exercise can't drift from it."""

import ast
import io
import json
import re
import textwrap
import tokenize
from importlib.resources import files

from compare.exercise.pieces import PIECES, Piece

# commands and pictures are no part of the lesson, and need more than NumPy
LEFT_OUT = ("__main__.py",)
STEP = "train's step"
LINE = 110
Edit = tuple[int, int, list[str]]


def package(name: str, level: str) -> dict[str, str]:
    """Return the files of the exercise, text by name, for a package called ``name``."""
    sources = {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in files("numpy_mlp").iterdir()
        if entry.name.endswith(".py") and entry.name not in LEFT_OUT
    }
    # the package speaks of itself in its imports and in its docstring, and of nothing else by that name
    return {
        file: re.sub(r"\bnumpy_mlp\b", name, taken_out(file, source, level))
        for file, source in sorted(sources.items())
    }


def taken_out(file: str, source: str, level: str) -> str:
    """Return one file without the bodies of its pieces."""
    pieces = [piece for piece in PIECES if piece.file == file]
    if not pieces:
        return source
    tree = ast.parse(source)
    comments = whole_line_comments(source)
    edits = [edit for piece in pieces for edit in piece_edits(find(tree, piece), piece, comments, level)]
    if level != "formulas":
        edits.append(heading(tree, pieces, level))
    lines = source.splitlines()
    # from the end, so that the line numbers before each edit stay right
    for first, last, new in sorted(edits, reverse=True):
        lines[first - 1 : last] = new
    return "\n".join(lines) + "\n"


def find(tree: ast.Module, piece: Piece) -> ast.FunctionDef:
    """Return the function that holds a piece.

    Raises:
        LookupError: the source has no such function: the list of pieces has to follow it.
    """
    node: ast.AST = tree
    for name in piece.path:
        found = [
            child
            for child in ast.iter_child_nodes(node)
            if isinstance(child, ast.FunctionDef | ast.ClassDef) and child.name == name
        ]
        if not found:
            raise LookupError(f"numpy_mlp/{piece.file} has no {'.'.join(piece.path)}")
        node = found[0]
    assert isinstance(node, ast.FunctionDef)
    return node


def piece_edits(node: ast.FunctionDef, piece: Piece, comments: dict[int, str], level: str) -> list[Edit]:
    """Return what to change: the docstring as the level asks, and an error in the place of the body."""
    if piece.name == STEP:
        taken = training_step(node)
        first, last = taken[0].lineno, taken[-1].end_lineno or taken[-1].lineno
        return [(first, last, unwritten(piece, level, taken[0].col_offset))]
    docstring = node.body[0]
    after, last = (docstring.end_lineno or docstring.lineno) + 1, node.end_lineno or node.lineno
    kept = [
        f"{' ' * docstring.col_offset}# {text}"
        for line in range(after, last + 1)
        if line in comments and (text := help_of(comments[line], level))
    ]
    edits = [(after, last, [*kept, *unwritten(piece, level, docstring.col_offset)])]
    if level != "formulas":
        new = shapes_docstring(node, piece) if level == "shapes" else []
        edits.append((docstring.lineno, after - 1, new))
    return edits


def training_step(train: ast.FunctionDef) -> list[ast.stmt]:
    """Return the statements of the innermost loop, but for the one that adds up the epoch's loss."""
    loops = [node for node in ast.walk(train) if isinstance(node, ast.For)]
    innermost = max(loops, key=lambda loop: loop.col_offset)
    return [statement for statement in innermost.body if not isinstance(statement, ast.AugAssign)]


def unwritten(piece: Piece, level: str, indent: int) -> list[str]:
    """Return the error that stands where code is to be written."""
    margin, text = " " * indent, piece.task(level)
    line = f"{margin}raise NotImplementedError({json.dumps(text)})"
    if len(line) <= LINE:
        return [line]
    # strings side by side are one string; the last but one keeps its space
    parts = textwrap.wrap(text, LINE - len(margin) - 8, drop_whitespace=False)
    texts = [f"{margin}    {json.dumps(part)}" for part in parts]
    return [f"{margin}raise NotImplementedError(", *texts, f"{margin})"]


def shapes_docstring(node: ast.FunctionDef, piece: Piece) -> list[str]:
    """Return a docstring of shapes alone, and what the function raises."""
    margin = " " * node.body[0].col_offset
    _, raises, errors = (ast.get_docstring(node) or "").partition("Raises:")
    if not raises:
        return [f'{margin}"""{piece.shapes}."""']
    indented = [f"{margin}{line}".rstrip() for line in (raises + errors).splitlines()]
    return [f'{margin}"""{piece.shapes}.', "", *indented, f'{margin}"""']


def heading(tree: ast.Module, pieces: list[Piece], level: str) -> Edit:
    """Return the module's docstring without its formulas: what to write and, if asked for, its letters."""
    docstring = tree.body[0]
    text = f"Write {', '.join(piece.name for piece in pieces)}."
    letters = [p for p in (ast.get_docstring(tree) or "").split("\n\n") if p.startswith("Shapes:")]
    whole = "\n\n".join([text, *letters]) + "\n" if letters and level == "shapes" else text
    return docstring.lineno, docstring.end_lineno or docstring.lineno, f'"""{whole}"""'.splitlines()


def help_of(comment: str, level: str) -> str:
    """Return as much of a comment as the level gives: formulas stand left, shapes right.

    >>> help_of("dL/dx = dL/dy W            (N, out) @ (out, in) -> (N, in)", "shapes")
    '(N, out) @ (out, in) -> (N, in)'
    """
    if level == "formulas":
        return comment
    columns = re.split(r"\s{2,}", comment, maxsplit=1)
    return columns[1] if level == "shapes" and len(columns) == 2 and "(" in columns[1] else ""


def whole_line_comments(source: str) -> dict[int, str]:
    """Return the comments that have a line to themselves, by line."""
    return {
        token.start[0]: token.string.removeprefix("#").strip()
        for token in tokenize.generate_tokens(io.StringIO(source).readline)
        if token.type == tokenize.COMMENT and token.line.lstrip().startswith("#")
    }
