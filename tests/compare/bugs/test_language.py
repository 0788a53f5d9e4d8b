"""A bug's texts in Chinese: all of them, chosen by flag or environment, where they can be shown."""

import io
import re
import sys
from pathlib import Path

import pytest

from compare.bugs import __main__, language, quiz
from compare.bugs.catalogue import BUGS, FAMILIES, bug_named
from compare.bugs.language import can_show, chosen, head, phrase, table, translated
from compare.bugs.translation import in_language
from compare.explain.telling import PLAIN, QUESTIONS

TEXTS = ("why", "question", "answer", "equivalent")
CHINESE = re.compile("[\u4e00-\u9fff]")


@pytest.fixture
def environment(monkeypatch):
    """Set these variables of the environment, and none of the others that choose a language."""

    def use(**variables):
        for name in language.VARIABLES:
            monkeypatch.delenv(name, raising=False)
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    monkeypatch.setattr(language.locale, "getlocale", lambda: (None, None))
    return use


def console(encoding):
    return io.TextIOWrapper(io.BytesIO(), encoding=encoding)


def test_every_bug_has_its_chinese_texts_and_there_are_no_others():
    assert table().keys() == {"phrases", "bugs"}
    assert table()["bugs"].keys() == {bug.name for bug in BUGS}


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_chinese_texts_are_complete_and_keep_the_numbers_and_the_code(bug):
    chinese = translated(bug, "zh")
    assert (chinese.name, chinese.patches, chinese.gate) == (bug.name, bug.patches, bug.gate)
    for key in TEXTS:
        text, english = getattr(chinese, key), getattr(bug, key)
        assert bool(CHINESE.search(text)) == bool(english), key
        # decimals and what stands in brackets after a name can't be said in other words
        for exact in re.findall(r"\d+\.\d+|1e-\d|axis=\d|\w+\.\w+\(\w*\)|\w+\.\w+ -= [\w *]+\w", english):
            assert exact in text, exact
    assert chinese.why.endswith(("。", "）"))
    assert chinese.question.endswith("？")
    assert chinese.answer.endswith(("。", "]。"))


def test_phrases_keep_their_placeholders_and_titles_have_one():
    for english, chinese in table()["phrases"].items():
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", chinese))
    assert all(title in table()["phrases"] for title in FAMILIES.values())


def test_every_phrase_of_the_commands_is_translated():
    sources = [Path(module.__file__).read_text(encoding="utf-8") for module in (__main__, quiz)]
    said = {text for source in sources for text in re.findall(r'(?:phrase|head)\(["\'](.*?)["\']', source)}
    assert len(said) > 10
    assert said <= table()["phrases"].keys()
    assert __main__.MORE in table()["phrases"]


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({}, "en"),
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_TW.UTF-8"}, "zh"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C"}, "en"),
        ({"LANG": "C.UTF-8", "LC_MESSAGES": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": ""}, "zh"),
    ],
)
def test_environment_chooses_the_language_in_the_order_of_its_variables(environment, variables, expected):
    environment(**variables)
    assert chosen(None, console("utf-8")) == expected
    assert chosen("zh", console("utf-8")) == "zh"
    assert chosen("en", console("utf-8")) == "en"


def test_windows_setting_chooses_where_no_variable_does(environment, monkeypatch):
    environment()
    monkeypatch.setattr(language.locale, "getlocale", lambda: ("Chinese (Simplified)_China", "936"))
    assert chosen(None, console("utf-8")) == "zh"


@pytest.mark.parametrize(
    ("encoding", "shows"), [("utf-8", True), ("gbk", True), ("cp1252", False), ("ascii", False)]
)
def test_english_replaces_what_the_console_cannot_show(environment, capsys, encoding, shows):
    environment(LANG="zh_CN.UTF-8")
    assert can_show("提示", console(encoding)) == shows
    assert chosen(None, console(encoding)) == ("zh" if shows else "en")
    assert capsys.readouterr().err == ""
    chosen("zh", console(encoding))
    assert capsys.readouterr().err.count("\n") == (0 if shows else 1), "a request that fails is no secret"


