"""What the tests of a learner's package share."""

from pathlib import Path

import pytest

from compare.exercise.skeleton import renamed

ROOT = Path(__file__).parents[3]


@pytest.fixture
def package(tmp_path):
    """Write numpy_mlp as a package ``mine``; ``changes`` are (file, old text, new text)."""

    def write(*changes):
        folder = tmp_path / "mine"
        folder.mkdir()
        for file in (ROOT / "numpy_mlp").glob("*.py"):
            if file.name != "__main__.py":
                text = renamed(file.read_text(encoding="utf-8"), "mine")
                for name, old, new in changes:
                    if name == file.name:
                        assert old in text, (name, old)
                        text = text.replace(old, new)
                (folder / file.name).write_text(text, encoding="utf-8")
        return folder

    return write
