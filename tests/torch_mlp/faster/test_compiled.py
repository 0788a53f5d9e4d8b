"""The compiled step, traced by PyTorch and run without a compiler."""

import re
import warnings

import numpy as np
import pytest
import torch

from torch_mlp.faster import compiled as compiled_module
from torch_mlp.faster.compiled import compiled

pytestmark = [
    pytest.mark.slow,
    # torch's own code, at its import
    pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning"),
]


MOMENTUM = {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}


@pytest.mark.parametrize(
    "sgd", [{}, MOMENTUM, {"momentum": 0.9, "nesterov": True, "maximize": True}], ids=str
)
def test_compiled_training_leaves_the_same_optimizer_behind(sgd, traced, trained, gamma):
    options = {"sgd": sgd, "epochs": 3, "batch_size": 50, "dtype": np.float64}
    (eager, ours), (compiled, theirs) = (trained(mode, **options) for mode in ("eager", "compile"))
    # nine steps, each with a few dozen roundings of numbers around 1
    bound = gamma(9 * 50, np.float64)
    assert np.abs(eager.losses - compiled.losses).max() <= bound
    for name, data in eager.snapshots[-1].items():
        assert np.abs(data - compiled.snapshots[-1][name]).max() <= bound
    states = [
        [optimizer.state[param]["momentum_buffer"] for param in optimizer.param_groups[0]["params"]]
        if optimizer.state
        else []
        for optimizer in (ours, theirs)
    ]
    assert len(states[0]) == len(states[1]) == (4 if sgd else 0)
    assert all((a - b).abs().max() <= bound for a, b in zip(*states, strict=True))


def test_step_is_one_program_for_each_size_and_the_next_training_finds_it_there(traced, trained):
    trained("compile", epochs=2)
    assert len(traced) == 1
    trained("compile", epochs=2, batch_size=50)
    assert len(traced) == 3, "batches of 50 and of 20"
    trained("compile", epochs=2)
    trained("compile", epochs=2, batch_size=50)
    assert len(traced) == 3
    ops = {str(node.target) for node in traced[0].graph.nodes}
    assert any("add_" in op for op in ops), "the update is part of it"


def test_program_too_many_is_compiled_where_pytorch_would_quietly_run_eagerly(traced, trained):
    with torch.compiler.config.patch(recompile_limit=1):
        for lr in (0.1, 0.2):
            trained("compile", epochs=1, lr=lr)
    assert len(traced) == 2


def test_step_that_would_be_several_programs_is_an_error(traced):
    def broken(x):
        torch._dynamo.graph_break()
        return x + 1

    with pytest.raises(RuntimeError, match="graph_break"):
        compiled(broken)(torch.zeros(1))


def test_with_momentum_the_first_step_alone_is_not_compiled(traced, trained, monkeypatch):
    steps = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: (steps.append(1), step(self)))
    trained("compile", epochs=4, sgd=MOMENTUM)
    assert len(steps) == 1
    assert len(traced) == 1


def test_advice_to_round_float32_products_to_ten_bits_is_not_passed_on(recwarn):
    compiled(lambda x: x + 1)
    # Inductor's words on a GPU that could
    advice = "TensorFloat32 tensor cores for float32 matrix multiplication available but not enabled."
    warnings.warn(advice, stacklevel=1)
    assert not recwarn.list
    warnings.warn("another one", stacklevel=1)
    assert len(recwarn.list) == 1


def test_training_without_anything_to_train_fails_in_each_mode_alike(traced, trained):
    everything = {f"fc{i}.{kind}" for i in (1, 2) for kind in ("weight", "bias")}
    for mode in ("eager", "compile"):
        with pytest.raises(RuntimeError, match="does not require grad"):
            trained(mode, epochs=1, frozen=everything)


IN_A_SUBPROCESS = "An exception occurred in a subprocess:\n\nTraceback\n  File x\nImportError: no triton\n"


@pytest.mark.parametrize(
    ("text", "cause"), [("g++ not found\nmore", "g++ not found"), (IN_A_SUBPROCESS, "ImportError: no triton")]
)
def test_error_of_the_compiler_is_told_in_one_line_with_its_cause(monkeypatch, text, cause):
    def fail(*_):
        raise RuntimeError(text)

    monkeypatch.setattr(compiled_module, "compiled", lambda function: fail)
    monkeypatch.setattr(torch, "zeros", lambda *_, **__: None)
    for device, needed in (("cpu", "a C++ compiler such as g++"), ("cuda", "Triton, a C compiler")):
        compiled_module.check_compiler.cache_clear()
        with pytest.raises(ValueError, match=f"{re.escape(needed)}.*: {re.escape(cause)}; use --mode eager"):
            compiled_module.check_compiler(torch.device(device))
    compiled_module.check_compiler.cache_clear()


def test_division_is_rounded_once_as_in_eager_mode():
    with torch._inductor.config.patch(compiled_module.exact_division()):
        assert torch._inductor.config.eager_numerics.division_rounding