def test_text_in_memory_has_no_encoding_and_shows_everything():
    assert can_show("提示", io.StringIO())


def test_unknown_text_and_untranslated_bug_stay_english():
    assert phrase("nothing moves", "zh") == "nothing moves"
    assert phrase("hint", "en") == "hint"
    bug = bug_named("mask-missing")
    assert translated(bug, "en") is bug


def test_diagnosis_is_translated_sentence_by_sentence_and_stays_aligned():
    mask, sign = bug_named("mask-missing"), bug_named("loss-sign-flipped")
    text = f"""diagnosis: mask-missing
  why       {mask.why} {sign.why}
  hint      {mask.question} Which sign has this?
            {mask.answer}
  look at   ReLU.backward in mine/relu.py, train in mine/training.py
  measured  dL/dfc1: x 2 in every entry; only row 3"""
    chinese = {bug.name: translated(bug, "zh") for bug in (mask, sign)}
    one, other = chinese["mask-missing"], chinese["loss-sign-flipped"]
    assert in_language(text, "en") == text
    assert (
        in_language(text, "zh")
        == f"""诊断：mask-missing
  原因      {one.why} {other.why}
  提示      {one.question} 这里的符号是正还是负？
            {one.answer}
  位置      mine/relu.py 里的 ReLU.backward、mine/training.py 里的 train
  实测      dL/dfc1：每个元素都是应有值的 2 倍；只有第 3 行（从 0 数起）"""
    )
    assert head("hint", "zh", 9) == "提示     "


def test_no_sentence_about_a_bug_is_left_in_english():
    for bug in BUGS:
        text = f"  why       {bug.why}\n  hint      {bug.question}\n            {bug.answer}"
        chinese = translated(bug, "zh")
        assert in_language(text, "zh").split() == (
            f"原因 {chinese.why} 提示 {chinese.question} {chinese.answer}".split()
        )


def test_every_question_about_an_edit_is_translated():
    assert {*QUESTIONS.values(), PLAIN} <= table()["phrases"].keys()


@pytest.mark.parametrize("args", [("--lang", "zh"), ("list", "--lang", "zh"), ("--lang", "zh", "list")])
def test_list_in_chinese_names_every_bug_and_says_why(bugs, args):
    code, out, _ = bugs(*args)
    assert code == 0
    assert all(f"  {bug.name} " in out and translated(bug, "zh").why in out for bug in BUGS)
    assert "损失与 softmax" in out
    assert "python -m compare.bugs quiz" in out


@pytest.mark.slow
def test_show_in_chinese_keeps_lines_and_numbers(bugs, lab, monkeypatch):
    monkeypatch.setattr("compare.bugs.lab.Lab", lambda: lab)
    code, out, _ = bugs("show", "eval-forgotten", "--lang", "zh")
    assert code == 0
    texts = table()["bugs"]["eval-forgotten"]
    assert all(text in out for text in texts.values())
    assert "-    model.eval()\n" in out
    assert "loss 0.0851" in out


@pytest.mark.parametrize("command", ["table", "test"])
def test_language_of_a_command_that_has_one_is_refused(bugs, command):
    code, out, err = bugs("--lang", "zh", command)
    assert (code, out) == (2, "")
    assert "expected --lang with list, show or quiz" in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_quiz_in_chinese_asks_hints_and_explains(bugs, lab, monkeypatch):
    monkeypatch.setattr("compare.bugs.quiz.Lab", lambda: lab)
    monkeypatch.setattr(sys, "stdin", io.StringIO("9\n1\n2\n"))
    code, out, err = bugs("quiz", "--seed", "3", "--lang", "zh")
    assert code == 0, err
    assert "请输入 1 到 6，而不是 9" in out
    name = re.search(r"答案是 (\S+)。", out)[1]
    texts = table()["bugs"][name]
    assert f"不对。提示：{texts['question']}" in out
    assert texts["answer"] in out
    assert "  原因      " in out
