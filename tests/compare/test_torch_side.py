"""PyTorch's side of the comparison leaves the global state of PyTorch as it was."""

import torch

from compare import torch_side
from compare.gates.scenarios import random_scenario


def test_generator_and_precision_are_left_as_they_were():
    torch.manual_seed(5)
    before = torch.get_rng_state().clone(), torch.backends.cuda.matmul.fp32_precision
    torch_side.fresh_model((4, 10, 3), 1)
    torch_side.run(random_scenario("", "", (4, 8, 3), 4))
    with torch_side.matmul_precision("tf32"):
        assert torch.backends.cuda.matmul.fp32_precision == "tf32"
    assert torch.equal(torch.get_rng_state(), before[0])
    assert torch.backends.cuda.matmul.fp32_precision == before[1]
