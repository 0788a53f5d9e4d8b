"""A copy of numpy_mlp in which functions are exchanged, one after another, by the hundred in a second."""

import ast
import inspect
import random
import sys
import textwrap
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from types import FrameType, ModuleType
from typing import Any

import numpy as np

from compare.bugs.copies import copy_of_numpy_mlp, replace
from compare.bugs.patch import Patch, by_function, definitions, extent, patched

MODULES = ("parameter", "linear", "relu", "cross_entropy", "mlp", "sgd", "training", "init", "inference",
           "summary", "parallel", "data")  # fmt: skip
# what a learner writes in another form, and what holds no number
LEFT_OUT = ("__repr__", "__str__", "__call__", "check_input", "check_labels", "generator", "add_module")
LEFT_OUT_PLACES = (
    "cross_entropy.CrossEntropyLoss.__init__",
    "relu.ReLU.__init__",
    "parameter.Parameter.__init__",
)
KEPT = 2**15  # compiled functions, about 1 kB each: those of one search, and many of the next
MARK = "edited:"  # the file name of an exchanged function: the mark, then its place


class Bench:
    """A copy of numpy_mlp and the texts of its functions, by places such as ``"linear.Linear.backward"``."""

    def __init__(self) -> None:
        """Read the functions."""
        self.package = copy_of_numpy_mlp()
        self.files = {self.module(name).__file__: name for name in MODULES}
        for name in MODULES:
            vars(self.module(name)).setdefault("random", random)  # what learners shuffle with
        self.sources = {name: inspect.getsource(self.module(name)) for name in MODULES}
        self.texts = {at: text_of(self.sources[at.partition(".")[0]], at) for at in self.places()}
        self.compiled: dict[tuple[str, str], Any] = {}
        self.patched: dict[tuple[Patch, ...], dict[str, str]] = {}
        self.drawing = True
        self.drawn = {
            "init.uniform": (
                self.current("init.uniform"),
                lambda rng, bound, shape: np.empty(shape, np.float32),
            ),
            "init.generator": (self.current("init.generator"), lambda seed: None),
        }
        places = ("parameter.Parameter.accumulate", "linear.check_input")
        self.guarded = {at: text_of(self.sources[at.partition(".")[0]], at) for at in places}

    def module(self, name: str) -> ModuleType:
        """Return one of the package's modules."""
        module: ModuleType = getattr(self.package, name)
        return module

    def places(self) -> Iterator[str]:
        """Yield the place of each function that may hold a mistake."""
        for name, source in self.sources.items():
            for node in ast.parse(source).body:
                inside = node.body if isinstance(node, ast.ClassDef) else [node]
                prefix = f"{name}.{node.name}" if isinstance(node, ast.ClassDef) else name
                for function in inside:
                    if isinstance(function, ast.FunctionDef) and function.name not in LEFT_OUT:
                        at = f"{prefix}.{function.name}"
                        if at not in LEFT_OUT_PLACES:
                            yield at

    def texts_after(self, patches: tuple[Patch, ...]) -> dict[str, str]:
        """Return the texts of the functions that patches change."""
        if patches not in self.patched:
            self.patched[patches] = {
                at: text_of(patched(self.sources[at.partition(".")[0]], edits), at)
                for at, edits in by_function(patches).items()
            }
        return self.patched[patches]

    def function(self, at: str, text: str) -> Any:
        """Return what a text defines, with the global names of its module."""
        if (at, text) not in self.compiled:
            if len(self.compiled) >= KEPT:
                self.compiled.clear()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # "is" with a literal, and the like
                # a method is indented: a line before it saves taking that out
                code = compile(f"if True:\n{text}" if text[0] == " " else text, MARK + at, "exec")
            found: dict[str, Any] = {}
            exec(code, vars(self.module(at.partition(".")[0])), found)
            self.compiled[at, text] = found[at.rpartition(".")[2]]
        return self.compiled[at, text]

    def guards(self, up: bool) -> None:
        """Let the functions that check shapes and dtypes do so, or take what comes."""
        for at, text in self.guarded.items():
            replace(self.package, at, self.function(at, text if up else without_guards(text)))

    def draws(self, really: bool) -> None:
        """Let fresh weights be drawn; or be left as they come, where given ones replace them at once."""
        if really != self.drawing:
            self.drawing = really
            for at, (drawn, left) in self.drawn.items():
                replace(self.package, at, drawn if really else left)

    @contextmanager
    def with_texts(self, texts: Mapping[str, str]) -> Iterator[ModuleType]:
        """Let the package have functions of other texts for a while."""
        before: dict[str, Any] = {}
        try:
            for at, text in texts.items():
                function = self.function(at, text)
                before[at] = self.current(at)
                replace(self.package, at, function)
            yield self.package
        finally:
            for at, function in before.items():
                replace(self.package, at, function)

    def current(self, at: str) -> Any:
        """Return the function, or the classmethod object, that stands at a place."""
        module, *path, name = at.split(".")
        owner: Any = self.module(module)
        for part in path:
            owner = getattr(owner, part)
        return vars(owner)[name]

    def called(self, run: Callable[[Callable[[], None]], object]) -> list[str]:
        """Return the places of the functions that a run calls: the last that returned first.

        Those that had not returned when it ended, and so computed nothing yet, come last. ``run`` is given
        what to call at its end.
        """
        found: dict[str, None] = {}
        entered: dict[str, None] = {}

        def note(frame: FrameType, event: str, _: object) -> None:
            if event in ("call", "return"):
                code = frame.f_code
                name = code.co_qualname.partition(".<locals>")[0]
                file = code.co_filename
                at = file.removeprefix(MARK) if file.startswith(MARK) else f"{self.files.get(file)}.{name}"
                if at in self.texts:
                    places = entered if event == "call" else found
                    places.pop(at, None)
                    places[at] = None

        before: Any = sys.getprofile()
        # cProfile stands there as an object, which is no function to set again
        restore = getattr(before, "enable", partial(sys.setprofile, before))
        sys.setprofile(note)
        try:
            run(restore)
        finally:
            restore()
        return [*reversed(found), *(at for at in reversed(entered) if at not in found)]


def without_guards(text: str) -> str:
    """Return a function's text without what only raises an error."""
    tree = ast.parse(textwrap.dedent(text))
    function: Any = tree.body[0]
    function.body = [
        part
        for part in function.body
        if not (isinstance(part, ast.If) and isinstance(part.body[0], ast.Raise))
    ]
    return ast.unparse(tree)


def text_of(source: str, at: str) -> str:
    """Return the lines of a function in a module's text."""
    first, last = extent(definitions(ast.parse(source), at)[-1])
    return "".join(source.splitlines(keepends=True)[first - 1 : last])
