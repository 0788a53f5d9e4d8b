"""One HTML file out of the template, the style, the modules of JavaScript and the data.

A browser loads no module from a file that lies beside a page on a disk. So each module becomes a function
that runs at once and returns what the module exports; an import takes names out of such a result. Otherwise
the text of the modules stays as it is.
"""

import json
import re
from graphlib import TopologicalSorter
from importlib.resources import files
from string import Template
from typing import Any

IMPORT = re.compile(r'^import (\{[^}]*\}|\* as \w+) from "\./(\w+)\.js";\n', re.MULTILINE)
EXPORT = re.compile(r"^export (?=(?:const|let|function) )", re.MULTILINE)
EXPORTED = re.compile(r"^export (?:const|let|function) (\{[^}]*\}|\w+)", re.MULTILINE)

STYLES = ("page", "parts")


def assembled(contents: dict[str, Any]) -> str:
    """Return the page as HTML, with these contents."""
    folder = files("compare.page")
    page = Template(folder.joinpath("page.html").read_text(encoding="utf-8"))
    # "<" can't stand as it is: a text with </script> in it would end the data
    data = json.dumps(contents, ensure_ascii=False, separators=(",", ":"), allow_nan=False).replace(
        "<", "\\u003c"
    )
    styles = (folder.joinpath("css", f"{name}.css") for name in STYLES)
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in styles)
    return page.substitute(style=style, contents=data, script=script(modules()))


def modules() -> dict[str, str]:
    """Return the text of each module by name."""
    found = {
        file.name.removesuffix(".js"): file.read_text(encoding="utf-8")
        for file in files("compare.page").joinpath("js").iterdir()
        if file.name.endswith(".js")
    }
    return dict(sorted(found.items()))


def script(texts: dict[str, str]) -> str:
    """Return all modules as one script, each after those that it imports."""
    needs = {name: sorted({other for _, other in IMPORT.findall(text)}) for name, text in texts.items()}
    return "\n".join(as_function(name, texts[name]) for name in TopologicalSorter(needs).static_order())


def as_function(name: str, text: str) -> str:
    """Return a module as a function that is called once, and its exports under the module's name."""

    def taken(found: re.Match[str]) -> str:
        names, module = found.groups()
        if names.startswith("* as "):
            return f"const {names.removeprefix('* as ')} = {module}_js;\n"
        return f"const {names} = {module}_js;\n"

    exported = [word for names in EXPORTED.findall(text) for word in re.findall(r"\w+", names)]
    body = EXPORT.sub("", IMPORT.sub(taken, text))
    return f"// {name}.js\nconst {name}_js = (() => {{\n{body}\nreturn {{ {', '.join(exported)} }};\n}})();\n"
