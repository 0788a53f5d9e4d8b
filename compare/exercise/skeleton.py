"""numpy_mlp's own source with the pieces taken out, so that the exercise can't drift from it."""

import ast
import json
import re
import textwrap
from importlib.resources import files

from compare.bugs.patch import definitions, extent
from compare.exercise.pieces import PIECES, Piece

STEP = "train's step"
LINE = 110
Edit = tuple[int, int, list[str]]  # the first and the last line that it replaces, and by what


def package(name: str, level: str) -> dict[str, str]:
    """Return the files of the exercise, text by name, for a package called ``name``.

    They are the files of the lesson; what they import from ``numpy_mlp.shared`` stays there.
    """
    sources = {
        entry.name: entry.read_text(encoding="utf-8")
        for entry in files("numpy_mlp").iterdir()
        if entry.name.endswith(".py") and entry.name != "__main__.py"
    }
    return {file: renamed(taken_out(file, source, level), name) for file, source in sorted(sources.items())}


def renamed(source: str, name: str) -> str:
    """Return a file's text with another name for numpy_mlp, but not for numpy_mlp.shared.

    >>> print(renamed("from numpy_mlp.sgd import SGD  # see numpy_mlp.shared.history", "mine"))
    from mine.sgd import SGD  # see numpy_mlp.shared.history
    """
    source = source.replace("``shared/``", "``numpy_mlp.shared``")
    source = re.sub(r"^import numpy_mlp\.shared\b.*\n", "", source, flags=re.MULTILINE)  # for our commands
    source = re.sub(r"\bnumpy_mlp\b(?!\.shared\b)", name, source)
    # another package's imports stand before the package's own
    shared = "".join(re.findall(r"^from numpy_mlp\.shared.*\n", source, re.MULTILINE))
    if not shared:
        return source
    source = re.sub(r"^from numpy_mlp\.shared.*\n", "", source, flags=re.MULTILINE)
    numpy, own = "import numpy as np\n", f"\nfrom {name}."
    if numpy in source:
        return source.replace(numpy, numpy + shared, 1)
    return source.replace(own, f"\n{shared}{own}", 1)


def taken_out(file: str, source: str, level: str) -> str:
    """Return the text of a file without the bodies of its pieces."""
    pieces = [piece for piece in PIECES if piece.file == file]
    if not pieces:
        return source
    tree, lines = ast.parse(source), source.splitlines()
    edits = [edit for piece in pieces for edit in piece_edits(tree, piece, lines, level)]
    if level != "formulas":
        edits.append(heading(tree, pieces, level))
    # from the end, so that the line numbers before each edit stay right
    for first, last, new in sorted(edits, reverse=True):
        lines[first - 1 : last] = new
    for line, code in unused("\n".join(lines)).items():
        lines[line - 1] += f"  # noqa: {code}"
    return "\n".join(lines) + "\n"


def piece_edits(tree: ast.Module, piece: Piece, lines: list[str], level: str) -> list[Edit]:
    """Return the edits of a piece: the docstring of that level, and an error in the place of the body."""
    node = definitions(tree, piece.target)[-1]
    if piece.name == STEP:
        loops = [loop for loop in ast.walk(node) if isinstance(loop, ast.For)]
        # the last statement adds up the epoch's loss, and is given; its name for the loss is not
        *_, total = steps = max(loops, key=lambda loop: loop.col_offset).body
        given = f"{' ' * total.col_offset}{ast.unparse(total)}  # noqa: F821"
        return [(steps[0].lineno, total.lineno, [*unwritten(piece, level, total.col_offset), given])]
    (first, before), (_, last) = extent(node.body[0]), extent(node)
    indent = node.body[0].col_offset
    comments = [line.strip()[2:] for line in lines[before:last] if line.strip().startswith("# ")]
    kept = [f"{' ' * indent}# {text}" for comment in comments if (text := help_of(comment, level))]
    edits: list[Edit] = [(before + 1, last, [*kept, *unwritten(piece, level, indent)])]
    if level != "formulas":
        edits.append((first, before, shapes_docstring(node, piece) if level == "shapes" else []))
    return edits


def unwritten(piece: Piece, level: str, indent: int) -> list[str]:
    """Return the error that stands where code is to be written."""
    margin, text = " " * indent, piece.task(level)
    line = f"{margin}raise NotImplementedError({json.dumps(text)})"
    if len(line) <= LINE:
        return [line]
    # strings side by side are one string; the last but one keeps its space
    parts = textwrap.wrap(text, LINE - len(margin) - 6, drop_whitespace=False)
    texts = [f"{margin}    {json.dumps(part)}" for part in parts]
    return [f"{margin}raise NotImplementedError(", *texts, f"{margin})"]


def unused(source: str) -> dict[int, str]:
    """Return the lines whose import or variable nothing uses until the pieces are written: ruff's codes."""
    nodes = list(ast.walk(ast.parse(source)))
    used = {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)}
    found = {}
    for node in nodes:
        match node:
            case ast.ImportFrom(names=names) if not used & {alias.name for alias in names}:
                found[node.lineno] = "F401"
            case ast.Assign(targets=[ast.Name(id=name)]) if name not in used:
                found[node.lineno] = "F841"
    return found


def shapes_docstring(node: ast.FunctionDef, piece: Piece) -> list[str]:
    """Return a docstring of shapes alone, and what the function raises."""
    _, raises, errors = (ast.get_docstring(node) or "").partition("Raises:")
    text = f'"""{piece.shapes[0].upper()}{piece.shapes[1:]}.'
    whole = f'{text}\n\n{raises}{errors}\n"""' if raises else f'{text}"""'
    return textwrap.indent(whole, " " * node.body[0].col_offset).splitlines()


def heading(tree: ast.Module, pieces: list[Piece], level: str) -> Edit:
    """Return the module's docstring without its formulas: the pieces, and at level shapes the letters."""
    text = f"Write {', '.join(piece.name for piece in pieces)}."
    letters = [p for p in (ast.get_docstring(tree) or "").split("\n\n") if p.startswith("Shapes:")]
    whole = "\n\n".join([text, *letters]) + "\n" if letters and level == "shapes" else text
    return *extent(tree.body[0]), f'"""{whole}"""'.splitlines()


def help_of(comment: str, level: str) -> str:
    """Return the part of a comment that a level gives: formulas stand left, shapes right, before any words.

    >>> help_of("dL/dx = dL/dy W            (N, out) @ (out, in) -> (N, in)", "shapes")
    '(N, out) @ (out, in) -> (N, in)'
    """
    if level == "formulas":
        return comment
    _, _, right = comment.partition("   ")
    start = right.find("(")
    return right[start:].partition(", where")[0] if level == "shapes" and start >= 0 else ""
