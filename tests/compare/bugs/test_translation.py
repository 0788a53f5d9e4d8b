"""The lines around a hint in Chinese: complete, made of what the commands say, and harmless to code."""

import ast
import re
from dataclasses import replace
from pathlib import Path

import pytest

from compare.bugs import calls, translation
from compare.bugs.catalogue import BUGS, bug_named
from compare.bugs.diagnosis import Diagnosis
from compare.bugs.facts import certain_facts
from compare.bugs.hint import hint
from compare.bugs.matching import differences
from compare.bugs.translation import in_language, tables
from compare.checks import Check
from compare.exercise.check import Result, table
from compare.exercise.pieces import PIECES
from compare.explain.candidates import FORMS, SLIPS
from compare.explain.explanation import Edited
from compare.explain.telling import of_bug
from compare.report.text import divergence

ROOT = Path(translation.__file__).parents[1]
CHINESE = re.compile("[\u4e00-\u9fff]")
WORD = re.compile(r"[A-Za-z]{2,}")


def untranslated(text):
    """The lines of a text that stay as they are in Chinese, but for those of code, which stand further in."""
    lines = in_language(text, "zh").splitlines()
    return [line for line in lines if WORD.search(line) and not CHINESE.search(line) and line[:14].strip()]


def longest_part(template):
    """The end of a template's longest constant stretch; commands put some lines together from parts."""
    return " ".join(max(re.split(r"{\w+}|[;:,·] ", template), key=len).split()[-3:])


def test_lines_keep_their_gaps():
    assert tables().keys() == {"heads", "forms", "slips", "lines", "facts", "names"}
    for name in ("lines", "facts"):
        for english, chinese in tables()[name].items():
            assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese)), english
            assert CHINESE.search(chinese), english


def test_every_line_of_the_tables_is_one_that_the_commands_print():
    found = []
    for file in ROOT.rglob("*.py"):
        nodes = ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        found += [n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    found += ["only row", "only column", "it is exactly", "its update is exactly"]  # put together from parts
    said = "\n".join(found) + (ROOT / "exercise" / "pieces.toml").read_text(encoding="utf-8")
    for name in ("heads", "lines", "facts", "names"):
        for english in tables()[name]:
            assert longest_part(english) in said, english


def test_every_form_has_a_name():
    assert {form.name for form in FORMS} <= tables()["forms"].keys()


def test_every_slip_is_translated_and_nothing_else():
    assert {text for slip in SLIPS for text in (slip.why, slip.question)} == tables()["slips"].keys()
    for slip in SLIPS:
        assert not untranslated(of_bug(slip).text())


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_whole_hint_of_a_bug_is_translated(bug):
    told = of_bug(bug)
    assert not untranslated(told.text())
    more = (told.edits, told.edits)
    odd = replace(told, rivals=more, form=FORMS[0].name, note="everywhere but in 'big': there one of the two "
                  "has NaN or infinity")  # fmt: skip
    assert not untranslated(odd.text())
    assert not untranslated(replace(odd, rivals=more[:1]).text("place"))


def test_words_around_an_edit_of_two_places_make_a_sentence():
    told = of_bug(bug_named("mask-missing"))
    edits = (Edited("relu.ReLU.forward", "a", "b"), Edited("relu.ReLU.backward", "c", "(nothing)"))
    text = in_language(replace(told, edits=edits).text(), "zh")
    sentence = "代码      你的 ReLU.forward、ReLU.backward 算出的结果，相当于在正确代码里把"
    assert sentence in text
    assert [line.strip() for line in text[text.index(sentence) :].splitlines()[1:]] == [
        "a", "写成了", "b", "并且把", "c", "漏掉了",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "found",
    [
        Diagnosis((), (), correct=True),
        Diagnosis((), ("nothing moves",)),
        Diagnosis((), ("nothing moves",), stopped=True),
        Diagnosis((), (), explanations=(of_bug(BUGS[0]),)),
        Diagnosis(BUGS[:2], (), explanations=(of_bug(BUGS[0]), of_bug(BUGS[1]))),
    ],
    ids=lambda found: found.name,
)
@pytest.mark.parametrize("level", ["question", "place", "line"])
def test_every_form_of_a_diagnosis_is_translated(found, level):
    assert not untranslated(hint(found, level, translation))


@pytest.mark.slow
def test_what_is_certain_of_each_bugs_numbers_is_translated(lab):
    for bug in BUGS:
        found = lab.observed(bug)
        facts = certain_facts(found, differences(found, lab), lab)
        assert not untranslated("\n".join(facts)), bug.name


def test_what_a_training_calls_is_translated():
    right = list(calls.WATCHED.values()) * 2
    for found in (right[1:], right[1:6] * 2, [right[1], right[0], *right[2:]]):
        facts = calls.call_facts(found, right)
        assert facts
        assert not untranslated("\n".join(facts))


@pytest.mark.parametrize("fields", [{}, {"epoch": 3, "shape": (4, 2)}, {"max_abs": None}, {"form": True}])
def test_first_array_that_differs_is_translated(fields):
    check = Check(
        gate="update", scenario="fresh", dtype="float32", device="cpu", tensor="fc1.weight", status="fail",
        numpy=1.0, torch=2.0, max_abs=1.0, max_ulp=3.0, budget_used=2.0, worst_index=(0, 1), closer="torch",
        update_ratio=0.5, formula="y = x",
    )  # fmt: skip
    lines = untranslated(divergence(replace(check, **fields)))
    assert all(line.split()[0] in ("NumPy", "PyTorch") for line in lines)


def test_result_of_a_check_is_translated():
    texts = [
        "first write Linear.forward",
        "relu.py can't be run: see ReLU.forward",
        "what it returns is right, but not what it keeps for backward\n  Linear.backward reads self.x",
        "what it returns is right, but not what it keeps for backward\n  keep x in self.x for backward",
        "it keeps self.a, self.b: to be checked together with Linear.backward",
        "it reads self.a: first write Linear.forward",
        "its process was ended by SIGKILL: out of memory?\n  in mine/sgd.py, line 3, in step",
        "it did not come to an end within 30 s: a loop without an end?",
        "it called exit(3), where a result was to be returned",
    ]
    words = ("done", "wrong", "not written yet", "not checked")
    results = [Result(PIECES[i], words[i % 4], text) for i, text in enumerate(texts)]
    assert not untranslated(table(results))
    assert in_language(table(results[:1]), "zh").splitlines()[0] == f"完成             {PIECES[0].name}"


@pytest.mark.parametrize(
    "line",
    [
        "                    y = x @ weight if done else at",
        "ValueError: operands could not be broadcast together with shapes (120,3) (120,)",
        "  NumPy     0.25",
        "a line about something else",
    ],
)
def test_code_numbers_and_what_has_no_translation_stay(line):
    assert in_language(line, "zh") == line
