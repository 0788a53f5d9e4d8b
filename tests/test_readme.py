"""README can't rot: its commands run, its printed example is what is printed, its links lead somewhere."""

import re
import shlex
from pathlib import Path

import pytest
import torch

from compare import run as compare_run
from compare.benchmark import workload
from compare.benchmark.__main__ import main as benchmark_main
from compare.bugs.__main__ import main as bugs_main
from compare.exercise.__main__ import main as exercise_main
from compare.sweep.__main__ import main as sweep_main
from numpy_mlp.__main__ import main as numpy_main
from torch_mlp.__main__ import main as torch_main

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")]
MAINS = {
    "compare.benchmark": benchmark_main,
    "compare.bugs": bugs_main,
    "compare.exercise": exercise_main,
    "compare.run": compare_run.main,
    "compare.sweep": sweep_main,
    "numpy_mlp": numpy_main,
    "torch_mlp": torch_main,
}


def blocks(language: str) -> list[str]:
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


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
    printed = blocks("text")[0]
    assert compare_run.main(["--epochs", "30", "--device", "cpu"]) == 0
    assert without_numbers(capsys.readouterr().out) == without_numbers(printed)


def test_fault_that_the_readme_describes_is_reported_as_printed(capsys, monkeypatch):
    import numpy_mlp

    def backward(self, grad_output, *, needs_input_grad=True):
        self.weight.accumulate(grad_output.T @ self.x)
        self.bias.accumulate(grad_output.mean(axis=0))
        return grad_output @ self.weight.data if needs_input_grad else None

    monkeypatch.setattr(numpy_mlp.Linear, "backward", backward)
    assert compare_run.main(["--epochs", "5", "--device", "cpu"]) == 1
    assert blocks("text")[1].strip() in capsys.readouterr().out


def test_every_command_works_as_written(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name, *args in commands():
        if name == "compare.run" and not {"--device", "--fuzz"} & set(args):
            args = [arg for arg in args if arg != "--quick"] + ["--epochs", "10"]
        if args[:1] == ["train"]:
            args += ["--epochs", "20"]
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


def test_python_example_runs(capsys):
    (example,) = blocks("python")
    exec(example.replace("20_000", "20"), {})
    loss, accuracy = capsys.readouterr().out.split()
    assert 0.9 < float(loss) < 1.2
    assert 0 <= float(accuracy) <= 1


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files_that_exist(page):
    for target in re.findall(r"\]\((?!https?://)([^)#]+)", page.read_text(encoding="utf-8")):
        assert (page.parent / target).exists(), target
