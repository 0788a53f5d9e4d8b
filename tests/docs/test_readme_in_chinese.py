"""README.zh-CN.md says what README.md says: the same sections, commands, results, links and numbers."""

import re
from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGES = [(ROOT / name).read_text(encoding="utf-8") for name in ("README.md", "README.zh-CN.md")]
FENCE = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
ONES = "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen"
TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
WORDS = {word: i for i, word in enumerate(ONES.split())}
WORDS |= {word: 20 + 10 * i for i, word in enumerate(TENS.split())}
WORDS |= {f"{ten}-{one}": WORDS[ten] + WORDS[one] for ten in TENS.split() for one in ONES.split()[1:10]}


def sections(page):
    return re.split(r"^(?=## )", page, flags=re.MULTILINE)


def prose(text):
    """The text without its blocks of code, without what stands in code or in links' addresses."""
    text = FENCE.sub("", text)
    return re.sub(r"`[^`]*`|\]\([^)]*\)|<!--.*?-->", "", text)


def numbers(text):
    return Counter(re.findall(r"\d+(?:[.,]\d+)*", prose(text)))


def spelled_out(text):
    return {
        str(WORDS[word]) for word in re.findall(r"[a-z]+(?:-[a-z]+)?", prose(text).lower()) if word in WORDS
    }


def blocks(page):
    """Each block's language and lines; what a comment says is translated, so it is left out."""
    found = FENCE.findall(page)
    return [(name, re.sub(r" *# .*", "", text) if name in ("sh", "python") else text) for name, text in found]


def targets(page):
    """Where the links lead; a page that there is in Chinese is linked in Chinese."""
    found = Counter(re.findall(r"\]\(([^)#]+)", FENCE.sub("", page).replace(".zh-CN.", ".")))
    return found - Counter(["README.md"])


def test_each_page_begins_with_a_link_to_the_other():
    english, chinese = ("\n".join(page.splitlines()[:6]) for page in PAGES)
    assert "[简体中文](README.zh-CN.md)" in english
    assert "[English](README.md)" in chinese


def test_both_have_the_same_sections_in_the_same_order():
    levels = [re.findall(r"^(#+) ", FENCE.sub("", page), re.MULTILINE) for page in PAGES]
    assert levels[0] == levels[1]


def test_both_have_the_same_commands_programs_and_results():
    assert blocks(PAGES[0]) == blocks(PAGES[1])


def test_both_link_to_the_same_places():
    assert targets(PAGES[0]) == targets(PAGES[1])


@pytest.mark.parametrize("i", range(len(sections(PAGES[0]))))
def test_section_has_the_same_numbers_tables_and_points(i):
    english, chinese = (sections(page)[i] for page in PAGES)
    assert not numbers(english) - numbers(chinese)
    assert set(numbers(chinese) - numbers(english)) <= spelled_out(english)
    for mark in (r"^\|", r"^- ", r"^!\["):
        assert len(re.findall(mark, english, re.MULTILINE)) == len(re.findall(mark, chinese, re.MULTILINE)), (
            mark
        )
    codes = [Counter(re.findall(r"`[^`\n]+`", FENCE.sub("", text))) for text in (english, chinese)]
    assert codes[0] == codes[1]
