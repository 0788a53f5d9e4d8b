"""What is said of a package that raises: the piece at fault, and nothing that was said already."""

from pathlib import Path

import pytest

from compare import run
from compare.exercise import raised
from compare.exercise.pieces import PIECES

NAMES = [piece.name for piece in PIECES]
SAID = "ValueError: no\n  in mine/linear.py, line 3, in forward: x @ w"


@pytest.fixture
def piece(monkeypatch):
    """What is said where the check finds this of each piece that is not done."""

    def call(found):
        done = {name: {"verdict": "done", "text": ""} for name in NAMES}

        def tried(tasks, place, limit, *, level):
            assert (tasks, place, limit, level) == (NAMES, Path("mine"), 5, "line")
            if isinstance(found, Exception):
                raise found
            return done | found

        monkeypatch.setattr(raised, "tried", tried)
        return raised.faulty_piece(Path("mine"), 5, "line", SAID)

    return call


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (f"{SAID}\ndiagnosis: x\n  why       y", f"wrong     {NAMES[1]}\n  diagnosis: x\n    why       y"),
        ("what it keeps is wrong", f"wrong     {NAMES[1]}\n  what it keeps is wrong"),
        (SAID, ""),
    ],
)
def test_first_wrong_piece_is_named_with_what_is_new(piece, text, shown):
    assert (
        piece({NAMES[1]: {"verdict": "wrong", "text": text}, NAMES[4]: {"verdict": "wrong", "text": ""}})
        == shown
    )


@pytest.mark.parametrize(
    "found",
    [
        {},
        {NAMES[0]: {"verdict": "not checked", "text": "first write Linear.forward"}},
        {NAMES[0]: {"verdict": "wrong", "text": "mine has no file linear.py", "absent": True}},
        RuntimeError("the check could not start"),
    ],
    ids=["nothing wrong", "not checked", "another layout", "no process"],
)
def test_without_a_wrong_piece_the_error_stands_alone(piece, found):
    assert piece(found) == ""


@pytest.mark.slow
def test_comparison_of_a_package_that_raises_says_what_the_check_says(solved, no_child, tmp_path, capfd):
    folder = solved(tmp_path / "mine")
    linear = folder / "linear.py"
    text = linear.read_text(encoding="utf-8")
    lines = [line for line in text.splitlines(keepends=True) if not line.strip().startswith("self.x")]
    assert len(lines) < len(text.splitlines())
    linear.write_text("".join(lines), encoding="utf-8")
    assert run.main(["--numpy", str(folder), "--quick", "--lang", "en"]) == 1
    err = capfd.readouterr().err
    assert "AttributeError: 'Linear' object has no attribute 'x'\n  in " in err
    assert err.endswith(
        "  wrong     Linear.forward\n    what it returns is right, but not what it keeps for backward\n"
        "      Linear.backward reads self.x\n"
    )
