"""The language of a bug's texts: English as in the catalogue, or Simplified Chinese from its table.

Only what a teacher says about a bug is translated (``translation`` has the lines around it). Names of arrays,
numbers and lines of code are the same in every language, and so are the report's table and the pictures.
"""

import argparse
import locale
import os
import sys
import tomllib
from dataclasses import replace
from functools import cache
from importlib.resources import files
from typing import Any, TextIO
from unicodedata import east_asian_width

from compare.bugs.bug import Bug

LANGUAGES = ("en", "zh")
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
    return padded(phrase(text, language), width)


def padded(text: str, width: int) -> str:
    """Return a text ``width`` columns wide; a Chinese character takes two columns."""
    return text + " " * (width - len(text) - sum(east_asian_width(letter) == "W" for letter in text))
