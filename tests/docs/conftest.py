"""What the tests of the pages share."""

import importlib.util
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def notebooks():
    """The module that makes the notebooks; tests are imported by path, and so is this."""
    spec = importlib.util.spec_from_file_location("notebooks", Path(__file__).with_name("notebooks.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
