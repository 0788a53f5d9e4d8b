"""README and docs can't rot: commands and scripts print what stands below them, links lead somewhere."""

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import pytest
import torch

from compare import budget
from compare import run as compare_run
from compare.benchmark import workload
from compare.benchmark.__main__ import main as benchmark_main
from compare.bugs.__main__ import main as bugs_main
from compare.checks import two_sided
from compare.exercise.__main__ import main as exercise_main
from compare.fuzz.__main__ import main as fuzz_main
from compare.gates.material import Material, Settings
from compare.page.__main__ import main as page_main
from compare.sweep.__main__ import main as sweep_main
from numpy_mlp.__main__ import main as numpy_main
from numpy_mlp.shared.plots import style
from torch_mlp.__main__ import main as torch_main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PROOF = (ROOT / "docs" / "proof.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
MAINS = {
    "compare.benchmark": benchmark_main,
    "compare.bugs": bugs_main,
    "compare.exercise": exercise_main,
    "compare.fuzz": fuzz_main,
    "compare.page": page_main,
    "compare.run": compare_run.main,
    "compare.sweep": sweep_main,
    "numpy_mlp": numpy_main,
    "torch_mlp": torch_main,
}


def blocks(language: str, page: str = README) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", page, re.DOTALL)


def commands() -> list[list[str]]:
    lines = [line.split("  #")[0] for block in blocks("sh") for line in block.splitlines()]
    return [shlex.split(line)[2:] for line in lines if line.startswith("python -m ")]


def without_numbers(text: str) -> list[str]:
    """Mask numbers, spacing, and what depends on the machine or on which library rounds better."""
    text = re.sub(r"weights [0-9a-f]{12}", "weights #", text)
    text = re.sub(r"\d[\d.,e+-]*", "#", text)
    text = re.sub(r"epochs (NumPy|PyTorch|both alike):", "epochs #:", text)
    lines = [re.sub(r"\s+", " ", line).strip() for line in text.strip().splitlines()]
    return [re.sub(r", by .*", "", line) for line in lines if not line.startswith("NumPy #")]


def test_set_up_commands_stand_alone_and_ci_takes_the_test_command_from_here():
    set_up = [line for block in blocks("sh") for line in block.splitlines() if line.startswith("python3 ")]
    assert len(set_up) == 2
    assert set_up[0].endswith("-m compare.run")
    assert "[test]" in set_up[1]
    assert all("python3 -m venv .venv && " in line for line in set_up)
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    pattern = re.search(r"grep -m 1 -E '(.*)' README.md", script)[1]
    assert re.search(pattern, README, re.MULTILINE)[0] in set_up[1]


def test_printed_example_is_what_the_command_prints(capsys):
    printed = blocks("text")[1]
    assert compare_run.main(["--epochs", "30", "--device", "cpu"]) == 0
    assert without_numbers(capsys.readouterr().out) == without_numbers(printed)


def test_disagreement_that_the_readme_prints_is_what_the_command_prints(capsys, known_lab):
    args = ["--inject", "bias-gradient-averaged", "--epochs", "5", "--device", "cpu"]
    assert compare_run.main(args) == 1
    printed = capsys.readouterr().out
    printed = printed[printed.index("first to disagree") :]
    assert without_numbers(printed) == without_numbers(blocks("text")[2])


@pytest.mark.skipif(not shutil.which("diff"), reason="no diff here")
def test_diff_of_the_two_loops_is_the_one_in_the_readme():
    command = ["diff", "numpy_mlp/training.py", "torch_mlp/training.py"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False)
    assert blocks("diff") == [found.stdout]


def test_every_command_works_as_written(tmp_path, monkeypatch, capsys, known_lab):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(style, "drawn", lambda figure, ending: b"")  # what pictures hold has its own tests
    for name, *args in commands():
        if name == "compare.run" and not {"--device"} & set(args):
            args = [arg for arg in args if arg != "--quick"] + ["--epochs", "10"]
            if "--dtype" not in args:  # the printed example runs in both
                args += ["--dtype", "float32"]
        if args[:1] == ["train"] or name == "compare.page":
            args = [arg for arg in args if arg != "--open"] + ["--epochs", "20"]
        if name == "compare.exercise":
            # the reader may have made my_network already, where Python finds it
            args = [arg.replace("my_network", "network_of_the_readme") for arg in args]
        if name == "compare.sweep":
            args += ["--epochs", "20", "--jobs", "1"]
        if name == "compare.benchmark":
            monkeypatch.setattr(workload, "WORKLOADS", (workload.Workload((4, 10, 3), 120, epochs=2),))
            args += ["--device", "cpu"]
        absent = "cuda" in args and not torch.cuda.is_available()
        expected = 3 if absent else 1 if "--inject" in args else 0
        assert MAINS[name](args) == expected, (name, args)
    assert len(commands()) > 8
    assert (tmp_path / "report.json").exists()


def test_learners_code_is_checked_as_the_readme_prints_it(capsys):
    exec(blocks("python")[0], {})
    assert without_numbers(capsys.readouterr().out) == without_numbers(blocks("text")[0])


def test_python_example_runs(capsys):
    exec(blocks("python")[1].replace("20_000", "20"), {})
    loss, accuracy = capsys.readouterr().out.split()
    assert 0.9 < float(loss) < 1.2
    assert 0 <= float(accuracy) <= 1


def scripts() -> list[tuple[str, str]]:
    """Return the scripts of docs/proof.md, each with the output that stands below it."""
    return list(zip(blocks("python", PROOF), blocks("text", PROOF), strict=True))


def test_first_proof_prints_every_array_of_a_step_within_what_rounding_explains(capsys):
    script, shown = scripts()[0]
    assert all(f"{len(script.splitlines())} lines" in page for page in (PROOF, README))
    exec(script, {})
    printed = [line.rsplit(maxsplit=1) for line in capsys.readouterr().out.splitlines()]
    assert [name for name, _ in printed] == [line.rsplit(maxsplit=1)[0] for line in shown.splitlines()]
    allowed = two_sided(budget.run(Material(Settings()).scenarios("float32")[0]))
    left_out = {"fc1", "relu", "dL/dfc1", "dL/drelu", "dL/dfc2"}
    assert {name.strip() for name, _ in printed} == allowed.keys() - left_out
    for name, distance in printed:
        assert float(distance) <= allowed[name.strip()].distance.max(), name


def test_script_about_tolerances_prints_the_mistakes_that_stand_below_it(capsys):
    script, shown = scripts()[1]
    exec(script, {})
    printed = capsys.readouterr().out
    assert without_numbers(printed) == without_numbers(shown)
    for line, shown_line in zip(printed.splitlines(), shown.splitlines(), strict=True):
        *distances, used = numbers(line)
        *shown_distances, shown_used = numbers(shown_line)
        assert (used > 1) == (shown_used > 1), line
        if used > 1:
            assert used == pytest.approx(shown_used, rel=0.2), line
        # a distance of a few roundings differs from one machine to the next
        assert distances == pytest.approx(shown_distances, rel=0.2, abs=5e-7), line


def numbers(line: str) -> list[float]:
    """Return the three numbers at the end of a line: two distances, and how many budgets."""
    return [float(word) for word in line.removesuffix(" budgets").split()[-3:]]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page):
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
