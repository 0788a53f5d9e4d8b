import pytest
import torch

import torch_mlp
import torch_mlp.device
from torch_mlp.summary import table


def test_summary_draws_no_random_number_and_leaves_mode_and_dtype():
    torch.manual_seed(0)
    model = torch_mlp.MLP(4, 10, 3).double()
    state = torch.get_rng_state()
    statistics = torch_mlp.summarize(model, (120, 4), ("num_params", "trainable"))
    assert torch.equal(torch.get_rng_state(), state)
    assert statistics.total_params == 83
    assert next(model.parameters()).dtype == torch.float64


@pytest.mark.parametrize(("batch", "unit"), [(1, "(M): 0.00"), (2000, "(G): 2\n"), (2_000_000, "(T): 2\n")])
def test_table_prints_the_unit_that_torchinfo_misprints(batch, unit):
    text = table(torch_mlp.summarize(torch_mlp.MLP(999, 1000).to("meta"), (batch, 999)))
    assert "Units." not in text
    if batch > 1:
        assert f"Total mult-adds {unit}" in text


def test_a_model_that_knows_its_features_needs_no_size():
    model = torch_mlp.MLP(4, 10, 3)
    assert str(torch_mlp.summarize(model)) == str(torch_mlp.summarize(model, (1, 4)))
