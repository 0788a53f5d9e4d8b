"""What a package imports from numpy_mlp: led to its own files, or told."""

import ast
from types import ModuleType

import pytest

import numpy_mlp
from compare.learner.borrowed import LESSON, Redirection, borrowed, nothing_own


@pytest.fixture
def place(tmp_path):
    """A package ``mine`` with linear.py and init.py."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("linear", "init"):
        (folder / f"{name}.py").write_text("", encoding="utf-8")
    return folder


def read(place, code, file="mlp.py"):
    redirection = Redirection(place, place / file)
    return ast.unparse(redirection.visit(ast.parse(code))), redirection


@pytest.mark.parametrize(
    ("code", "read_as"),
    [
        ("from numpy_mlp.linear import Linear", "from mine.linear import Linear"),
        ("from numpy_mlp import Linear as L", "from mine.linear import Linear as L"),
        ("from numpy_mlp import init", "from mine import init"),
        ("import numpy_mlp.linear as linear", "import mine.linear as linear"),
        ("from numpy_mlp import Linear, ReLU", "from mine.linear import Linear\nfrom numpy_mlp import ReLU"),
    ],
)
def test_import_of_a_file_that_the_package_has_leads_there(place, code, read_as):
    found, redirection = read(place, code)
    assert found == read_as
    assert redirection.redirected == 1


@pytest.mark.parametrize(
    "code",
    [
        "from numpy_mlp.relu import ReLU", "import numpy_mlp as nm", "from numpy_mlp import *",
        "import numpy_mlp.linear",
    ],
)  # fmt: skip
def test_import_of_what_only_numpy_mlp_has_stays_and_is_borrowed(place, code):
    found, redirection = read(place, code)
    assert found == code
    assert len(redirection.borrowed) == 1


@pytest.mark.parametrize(
    "code",
    [
        "from numpy_mlp.shared.history import History", "from numpy_mlp import shared",
        "import numpy_mlp.shared", "from .linear import Linear", "import numpy",
    ],
)  # fmt: skip
def test_shared_and_everything_else_is_neither_redirected_nor_borrowed(place, code):
    found, redirection = read(place, code)
    assert found == code
    assert (redirection.redirected, redirection.borrowed) == (0, [])


def test_file_that_imports_its_namesake_borrows_it(place):
    _, redirection = read(place, "from numpy_mlp.linear import Linear", "linear.py")
    assert redirection.borrowed == ["Linear"]


def test_name_that_the_package_had_before_it_was_renamed_leads_to_it(place):
    assert read(place, "from my_network.linear import Linear")[0] == "from mine.linear import Linear"
    for code in ("from json.decoder import X", "from absent.module import X", "from absent import X"):
        assert read(place, code)[0] == code


def test_bare_name_of_numpy_mlp_is_the_package_where_it_is_a_whole_copy(place):
    for name in LESSON:
        (place / f"{name}.py").write_text("", encoding="utf-8")
    assert read(place, "import numpy_mlp as nm")[0] == "import mine as nm"
    assert read(place, "import numpy_mlp.linear")[0] == "import mine.linear\nimport mine as numpy_mlp"


def test_what_is_borrowed_is_told_by_file_and_what_is_redirected_in_one_line(place):
    (place / "mlp.py").write_text(
        "from numpy_mlp import Linear, ReLU, train\ndef f(): from numpy_mlp import SGD", encoding="utf-8"
    )
    (place / "broken.py").write_text("from numpy_mlp import (", encoding="utf-8")
    assert borrowed(place) == (
        "from numpy_mlp itself, and so not judged as yours:\n  mlp.py: ReLU, train, SGD\n"
        "imports of numpy_mlp in mlp.py are read as imports of mine's own files"
    )
    (place / "mlp.py").write_text("import numpy as np", encoding="utf-8")
    assert borrowed(place) == ""


def test_package_with_one_name_of_its_own_is_not_all_ours():
    package = ModuleType("mine")
    vars(package).update(MLP=numpy_mlp.MLP, train=numpy_mlp.train)
    assert nothing_own(package, ["MLP", "train"])
    package.train = test_package_with_one_name_of_its_own_is_not_all_ours
    assert not nothing_own(package, ["MLP", "train"])
    assert not nothing_own(numpy_mlp, ["MLP", "train"])
