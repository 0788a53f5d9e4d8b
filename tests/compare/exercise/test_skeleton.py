"""The exercise's source: numpy_mlp's own, without the pieces."""

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from compare.exercise import skeleton
from compare.exercise.pieces import LEVELS, PIECES, Piece

ROOT = Path(__file__).parents[3]


def function(source, piece):
    """The function of a piece, and the statements that follow its docstring."""
    node = ast.parse(source)
    for name in piece.path:
        (node,) = [child for child in node.body if getattr(child, "name", None) == name]
    has_docstring = ast.get_docstring(node) is not None
    return node, node.body[has_docstring:]


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
@pytest.mark.parametrize("level", LEVELS)
def test_body_of_every_piece_is_gone_and_an_error_says_what_to_write(piece, level):
    source = skeleton.package("mine", level)[piece.file]
    node, body = function(source, piece)
    if piece.name == skeleton.STEP:
        loop = max((n for n in ast.walk(node) if isinstance(n, ast.For)), key=lambda n: n.col_offset)
        assert len(loop.body) == 2, "the error, and the sum of the losses"
        body = loop.body[:1]
    assert len(body) == 1
    assert isinstance(body[0], ast.Raise)
    assert ast.literal_eval(body[0].exc.args[0]) == piece.task(level)


@pytest.mark.parametrize("piece", PIECES, ids=lambda piece: piece.name)
def test_formulas_keep_docstring_and_comments_as_they_stand_in_the_source(piece):
    source = (ROOT / "numpy_mlp" / piece.file).read_text(encoding="utf-8")
    exercise_source = skeleton.taken_out(piece.file, source, "formulas")
    node, twin = function(source, piece)[0], function(exercise_source, piece)[0]
    assert ast.get_docstring(node) == ast.get_docstring(twin)
    assert ast.unparse(node.args) == ast.unparse(twin.args)
    if piece.name != skeleton.STEP:
        lines = source.splitlines()[node.lineno : node.end_lineno]
        comments = [line.strip() for line in lines if line.strip().startswith("#")]
        assert all(comment in exercise_source for comment in comments)


def test_outside_of_the_pieces_the_exercise_is_the_source():
    for file in skeleton.package("mine", "formulas"):
        source = (ROOT / "numpy_mlp" / file).read_text(encoding="utf-8")
        text = skeleton.taken_out(file, source, "formulas")
        if file not in {piece.file for piece in PIECES}:
            assert text == source
        text, source = (re.sub("  # noqa: F.*", "", one) for one in (text, source))
        added = [line for line in text.splitlines() if line not in source.splitlines()]
        # the errors, over several lines, and comments that have moved to the margin
        assert all(re.match(r'\s+(raise NotImplementedError\(|"|\)|#)', line) for line in added), added


def test_folder_holds_the_lesson_alone_and_takes_the_rest_from_numpy_mlp_shared():
    package = skeleton.package("mine", "formulas")
    lesson = {path.name for path in (ROOT / "numpy_mlp").glob("*.py")} - {"__main__.py"}
    assert set(package) == lesson
    assert "from numpy_mlp.shared.history import History\n" in package["training.py"]
    for file, text in package.items():
        assert "mine.shared" not in text
        imported = set(re.findall(r"^\s*(?:from|import) (\w+(?:\.\w+)?)", text, re.MULTILINE))
        assert not {name for name in imported if name.startswith("numpy_mlp")} - {"numpy_mlp.shared"}, file


@pytest.mark.parametrize("level", LEVELS)
def test_written_code_is_what_ruff_accepts(tmp_path, level):
    folder = tmp_path / "mine"
    folder.mkdir()
    for file, text in skeleton.package("mine", level).items():
        (folder / file).write_text(text, encoding="utf-8")
    for args in (["check"], ["format", "--check", "--line-length", "110"]):
        command = [sys.executable, "-m", "ruff", *args, "--isolated", "mine"]
        found = subprocess.run(
            command, cwd=tmp_path, capture_output=True, text=True, encoding="utf-8", check=False
        )
        assert found.returncode == 0, found.stdout


def test_line_of_an_import_or_variable_that_waits_for_a_piece_says_so():
    assert skeleton.unused("from a import b, c\nfrom d import e\ne()\nx = 1\ny = x\n") == {
        1: "F401",
        5: "F841",
    }


def test_piece_that_the_source_lacks_is_an_error(monkeypatch):
    lost = Piece("lost", "relu.ReLU.sideways", "", "")
    monkeypatch.setattr(skeleton, "PIECES", (lost,))
    with pytest.raises(LookupError, match=r"numpy_mlp/relu\.py has no ReLU\.sideways"):
        skeleton.package("mine", "formulas")


def test_levels_give_formulas_then_shapes_then_nothing():
    formulas, shapes, signatures = (skeleton.package("mine", level)["linear.py"] for level in LEVELS)
    assert "dL/dW = (dL/dy)ᵀ x" in formulas
    assert "x Wᵀ" not in shapes
    assert "dL/d" not in shapes
    assert "(out, N) @ (N, in) -> (out, in)" in shapes
    assert "ValueError: x is not (N, in)." in shapes
    assert "->" not in re.sub(r"\) ->.*:", "", signatures)
    assert function(signatures, PIECES[0])[0].body[0].lineno - function(signatures, PIECES[0])[0].lineno == 1
    for text in (shapes, signatures):
        assert '"""Write Linear.forward, Linear.backward.' in text
    for level in LEVELS[1:]:
        for piece in PIECES:
            if piece.name != skeleton.STEP:
                node, _ = function(skeleton.package("mine", level)[piece.file], piece)
                assert "=" not in (ast.get_docstring(node) or ""), piece.name
                assert piece.formula not in ast.unparse(node)


def test_what_our_commands_need_alone_is_no_part_of_the_exercise():
    assert "import numpy_mlp.shared" not in skeleton.package("mine", "formulas")["__init__.py"]
