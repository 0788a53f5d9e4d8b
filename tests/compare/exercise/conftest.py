"""What several test files of the exercise share."""

from pathlib import Path

import pytest

from compare.exercise.skeleton import renamed

ROOT = Path(__file__).parents[3]


@pytest.fixture
def command(capfd):
    """Run ``python -m compare.exercise`` or ``compare.run`` in this process; exit code, stdout, stderr."""

    def call(module, *args):
        try:
            code = module.main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
        return code, *capfd.readouterr()

    return call


@pytest.fixture(scope="session")
def solved():
    """Write a package with the original bodies, some of them changed: (file, old text, new text)."""

    def write(folder, *changes):
        folder.mkdir(parents=True)
        for file in (ROOT / "numpy_mlp").glob("*.py"):
            if file.name != "__main__.py":
                text = renamed(file.read_text(encoding="utf-8"), folder.name)
                for name, old, new in changes:
                    if name == file.name:
                        assert text.count(old) >= 1, (name, old)
                        text = text.replace(old, new, 1)
                (folder / file.name).write_text(text, encoding="utf-8")
        return folder

    return write
