"""The language of a bug's texts: English as in the catalogue, or Simplified Chinese from its table.

Only what a teacher says about a bug is translated. Names of arrays, numbers and lines of code are the same in
every language, and so are the report and the pictures.
"""

import argparse
import locale
import os
import re
import sys
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, TextIO
from unicodedata import east_asian_width

from compare.bugs.bug import Bug

LANGUAGES = ("en", "zh")
HEAD = re.compile(r"^( *)(why|hint|look at) +(.*)", re.MULTILINE)  # a line of a diagnosis
VARIABLES = ("LC_ALL", "LC_MESSAGES", "LANG")  # the first that is set decides, as in gettext


def add_flag(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    """Add ``--lang`` to a command that prints a bug's texts; its value is for ``chosen``."""
    text = "language of the hints (default: the environment's)"
    parser.add_argument("--lang", choices=LANGUAGES, default=default, help=text)


def chosen(requested: str | None, stream: TextIO | None = None) -> str:
    """Return ``"en"`` or ``"zh"``: the requested language, else the environment's.

    English replaces Chinese where ``stream`` (default: stdout) can't encode it; a line on stderr says so if
    Chinese was requested.
    """
    stream = stream or sys.stdout
    language = requested or of_environment()
    if language == "en" or can_show(table()["phrases"]["hint"], stream):
        return language
    if requested:
        print(f"--lang zh: {stream.encoding} has no Chinese characters; set PYTHONUTF8=1", file=sys.stderr)
    return "en"


def of_environment() -> str:
    """Return ``"zh"`` if the environment's language is Chinese of any region, else ``"en"``."""
    names = [os.environ[name] for name in VARIABLES if os.environ.get(name)]
    # Windows has none of the variables: its own setting is "Chinese (Simplified)_China"
    name = names[0] if names else locale.getlocale()[0] or ""
    return "zh" if name.lower().startswith(("zh", "chinese")) else "en"


def can_show(text: str, stream: TextIO) -> bool:
    """Return whether a stream's encoding holds every character of a text; one without encoding holds all."""
    try:
        text.encode(stream.encoding or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


@cache
def table() -> dict[str, Any]:
    """Return the Chinese table: ``phrases`` by their English text, ``bugs`` by their name."""
    text = files("compare.bugs").joinpath("catalogue.zh-CN.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


def translated(bug: Bug, language: str) -> Bug:
    """Return a bug with why, question, answer and equivalent in a language; without a translation, itself."""
    return bug if language == "en" else replace(bug, **table()["bugs"].get(bug.name, {}))


def phrase(text: str, language: str) -> str:
    """Return what a command says around a bug's texts, in a language; without a translation, the text."""
    return text if language == "en" else table()["phrases"].get(text, text)


def head(text: str, language: str, width: int) -> str:
    """Return a phrase as a line's head, ``width`` columns wide; a Chinese character takes two columns."""
    word = phrase(text, language)
    return word + " " * (width - len(word) - sum(east_asian_width(letter) == "W" for letter in word))


@cache
def sentences() -> dict[str, str]:
    """Return the Chinese of every English sentence about a mistake, the longest first."""
    from compare.bugs.catalogue import BUGS

    found = {text: chinese for text, chinese in table()["phrases"].items() if text.endswith("?")}
    for bug in BUGS:
        for key, chinese in table()["bugs"].get(bug.name, {}).items():
            found[getattr(bug, key)] = chinese
    return dict(sorted(found.items(), key=lambda pair: -len(pair[0])))


def in_language(text: str, language: str) -> str:
    """Return a diagnosis in a language: its sentences, the heads of its lines, and the places to look at."""
    if language == "en":
        return text
    for english, chinese in sentences().items():
        text = text.replace(english, chinese)
    place = phrase("{function} in {file}", language).format(function=r"\1", file=r"\2")

    def line(found: re.Match[str]) -> str:
        """Return a line with its head."""
        rest = re.sub(r"([\w.]+) in (\S+\.py)", place, found[3]) if found[2] == "look at" else found[3]
        return f"{found[1]}{head(found[2], language, 9)} {rest}"

    return HEAD.sub(line, text)
