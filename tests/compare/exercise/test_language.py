"""``python -m compare.exercise check --lang zh``: the hint is in Chinese, all else as it was."""

from pathlib import Path

import pytest

from compare.bugs.catalogue import bug_named
from compare.bugs.language import translated
from compare.exercise import __main__ as exercise
from compare.exercise.check import Result
from compare.exercise.pieces import PIECES

BUG = bug_named("mask-missing")


@pytest.fixture
def checked(monkeypatch, capsys):
    """Run the command on a package whose second piece has a known mistake; return what it prints."""
    text = f"diagnosis:\n  hint      {BUG.question}\n  look at   ReLU.backward in mine/relu.py"
    results = [Result(piece, "done") for piece in PIECES]
    results[1] = Result(PIECES[1], "wrong", text)
    monkeypatch.setattr(exercise, "find", Path)
    monkeypatch.setattr(exercise, "check", lambda *args, **options: results)

    def call(*args):
        assert exercise.main(["check", "mine", *args]) == 1
        return capsys.readouterr().out

    return call


def test_hint_is_in_the_requested_language_or_that_of_the_environment(checked, monkeypatch):
    english, chinese = checked("--lang", "en"), checked("--lang", "zh")
    assert f"      hint      {BUG.question}\n" in english
    assert f"      提示      {translated(BUG, 'zh').question}\n" in chinese
    assert "      位置      mine/relu.py 里的 ReLU.backward\n" in chinese
    assert english.splitlines()[-1] == f"11 of 12 done · next: {PIECES[1].name}"
    assert chinese.splitlines()[-1] == f"已完成 11 / 12 · 下一个：{PIECES[1].name}"
    assert f"有错             {PIECES[1].name}\n" in chinese
    assert checked() == english
    monkeypatch.setenv("LC_MESSAGES", "zh_CN.UTF-8")
    assert checked() == chinese
