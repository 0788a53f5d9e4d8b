"""``compare.run --mode`` on a CUDA device."""

import pytest
import torch

import torch_mlp
from compare import run
from compare.checks import agree
from compare.gates.material import Material, Settings
from compare.gates.steps import short_training_gate, short_trainings
from compare.torch_side import matmul_precision
from torch_mlp.faster.compiled import check_compiler

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


# compiling imports code of PyTorch's that it calls outdated itself
compiles = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")


@compiles
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("mode", ["eager", "compile", "graph"])
def test_steps_of_each_mode_stay_within_the_budget_on_the_gpu(mode, dtype):
    device = torch_mlp.choose_device("cuda")
    if mode == "compile":
        skip_without_a_compiler(device)
    scenarios = Material(Settings(epochs=1, dtypes=(dtype,))).scenarios(dtype)
    with matmul_precision("ieee"):
        for training in short_trainings(scenarios, 50, 0.1):
            checks = short_training_gate(training, mode, device).checks()
            assert agree(checks), next(check for check in checks if not check.passed)


def skip_without_a_compiler(device):
    """Mode compile needs Triton and a C compiler; a machine with a GPU need not have them."""
    try:
        check_compiler(device)
    except ValueError as error:
        pytest.skip(str(error))


@compiles
@pytest.mark.parametrize("mode", ["compile", "graph"])
def test_comparison_with_a_mode_of_training_on_the_gpu_agrees(mode, capsys):
    if mode == "compile":
        skip_without_a_compiler(torch_mlp.choose_device("cuda"))
    code = run.main(["--mode", mode, "--device", "cuda", "--epochs", "300"])
    out = capsys.readouterr().out
    assert code == 0, out
    assert f", trained in mode {mode}" in out
