"""An error in one paragraph, with the learner's own line."""

from compare.learner.errors import paragraph


def raised_by(folder, call):
    """The error of a call into a package of two files, a layer and the parameter that checks for it."""
    folder.mkdir()
    (folder / "parameter.py").write_text(
        "def accumulate(grad):\n    if grad != 1:\n        raise ValueError('shape')\n", encoding="utf-8"
    )
    (folder / "linear.py").write_text("def backward(accumulate):\n    accumulate(2)\n", encoding="utf-8")
    scope = {}
    for name in ("parameter", "linear"):
        file = folder / f"{name}.py"
        exec(compile(file.read_text(encoding="utf-8"), str(file), "exec"), scope)
    try:
        call(scope)
    except ValueError as error:
        return error


def test_error_of_a_check_is_told_with_the_line_that_called_it(tmp_path):
    error = raised_by(tmp_path / "mine", lambda scope: scope["backward"](scope["accumulate"]))
    assert paragraph(error, tmp_path / "mine") == (
        "ValueError: shape\n  in mine/linear.py, line 2, in backward: accumulate(2)\n"
        "  raised by the check in mine/parameter.py, line 3"
    )


def test_check_that_is_called_from_elsewhere_is_all_that_can_be_told(tmp_path):
    error = raised_by(tmp_path / "mine", lambda scope: scope["accumulate"](2))
    assert paragraph(error, tmp_path / "mine") == (
        "ValueError: shape\n  in mine/parameter.py, line 3, in accumulate: raise ValueError('shape')"
    )
