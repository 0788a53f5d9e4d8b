import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SHARED = {"numpy_mlp.data", "numpy_mlp.weights", "numpy_mlp.progress", "numpy_mlp.plots", "numpy_mlp.cli"}


def imports(path, *, only_at_import_time=False):
    """The dotted names that a file imports: ``from a import b`` counts as a.b and a."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    nodes = list(ast.walk(tree))
    if only_at_import_time:
        later = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
        inside = {id(node) for outer in nodes if isinstance(outer, later) for node in ast.walk(outer)}
        typing = {
            id(node)
            for outer in nodes
            if isinstance(outer, ast.If) and ast.unparse(outer.test) == "TYPE_CHECKING"
            for node in ast.walk(outer)
        }
        nodes = [node for node in nodes if id(node) not in inside | typing]
    names = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            names |= {f"{node.module}.{alias.name}" for alias in node.names} | {node.module}
    return names


def files(package):
    found = sorted((ROOT / package).rglob("*.py"))
    assert found
    return [pytest.param(path, id=str(path.relative_to(ROOT))) for path in found]


def packages(names):
    return {name.split(".")[0] for name in names}


@pytest.mark.parametrize("path", files("numpy_mlp"))
def test_numpy_mlp_imports_neither_torch_nor_the_packages_above_it(path):
    assert not packages(imports(path)) & {"torch", "torchinfo", "torchsummary", "torch_mlp", "compare"}


@pytest.mark.parametrize("path", files("numpy_mlp"))
def test_importing_numpy_mlp_needs_numpy_and_the_standard_library_alone(path):
    names = packages(imports(path, only_at_import_time=True))
    assert names <= {"numpy", "numpy_mlp", *sys.stdlib_module_names}


@pytest.mark.parametrize("path", files("torch_mlp"))
def test_torch_mlp_imports_no_model_code_of_numpy_mlp_and_nothing_of_compare(path):
    names = imports(path)
    assert "compare" not in packages(names)
    for name in names:
        if name.startswith("numpy_mlp."):
            assert ".".join(name.split(".")[:2]) in SHARED, name
    assert "numpy_mlp" not in names or any(name.startswith("numpy_mlp.") for name in names)


def python(code):
    """Run code in a fresh Python; return the modules that it has loaded at its end."""
    script = f"import sys\n{code}\nprint(*sorted(sys.modules), file=sys.stderr)"
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert result.returncode == 0, result.stderr
    return set(result.stderr.splitlines()[-1].split())


def test_import_numpy_mlp_loads_numpy_alone():
    loaded = python("import numpy_mlp")
    assert "numpy" in loaded
    assert not {"torch", "sklearn", "matplotlib", "tqdm", "scipy", "torch_mlp", "compare"} & loaded
    # numpy.random, json or zipfile would cost a fifth of what NumPy costs
    more = {name for name in loaded - python("import numpy") if name.partition(".")[0] != "numpy_mlp"}
    assert more <= {"dataclasses", "copy"}


def test_training_with_numpy_mlp_never_loads_torch():
    loaded = python("from numpy_mlp.__main__ import main; main(['train', '--epochs', '1', '--quiet'])")
    assert "sklearn" in loaded
    assert not {"torch", "torchinfo", "torch_mlp", "compare"} & loaded


@pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])
@pytest.mark.parametrize(
    "args", [["--help"], ["train", "--help"], ["train", "--epochs", "none"]], ids=" ".join
)
def test_help_and_mistyped_flags_do_not_wait_for_torch_or_sklearn(package, args):
    code = f"from {package}.__main__ import main\ntry: main({args!r})\nexcept SystemExit: pass"
    assert not {"torch", "sklearn", "matplotlib"} & python(code)
