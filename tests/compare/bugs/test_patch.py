"""Patches: the faulty function is the real one but for the patched lines, in the place of the real one."""

import inspect
import traceback

import numpy as np
import pytest

import numpy_mlp
from compare.bugs import patch
from compare.bugs.bug import Bug, plant
from compare.bugs.catalogue import BUGS, REWRITES, bug_named
from compare.bugs.copies import copy_of_numpy_mlp
from compare.bugs.patch import Patch, diff

SOURCE = '''\
"""A module."""


def double(x):
    """Return 2 x."""
    return 2 * x


class Layer:
    """A layer."""

    @staticmethod
    def double(x):
        """Return 2 x."""
        return 2 * x
'''


def member(package, at):
    """What stands in a package at a target such as ``"data.MinMaxScaler.fit"``; a classmethod as such."""
    module, *path = at.split(".")
    value = getattr(package, module)
    for name in path:
        value = vars(value)[name]
    return value


def arguments(function):
    """Names, kinds and defaults; annotations may be classes, which each copy has for itself."""
    return [(p.name, p.kind, p.default) for p in inspect.signature(function).parameters.values()]


@pytest.mark.parametrize("bug", [*BUGS, *REWRITES], ids=lambda bug: bug.name)
def test_right_text_stands_exactly_once_in_its_function_and_the_wrong_one_is_another(bug):
    for at, edits in patch.by_function(bug.patches).items():
        function = getattr(member(numpy_mlp, at), "__func__", member(numpy_mlp, at))
        source = inspect.getsource(function)
        for edit in edits:
            assert source.count(edit.right) == 1, edit.right
            assert edit.wrong != edit.right
            source = source.replace(edit.right, edit.wrong)


@pytest.mark.parametrize("bug", [*BUGS, *REWRITES], ids=lambda bug: bug.name)
def test_faulty_function_takes_the_same_arguments_in_the_same_place(bug):
    package = plant(bug)
    for at in patch.by_function(bug.patches):
        right, wrong = member(numpy_mlp, at), member(package, at)
        assert type(wrong) is type(right), "a classmethod stays one"
        right, wrong = (getattr(function, "__func__", function) for function in (right, wrong))
        assert wrong.__code__ != right.__code__
        assert arguments(wrong) == arguments(right)
        assert wrong.__qualname__ == right.__qualname__
        assert wrong.__code__.co_filename == right.__code__.co_filename
        assert wrong.__code__.co_firstlineno == right.__code__.co_firstlineno
        assert wrong.__globals__ is vars(getattr(package, at.partition(".")[0]))


@pytest.mark.parametrize(("right", "times"), [("self.maks", 0), ("param.data", 2)])
def test_text_that_does_not_stand_there_once_is_refused_with_bug_and_text(right, times):
    bug = Bug("typing-error", "layers", "", (Patch("sgd.SGD.step", right, "x"),))
    with pytest.raises(
        ValueError, match=rf"the bug typing-error: sgd\.SGD\.step has .* {times} times.*\n{right}"
    ):
        plant(bug)


@pytest.mark.parametrize("at", ["sgd.SGD.stride", "sgd.Adam.step", "sgd.step"])
def test_function_that_does_not_exist_is_refused(at):
    with pytest.raises(LookupError, match=r"numpy_mlp/sgd\.py has no"):
        plant(Bug("lost", "layers", "", (Patch(at, "x", "y"),)))


def test_patch_changes_the_function_of_its_class_alone():
    patched = patch.patched(SOURCE, [Patch("m.Layer.double", "return 2 * x", "return 3 * x")])
    assert patched == SOURCE[: SOURCE.rindex("2 * x")] + "3 * x\n"
    patched = patch.patched(SOURCE, [Patch("m.double", "return 2 * x", "return 3 * x")])
    assert patched == SOURCE.replace("    return 2 * x\n\n", "    return 3 * x\n\n", 1)


def test_patches_apply_one_after_the_other_to_the_same_function():
    edits = [
        Patch("m.double", "return 2", "y = 2"),
        Patch("m.double", "y = 2 * x", "y = 2 * x\n    return -y"),
    ]
    assert "    y = 2 * x\n    return -y\n" in patch.patched(SOURCE, edits)


def test_decorators_belong_to_the_function():
    edit = Patch("m.Layer.double", "@staticmethod", "@classmethod")
    assert "    @classmethod\n    def double" in patch.patched(SOURCE, [edit])


def test_traceback_of_a_faulty_function_names_the_real_file():
    layer = plant(bug_named("weight-not-transposed")).Linear(4, 10)
    with pytest.raises(ValueError, match="matmul") as caught:
        layer(np.ones((2, 4), np.float32))
    frame = traceback.extract_tb(caught.value.__traceback__)[-1]
    assert (frame.filename, frame.name) == (numpy_mlp.linear.__file__, "forward")


def test_faulty_layer_reads_the_no_grad_of_its_own_package():
    package = plant(bug_named("relu-leaky"))
    layer = package.ReLU()
    with package.no_grad():
        layer(np.ones((1, 1), np.float32))
    assert layer.mask is None


def test_apply_changes_the_given_package_alone():
    package, other = copy_of_numpy_mlp(), copy_of_numpy_mlp()
    patch.apply(bug_named("bias-left-out").patches, package)
    x, bias = np.zeros((1, 4), np.float32), np.ones(10, np.float32)
    for one, expected in ((package, 0), (other, 1), (numpy_mlp, 1)):
        layer = one.Linear(4, 10)
        layer.bias.data[...] = bias
        assert (layer(x) == expected).all()


def test_diff_is_the_changed_lines_with_two_around_in_file_and_function():
    assert diff(bug_named("bias-gradient-averaged").patches) == "\n".join([
        "--- numpy_mlp/linear.py: Linear.backward",
        "+++ Linear.backward, faulty",
        "...",
        "     # dL/dW = (dL/dy)ᵀ x         (out, N) @ (N, in) -> (out, in)",
        "     self.weight.accumulate(grad_output.T @ self.x)",
        "-    # dL/db = Σ_n dL/dy          (N, out) -> (out,)",
        "-    self.bias.accumulate(grad_output.sum(axis=0))",
        "+    # dL/db = 1/N Σ_n dL/dy      (N, out) -> (out,)",
        "+    self.bias.accumulate(grad_output.mean(axis=0))",
        "     if not needs_input_grad:",
        "         return None",
    ])  # fmt: skip


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.name)
def test_diff_shows_every_changed_function_and_no_docstring(bug):
    text = diff(bug.patches)
    assert '"""' not in text
    for file, function in bug.places:
        assert f"--- {file}: {function}\n" in text
    assert sum(line[0] in "+-" and line[:3] not in ("+++", "---") for line in text.splitlines()) >= len(
        bug.patches
    )
