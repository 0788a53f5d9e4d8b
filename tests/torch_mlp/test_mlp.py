import pytest
import torch

import torch_mlp
import torch_mlp.device


@pytest.mark.parametrize("sizes", [(4, 3), (4, 10, 3), (5, 6, 7, 8)], ids=str)
def test_network_is_what_a_tutorial_would_write(sizes):
    torch.manual_seed(0)
    model = torch_mlp.MLP(*sizes)
    torch.manual_seed(0)
    layers = []
    for in_features, out_features in zip(sizes, sizes[1:], strict=False):  # noqa: RUF007
        layers += [torch.nn.Linear(in_features, out_features), torch.nn.ReLU()]
    expected = torch.nn.Sequential(*layers[:-1])
    x = torch.rand(5, sizes[0])
    torch.testing.assert_close(model(x), expected(x), rtol=0, atol=0)
