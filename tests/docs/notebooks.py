"""The course's notebooks, made from its pages: ``python tests/docs/notebooks.py`` writes them.

A page is jupytext's Markdown. The block of text and the picture that follow a block of Python are its output,
and become the cell's output in the notebook. ``--run`` runs the cells first, and writes what they print and
draw into both pages and ``docs/pictures``: a new result needs to be looked at.
"""

import base64
import io
import re
import sys
import warnings
from itertools import pairwise
from pathlib import Path

import jupytext
import nbformat

DOCS = Path(__file__).parents[2] / "docs"
PAGES = [DOCS / "course.md", DOCS / "course.zh-CN.md"]
TEXT = re.compile(r"\A```text\n(.*?)```\n*", re.DOTALL)
PICTURE = re.compile(r"\A!\[(.*?)\]\((.*?)\)\n*")
WIDTH, COLOURS = 800, 64


def notebook(page):
    """Return the notebook of a page, with the outputs that stand in it."""
    book = jupytext.reads(page.read_text(encoding="utf-8"), fmt="md")
    for cell, after in pairwise(book.cells):
        if cell.cell_type != "code":
            continue
        if found := TEXT.match(after.source):
            cell.outputs.append(nbformat.v4.new_output("stream", name="stdout", text=found[1]))
            after.source = after.source[found.end() :]
        if found := PICTURE.match(after.source):
            png = base64.b64encode((page.parent / found[2]).read_bytes()).decode("ascii")
            data = {"image/png": png, "text/plain": found[1]}
            cell.outputs.append(nbformat.v4.new_output("display_data", data=data))
            after.source = after.source[found.end() :]
    book.cells = [cell for cell in book.cells if cell.source]
    for i, cell in enumerate(book.cells):
        cell.id, cell.metadata = f"cell-{i}", {}
    book.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    book.nbformat_minor = 5
    nbformat.validate(book)
    return book


def text_of(page):
    """Return the notebook's file."""
    return nbformat.writes(notebook(page)) + "\n"


def executed(page):
    """Run all cells of a page's notebook in its folder, and return it with the new outputs."""
    from nbclient import NotebookClient

    book = jupytext.reads(page.read_text(encoding="utf-8"), fmt="md")
    where = {"metadata": {"path": str(page.parent)}}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Windows' event loop makes the client warn; the cells run elsewhere
        NotebookClient(book, timeout=300, kernel_name="python3", resources=where).execute()
    return book


def printed(cell):
    """Return what a cell has written to stdout."""
    return "".join(output.text for output in cell.outputs if output.get("name") == "stdout")


def pictures(cell):
    """Return the PNGs that a cell has drawn."""
    found = [output.get("data", {}).get("image/png") for output in cell.outputs]
    return [base64.b64decode(png) for png in found if png]


def refresh():
    """Run the first page's cells; write what they print and draw into both pages."""
    from PIL import Image

    cells = [cell for cell in executed(PAGES[0]).cells if cell.cell_type == "code"]
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        blocks = re.split(r"(?<=\n)(```python\n.*?```\n)", text, flags=re.DOTALL)
        for i, cell in enumerate(cells):
            after = re.sub(r"\A\n```text\n.*?```\n", "", blocks[2 * i + 2], flags=re.DOTALL)
            blocks[2 * i + 2] = (f"\n```text\n{printed(cell)}```\n" if printed(cell) else "") + after
            for png in pictures(cell):
                target = page.parent / PICTURE.match(after.lstrip("\n"))[2]
                image = Image.open(io.BytesIO(png)).convert("RGB")
                image.thumbnail((WIDTH, 2 * WIDTH))
                image.quantize(COLOURS).save(target, optimize=True)
        page.write_text("".join(blocks), encoding="utf-8")


if __name__ == "__main__":
    if "--run" in sys.argv[1:]:
        refresh()
    for source in PAGES:
        source.with_suffix(".ipynb").write_text(text_of(source), encoding="utf-8")
