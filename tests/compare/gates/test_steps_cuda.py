"""PyTorch on a CUDA device through the gates: every scenario, random networks, and what is no verdict."""

import pytest
import torch

from compare import run, torch_side
from compare.checks import DTYPES, agree, first_divergence
from compare.gates.material import Material, Settings
from compare.gates.scenarios import random_scenario
from compare.gates.steps import step_gate

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]
GPU = torch.device("cuda:0")


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_scenario_agrees_on_the_gpu(dtype):
    material = Material(Settings(dtypes=(dtype,)))
    with torch_side.matmul_precision("ieee"):
        for scenario in material.scenarios(dtype):
            assert first_divergence(step_gate(scenario, GPU).checks()) is None, scenario.name


def test_tf32_leaves_the_budget():
    scenario = random_scenario("wide", "", (64, 64, 10), 128)
    with torch_side.matmul_precision("ieee"):
        assert agree(step_gate(scenario, GPU).checks())
    with torch_side.matmul_precision("tf32"):
        assert not agree(step_gate(scenario, GPU).checks())


@pytest.mark.parametrize(
    "args",
    [
        ["--fuzz", "50", "--device", "cuda"],
        ["--device", "all", "--epochs", "60"],
        ["--device", "cuda", "--precision", "tf32", "--epochs", "60"],
    ],
    ids=" ".join,
)
def test_comparison_on_the_gpu_exits_0(args, capsys):
    assert run.main(args) == 0, capsys.readouterr().out


def test_memory_of_the_gpu_that_runs_out_is_no_verdict(monkeypatch, capsys):
    def too_large(*_args, **_options):
        return torch.empty(2**46, dtype=torch.uint8, device=GPU)

    monkeypatch.setattr(torch_side, "run", too_large)
    assert run.main(["--device", "cuda", "--epochs", "2", "--dtype", "float32"]) == 2
    out, err = capsys.readouterr()
    assert "DISAGREE" not in out
    assert err.splitlines()[-1].startswith("error: CUDA out of memory")
