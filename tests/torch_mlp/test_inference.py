"""What only PyTorch has; both packages' answers are tested in tests/numpy_mlp/test_inference.py."""

import torch

import torch_mlp


def test_torch_keeps_nothing_for_a_backward_pass():
    model, x = torch_mlp.MLP(4, 10, 3), torch.ones(2, 4)
    for function in (torch_mlp.predict_logits, torch_mlp.predict_proba):
        assert not function(model, x).requires_grad
    assert torch.is_grad_enabled()
