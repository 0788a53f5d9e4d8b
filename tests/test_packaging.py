"""What pip installs: a wheel and its commands in any folder, an sdist that can be tested, one version."""

import os
import re
import subprocess
import sys
import sysconfig
import tarfile
import tomllib
import venv
from importlib import import_module
from pathlib import Path
from shutil import copy, copytree, ignore_patterns

import pytest
from packaging.requirements import Requirement

from compare.__main__ import COMMANDS
from compare.__main__ import main as dispatch

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
SCRIPTS = "Scripts" if os.name == "nt" else "bin"
BUILD = "import sys, setuptools.build_meta as b; getattr(b, 'build_' + sys.argv[1])(sys.argv[2])"
HIDING = ("compare", "numpy_mlp", "torch_mlp", "numpy", "torch", "random", "matplotlib", "joblib")


def python(*args, cwd, executable=sys.executable, **environment):
    """Run Python, or another program, with nothing of this project on its path but what is installed."""
    kept = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [executable, *args], cwd=cwd, env=kept | environment, capture_output=True, text=True,
        encoding="utf-8", check=False,
    )  # fmt: skip


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    """The folder that the sdist of this checkout is unpacked to."""
    folder = tmp_path_factory.mktemp("sdist")
    (folder / "source").mkdir()
    for name in ("numpy_mlp", "torch_mlp", "compare", "tests", "docs", ".ci"):
        copytree(ROOT / name, folder / "source" / name, ignore=ignore_patterns("__pycache__"))
    for path in (path for path in ROOT.iterdir() if path.is_file()):
        copy(path, folder / "source")
    built = python("-c", BUILD, "sdist", folder, cwd=folder / "source")
    assert built.returncode == 0, built.stderr
    (archive,) = folder.glob("*.tar.gz")
    with tarfile.open(archive) as file:
        file.extractall(folder, filter="data")
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def scripts(unpacked, tmp_path_factory):
    """The folder of the commands that the wheel brings; what they import beside it is this environment's."""
    folder = tmp_path_factory.mktemp("wheel")
    built = python("-c", BUILD, "wheel", folder, cwd=unpacked)
    assert built.returncode == 0, built.stderr
    (wheel,) = folder.glob("*.whl")
    venv.create(folder / "venv", symlinks=os.name != "nt")
    paths = {"base": str(folder / "venv"), "platbase": str(folder / "venv")}
    home = Path(sysconfig.get_path("purelib", "venv", paths))
    (home / "others.pth").write_text(sysconfig.get_path("purelib"), encoding="utf-8")
    installing = ["-m", "pip", "--python", folder / "venv", "install", "-q", "--no-index", "--no-deps", wheel]
    installed = python(*installing, cwd=folder)
    assert installed.returncode == 0, installed.stderr
    return folder / "venv" / SCRIPTS


