"""What several test files of the bug lab share."""

import pytest

from compare import run
from compare.bugs import __main__ as command


@pytest.fixture
def call(capsys):
    """Call a command's main in this process; return exit code, stdout, stderr."""

    def call_main(main, *args):
        try:
            code = main(list(args))
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call_main


@pytest.fixture
def bugs(call):
    """``python -m compare.bugs``."""
    return lambda *args: call(command.main, *args)


@pytest.fixture
def compare(call, known_lab):
    """``python -m compare.run``."""
    return lambda *args: call(run.main, *args)
