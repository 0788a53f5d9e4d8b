"""What several test files of the search share."""

import pytest

from compare.bugs.lab import Lab


@pytest.fixture(scope="session")
def lab():
    """One lab for all tests."""
    return Lab()
