"""Who may import whom (DESIGN.md has the reasons), and what an import or a command loads."""

import ast
import os
import subprocess
import sys
import sysconfig
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGES = ("numpy_mlp", "torch_mlp", "compare")


def module_name(path):
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = {module_name(path): path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))}


@cache
def imports(module, *, inside_functions=True):
    """The dotted names that a module imports, those for type checkers left out.

    Of ``from a import b`` that is a.b, and a as well where b is no module of this project.
    """
    names = set()

    def visit(node):
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            return
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) and not inside_functions:
            return
        if isinstance(node, ast.Import):
            names.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            for alias in node.names:
                name = f"{node.module}.{alias.name}"
                names.update({name} if name in MODULES else {name, node.module})
        for child in ast.iter_child_nodes(node):
            visit(child)

    visit(ast.parse(MODULES[module].read_text(encoding="utf-8")))
    return names


def modules(package):
    found = [name for name in MODULES if name.partition(".")[0] == package]
    assert found
    return found


def packages(names):
    return {name.partition(".")[0] for name in names}


def within(name, *homes):
    return any(name == home or name.startswith(f"{home}.") for home in homes)


def of_numpy_mlp(module):
    """What a module imports of numpy_mlp, without the bare package."""
    return {name for name in imports(module) if name.startswith("numpy_mlp.")}


@pytest.mark.parametrize("module", modules("numpy_mlp"))
def test_numpy_mlp_imports_neither_torch_nor_the_packages_above_it(module):
    assert not packages(imports(module)) & {"torch", "torchinfo", "torchsummary", "torch_mlp", "compare"}


@pytest.mark.parametrize("module", modules("numpy_mlp"))
def test_numpy_mlp_needs_numpy_and_the_standard_library_alone_to_be_imported(module):
    names = packages(imports(module, inside_functions=False))
    assert names <= {"numpy", "numpy_mlp", *sys.stdlib_module_names}


# the files of the lesson: of numpy_mlp/shared/, the data use own files, the loop the history, and the summary
# its table
LESSON = [
    name
    for name in modules("numpy_mlp")
    if name.count(".") == 1 and name not in ("numpy_mlp.__main__", "numpy_mlp.plots", "numpy_mlp.shared")
]
SHARED_IN_LESSON = {
    "numpy_mlp.data": "numpy_mlp.shared.own_data",
    "numpy_mlp.training": "numpy_mlp.shared.history",
    "numpy_mlp.summary": "numpy_mlp.shared.summary_text",
}


@pytest.mark.parametrize("module", LESSON)
def test_lesson_is_read_without_the_shared_folder_but_for_the_history_and_the_table(module):
    shared = {name for name in of_numpy_mlp(module) if within(name, "numpy_mlp.shared")}
    assert all(within(name, SHARED_IN_LESSON.get(module, "nothing")) for name in shared), shared


@pytest.mark.parametrize("module", [name for name in modules("numpy_mlp") if ".shared" in name])
def test_shared_folder_imports_no_model_code(module):
    for name in of_numpy_mlp(module):
        assert within(name, "numpy_mlp.data", "numpy_mlp.shared"), name
    assert "numpy_mlp" not in imports(module)


@pytest.mark.parametrize("module", modules("torch_mlp"))
def test_torch_mlp_imports_data_and_shared_of_numpy_mlp_and_nothing_of_compare(module):
    assert "compare" not in packages(imports(module))
    for name in of_numpy_mlp(module):
        assert within(name, "numpy_mlp.data", "numpy_mlp.shared"), name
    assert "numpy_mlp" not in imports(module)


@pytest.mark.parametrize("module", ["mlp", "training", "data", "inference", "summary", "weights"])
def test_plain_files_of_torch_mlp_import_nothing_of_the_faster_modes(module):
    assert not any(within(name, "torch_mlp.faster") for name in imports(f"torch_mlp.{module}"))


@pytest.mark.parametrize("package", PACKAGES)
def test_no_circle_among_the_modules_of_a_package_imports_inside_functions_included(package):
    graph = {module: imports(module) & MODULES.keys() for module in modules(package)}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(reversed(error.args[1])))


# the files of compare from the lowest floor to the highest; those of one line stand on the same floor
FLOORS = [
    ["scenario", "trace", "rounding"],
    ["checks", "budget"],
    ["numpy_side", "torch_side"],
    ["gate"],
    ["gates"],
    ["proof"],
    ["report"],
    ["bugs", "explain", "fuzz"],
    ["page", "reference"],
    ["comparison"],
    ["learner"],
    ["run", "check", "exercise", "sweep", "benchmark"],
    ["__main__"],
]
# they import nothing of compare, so every file may import them
LEAVES = {
    f"compare.{name}" for name in ("request", "exit_codes", "threads", "report.tables", "report.environment")
}


def floor(module):
    (number,) = (i for i, names in enumerate(FLOORS) if module.split(".")[1] in names)
    return number


@pytest.mark.parametrize("module", [name for name in modules("compare") if name.count(".")])
def test_no_file_of_compare_imports_one_that_stands_above_it(module):
    of_compare = imports(module) & set(modules("compare")) - LEAVES
    if module in LEAVES:
        assert not of_compare
        return
    highest = floor(module)
    if module.endswith(".__main__"):  # ``python -m compare.fuzz`` is ``python -m compare.run --fuzz``
        highest = max(highest, floor("compare.comparison"))
    assert {name for name in of_compare if floor(name) > highest} == set()


def loaded_by(code, *, alone=False):
    """Run code in a fresh Python; return the modules that it has loaded at its end.

    ``alone``: without ``site``, whose finder for an editable install imports modules itself.
    """
    script = f"import sys\n{code}\nprint(*sorted(sys.modules), file=sys.stderr)"
    command, environment = [sys.executable, "-c", script], os.environ.copy()
    if alone:
        command.insert(1, "-S")
        environment["PYTHONPATH"] = os.pathsep.join([sysconfig.get_paths()["purelib"], str(ROOT)])
    result = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr
    return set(result.stderr.splitlines()[-1].split())


def test_import_numpy_mlp_loads_numpy_and_two_light_modules_alone():
    loaded = loaded_by("import numpy_mlp", alone=True)
    more = loaded - loaded_by("import numpy", alone=True)
    # numpy.random, json or zipfile would cost a fifth of what NumPy costs
    assert {name for name in more if not within(name, "numpy_mlp")} <= {"dataclasses", "copy"}
    assert "numpy" in loaded


@pytest.mark.slow
def test_training_with_numpy_mlp_never_loads_torch():
    loaded = loaded_by("from numpy_mlp.__main__ import main; main(['train', '--epochs', '1', '--quiet'])")
    assert "sklearn" in loaded
    assert not {"torch", "torchinfo", "torch_mlp", "compare"} & loaded


@pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])
@pytest.mark.parametrize(
    "args", [["--help"], ["train", "--help"], ["train", "--epochs", "none"]], ids=" ".join
)
def test_help_and_errors_in_flags_do_not_wait_for_torch_or_sklearn(package, args):
    code = f"from {package}.__main__ import main\ntry: main({args!r})\nexcept SystemExit: pass"
    assert not {"torch", "sklearn", "matplotlib"} & loaded_by(code)
