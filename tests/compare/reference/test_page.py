"""docs/reference.md can't rot: its programs run, print what stands below them, and so do their mistakes."""

import io
import re
from contextlib import redirect_stdout
from itertools import pairwise
from pathlib import Path

import pytest

PAGE = Path(__file__).parents[3] / "docs" / "reference.md"
PARTS = re.findall(r"```(python|text|diff)\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)


def examples():
    """Each program with what it prints: as it is, and after each change."""
    program = ""
    for (kind, text), (_, printed) in pairwise(PARTS):
        if kind == "python":
            program = text
            yield program, printed
        elif kind == "diff":
            changed = program
            old, new = re.fullmatch(r"- (.*)\n\+ (.*)\n", text).groups()
            assert changed.count(old) == 1, old
            yield changed.replace(old, new), printed


EXAMPLES = list(examples())


def output(program):
    stream = io.StringIO()
    with redirect_stdout(stream):
        exec(compile(program, "reference.md", "exec"), {})
    return stream.getvalue()


def without_numbers(text):
    """Rounding differs from machine to machine: mask distances, and the widths of the columns."""
    text = re.sub(
        r"\d+\.\d+e-\d+|-?\d+\.\d{5,}|x [\d.e+]+|[\d.e+]+ ulp|\d+%|distance .*|within .*|at \[.*\]", "#", text
    )
    return [re.sub(r"\s+", " ", line).strip() for line in text.splitlines()]


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_a_program_prints_what_stands_below_it(number):
    program, printed = EXAMPLES[number]
    assert without_numbers(output(program)) == without_numbers(printed)


def test_each_program_agrees_and_each_mistake_is_named():
    programs = [printed for _, printed in EXAMPLES[1:]]
    assert len(programs) == 8
    for right, wrong in zip(programs[::2], programs[1::2], strict=True):
        assert re.findall(r"(DIS)?AGREE", right) in ([""], ["", ""])
        assert "DISAGREE" in wrong
        assert "your code computes" in wrong