@pytest.mark.slow
def test_sdist_has_its_tests_and_all_that_they_read(unpacked):
    # among them those that read README, docs/, .ci/run and the packages' data
    chosen = ["tests/test_readme.py", "tests/numpy_mlp/test_linear.py", "tests/compare/bugs/test_patch.py"]
    ran = python(
        "-m", "pytest", "-q", "-k", "links or set_up or linear or patch", "-p", "no:cacheprovider", *chosen,
        cwd=unpacked, PYTHONPATH=str(unpacked),
    )  # fmt: skip
    assert ran.returncode == 0, ran.stdout + ran.stderr
    for name in ("LICENSE", "CITATION.cff", "CHANGELOG.md", "constraints.txt", "docs/pictures/loss.svg"):
        assert (unpacked / name).is_file()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("script", "args", "shown"),
    [
        ("numpy-mlp", ["summary"], "Total params: 83"),
        ("torch-mlp", ["summary", "--device", "cpu"], "Total params: 83"),
        ("mlp-compare", ["bugs"], "mean-forgotten"),
        ("mlp-compare", ["run", "--epochs", "20", "--dtype", "float32", "--device", "cpu"], "AGREE: "),
        ("mlp-compare", ["sweep", "--seeds", "2", "--epochs", "5", "--jobs", "2"], "accuracy"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else value,
)
def test_installed_commands_work_whatever_files_the_current_folder_has(
    scripts, tmp_path, script, args, shown
):
    for name in HIDING:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is no module')", encoding="utf-8")
    found = python(*args, executable=scripts / script, cwd=tmp_path)
    assert found.returncode == 0, found.stderr
    assert shown in found.stdout


@pytest.mark.slow
def test_installed_exercise_checks_a_network_beside_files_that_hide_modules(scripts, tmp_path):
    assert python("exercise", "new", "mine", executable=scripts / "mlp-compare", cwd=tmp_path).returncode == 0
    for name in HIDING:
        (tmp_path / f"{name}.py").write_text("raise SystemExit('this is no module')", encoding="utf-8")
    found = python("exercise", "check", "mine", executable=scripts / "mlp-compare", cwd=tmp_path)
    assert "0 of 12 done" in found.stdout, found.stdout + found.stderr


def test_every_command_of_compare_has_its_name_in_mlp_compare(capsys):
    folders = {path.parent.name for path in (ROOT / "compare").glob("*/__main__.py")}
    assert COMMANDS.keys() == folders | {"run", "check"}
    for name in COMMANDS:
        with pytest.raises(SystemExit) as stop:
            dispatch([name, "--help"])
        assert stop.value.code == 0
        assert f"python -m compare.{name}" in capsys.readouterr().out
    assert dispatch([]) == 0
    shown = capsys.readouterr().out
    assert all(f"\n  {name} " in shown for name in COMMANDS)


@pytest.mark.parametrize("args", [["nothing"], ["--quick"]])
def test_unknown_command_is_one_line_with_those_that_there_are(capsys, args):
    assert dispatch(args) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert "expected run, page" in err


def test_console_scripts_lead_to_functions():
    assert set(PROJECT["scripts"]) == {"numpy-mlp", "torch-mlp", "mlp-compare"}
    for target in PROJECT["scripts"].values():
        module, function = target.split(":")
        assert callable(getattr(import_module(module), function))


def pinned():
    """The versions of constraints.txt, by name."""
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return dict(line.lower().split("==") for line in lines if line and not line.startswith("#"))


def test_tested_versions_are_within_the_bounds_and_those_that_readme_prints():
    versions = pinned()
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]:
        wanted = Requirement(text)
        if wanted.name != "setuptools":  # any will do: nothing printed depends on it
            assert versions[wanted.name] in wanted.specifier, wanted
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    for name, package in (("NumPy", "numpy"), ("PyTorch", "torch")):
        assert set(re.findall(rf"{name} (\d+\.\d+\.\d+)", readme)) == {versions[package]}


def test_no_bound_keeps_later_versions_out():
    for text in [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["test"]]:
        assert {part.operator for part in Requirement(text).specifier} == {">="}, text


def test_citation_names_the_same_version_and_license():
    text = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['version']}\n" in text
    assert f"\nlicense: {PROJECT['license']}\n" in text


def test_page_of_the_package_has_no_link_that_only_a_checkout_could_follow():
    text = (ROOT / PROJECT["readme"]).read_text(encoding="utf-8")
    assert not re.findall(r"\]\((?!https?://)", text)
    for line in re.search(r"```sh\n(.*?)```", text, re.DOTALL)[1].splitlines():
        script, command, *_ = line.split()
        assert script in PROJECT["scripts"]
        assert command in {"train", "predict", *COMMANDS}


def test_workflow_covers_three_systems_and_every_version_that_the_metadata_name():
    workflow = ROOT / ".github" / "workflows" / "ci.yml"
    if not workflow.exists():
        pytest.skip("no part of the sdist")
    text = workflow.read_text(encoding="utf-8")
    named = [line.rpartition(" ")[2] for line in PROJECT["classifiers"] if "Python :: 3." in line]
    assert f"python-version: {named}".replace("'", '"') in text
    assert all(f"{system}-latest" in text for system in ("ubuntu", "macos", "windows"))
