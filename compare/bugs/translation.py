"""The lines of a diagnosis and of a check in Chinese, each by the English line that it stands for.

What runs the learner's code, in another process, knows no language: its text is translated where it is
printed. A line that the tables don't have stays as it is.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from functools import cache
from importlib.resources import files

from compare.bugs.language import padded, phrase, table

Templates = list[tuple[re.Pattern[str], str]]
WHOLE = ("fact", "error", "these", "those", "calls", "terms", "code", "text")  # gaps that may hold ": "


@cache
def tables() -> dict[str, dict[str, str]]:
    """Return the lines' tables: ``heads``, ``forms``, ``slips``, ``lines``, ``facts`` and ``names``."""
    text = files("compare.bugs").joinpath("lines.zh-CN.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@cache
def templates(name: str) -> Templates:
    """Return the patterns of a table's English lines, each with its Chinese line."""
    return [(pattern(english), chinese) for english, chinese in tables()[name].items()]


def pattern(template: str) -> re.Pattern[str]:
    """Return what finds a line by its template.

    >>> pattern("all {size} entries").fullmatch("all 12 entries")["size"]
    '12'
    """
    parts = re.split(r"{(\w+)}", template)
    texts, names = parts[::2], parts[1::2]
    gaps = [f"(?P<{name}>{'.' if name in WHOLE else '(?:(?!: ).)'}+?)" for name in names]
    return re.compile("".join(re.escape(text) + gap for text, gap in zip(texts, [*gaps, ""], strict=True)))


@cache
def head_of_line() -> re.Pattern[str]:
    """Return what finds a head and its text; two spaces at least stand between them."""
    names = sorted(tables()["heads"], key=len, reverse=True)
    return re.compile(rf"({'|'.join(names)})(  +)(.*)")


@cache
def sentences() -> dict[str, str]:
    """Return the Chinese of every English sentence about a mistake, the longest first."""
    from compare.bugs.catalogue import BUGS

    found = {text: chinese for text, chinese in table()["phrases"].items() if text.endswith("?")}
    for bug in BUGS:
        for key, chinese in table()["bugs"].get(bug.name, {}).items():
            found[getattr(bug, key)] = chinese
    found |= tables()["slips"]
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def in_language(text: str, language: str) -> str:
    """Return the lines of a diagnosis or a check in a language: their sentences, heads and words."""
    if language == "en":
        return text
    for english, chinese in sentences().items():
        text = text.replace(english, chinese)
    return "\n".join(translated_line(line) for line in text.split("\n"))


def translated_line(line: str) -> str:
    """Return a line with its head and its text in Chinese, each at its place."""
    content = line.lstrip(" ")
    margin = line[: len(line) - len(content)]
    if not (found := head_of_line().fullmatch(content)):
        return margin + words(content)
    head, gap, text = found.groups()
    width = len(head) + len(gap) - 1
    text = places(text) if head == "look at" else words(text)
    return f"{margin}{padded(tables()['heads'][head], width)} {text}"


def words(text: str) -> str:
    """Return the text of a line in Chinese, or as it is."""
    for name in ("lines", "facts"):
        if found := by_template(text, templates(name)):
            return found
    arrays, colon, facts = text.partition(": ")
    parts = [by_template(fact, templates("facts")) for fact in facts.split("; ")]
    if colon and all(parts):
        return f"{dict(values({'arrays': arrays}))['arrays']}：{joined(map(str, parts))}"
    return text


def by_template(text: str, known: Templates) -> str | None:
    """Return the Chinese of a text by the first template that fits, or None."""
    for english, chinese in known:
        if found := english.fullmatch(text):
            return chinese.format(**dict(values(found.groupdict())))
    return None


def values(found: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield what stands in a template's gaps, in Chinese where it is made of words itself."""
    for name, text in found.items():
        if name == "fact":
            yield name, joined(by_template(part, templates("facts")) or part for part in text.split("; "))
        elif name == "arrays":
            named = by_template(text, templates("facts")) or text
            yield name, named.replace(*next(iter(tables()["names"].items())))
        elif name == "functions":
            yield name, text.replace(" and ", "、")
        else:
            yield name, tables()["forms"].get(text, text)


def joined(parts: Iterable[str]) -> str:
    """Return facts in a row."""
    return "；".join(parts)


def places(text: str) -> str:
    """Return functions and their files in Chinese."""
    place = phrase("{function} in {file}", "zh").format(function=r"\1", file=r"\2")
    return re.sub(r"([\w.]+) in (\S+\.py)", place, text).replace(", ", "、")
