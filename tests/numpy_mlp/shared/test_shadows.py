"""A file of the current folder with a module's name: commands say which, and blame none that did nothing."""

import subprocess
import sys

import pytest

from numpy_mlp.shared import shadows


@pytest.mark.slow
@pytest.mark.parametrize(
    ("hidden", "command"),
    [
        ("numpy_mlp", ["compare.run", "--quick"]),
        ("torch", ["compare.bugs"]),
        ("numpy", ["compare.sweep"]),
        ("numpy_mlp", ["torch_mlp", "summary"]),
        ("torch", ["torch_mlp", "summary"]),
        ("random", ["numpy_mlp", "train", "--epochs", "2"]),
    ],
)
def test_file_that_hides_a_module_is_named_in_one_line(tmp_path, hidden, command):
    # what a learner's first file may be called, and have in it
    file = tmp_path / f"{hidden}.py"
    file.write_text(f"import {hidden}\nprint({hidden}.__version__)\n", encoding="utf-8")
    found = subprocess.run(
        [sys.executable, "-m", *command], cwd=tmp_path, capture_output=True, text=True, encoding="utf-8",
        check=False,
    )  # fmt: skip
    assert found.returncode in (1, 2)
    assert found.stdout == ""
    assert found.stderr.count("\n") == 1
    assert f"{file} hides the " in found.stderr
    assert "rename it" in found.stderr


def test_file_that_no_one_imported_is_not_blamed(tmp_path, monkeypatch):
    (tmp_path / "random.py").write_text("", encoding="utf-8")
    (tmp_path / "mine.py").write_text("raise AttributeError('mine')", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    with pytest.raises(AttributeError) as caught:
        import mine  # noqa: F401
    # random.py hides the library's module, but did not run; mine.py ran, and hides none
    assert shadows.hiding(caught.value) == ""
    (tmp_path / "mine.py").rename(tmp_path / "random.py")
    error = AttributeError()
    with pytest.raises(AttributeError) as caught:
        exec(compile("raise error", str(tmp_path / "random.py"), "exec"), {"error": error})
    assert "random.py hides the module random" in shadows.hiding(caught.value)
