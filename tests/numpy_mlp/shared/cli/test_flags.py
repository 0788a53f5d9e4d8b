"""The functions that parse flags, each with what it accepts and what it refuses."""

from argparse import ArgumentTypeError

import pytest

from numpy_mlp.shared.cli.flags import (
    device_name,
    finite,
    integer_from,
    picture_file,
    writable_folder,
    writable_or_stdout,
)


@pytest.mark.parametrize(
    ("parse", "text", "value"),
    [
        (integer_from(1), "1", 1),
        (integer_from(0, 2), "2", 2),
        (finite, "-1e-3", -0.001),
        (device_name, "auto", "auto"),
        (device_name, "cuda:10", "cuda:10"),
        (writable_or_stdout, "-", "-"),
    ],
)
def test_value_at_the_edge_of_what_is_allowed_is_parsed(parse, text, value):
    assert parse(text) == value


@pytest.mark.parametrize(
    ("parse", "text", "message"),
    [
        (integer_from(1), "0", "expected a whole number of 1 or more, got '0'"),
        (integer_from(0, 2), "3", "expected a whole number from 0 to 2, got '3'"),
        (integer_from(0), "1.0", "expected a whole number of 0 or more, got '1.0'"),
        (finite, "inf", "expected a number, got 'inf'"),
        (device_name, "cuda:01", "expected auto, cpu, cuda or cuda:N, got 'cuda:01'"),
        (writable_or_stdout, "/nowhere/a", "the folder /nowhere does not exist"),
        (picture_file, "a.pdf", "expected a name that ends with .png or .svg, got 'a.pdf'"),
        (writable_folder, __file__, "is a file; name a folder"),
    ],
)
def test_value_that_is_not_allowed_is_refused_with_the_reason(parse, text, message):
    with pytest.raises(ArgumentTypeError) as error:
        parse(text)
    assert message in str(error.value)


def test_folder_may_exist_or_be_made(tmp_path):
    for path in (tmp_path, tmp_path / "new"):
        assert writable_folder(str(path)) == str(path)
    assert list(tmp_path.iterdir()) == []
