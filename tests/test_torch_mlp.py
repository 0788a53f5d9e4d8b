import numpy as np
import pytest
import torch

import torch_mlp
import torch_mlp.device
from numpy_mlp import MLP
from numpy_mlp.cli import DeviceNotFoundError
from torch_mlp.device import choose_device, describe
from torch_mlp.summary import table
from torch_mlp.weights import restore


@pytest.fixture
def with_gpus(monkeypatch):
    """A PyTorch that sees so many CUDA devices."""

    def pretend(count):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: count > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)

    return pretend


@pytest.mark.parametrize(
    ("count", "name", "expected"),
    [
        (0, "cpu", "cpu"),
        (0, "auto", "cpu"),
        (2, "cpu", "cpu"),
        (2, "auto", "cuda:0"),
        (2, "cuda", "cuda:0"),
        (2, "cuda:0", "cuda:0"),
        (2, "cuda:1", "cuda:1"),
    ],
)
def test_device_is_the_one_that_was_asked_for(count, name, expected, with_gpus):
    with_gpus(count)
    assert str(choose_device(name)) == expected


@pytest.mark.parametrize(
    ("count", "name"),
    [(0, "cuda"), (0, "cuda:0"), (1, "cuda:1"), (2, "cuda:2"), (1, "cuda:256"), (2, "cuda:257")],
)
def test_absent_device_is_an_error_and_never_another_device(count, name, with_gpus):
    # PyTorch keeps an index in one byte: torch.device("cuda:256") is cuda:0
    with_gpus(count)
    with pytest.raises(DeviceNotFoundError, match=rf"^--device {name}: .* sees {count} CUDA devices here"):
        choose_device(name)


def test_device_is_described_for_people(monkeypatch):
    assert describe(torch.device("cpu")) == "cpu"
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA Something")
    assert describe(torch.device("cuda:0")) == "cuda:0 (NVIDIA Something)"


def test_every_promised_name_can_be_imported_and_another_is_an_attribute_error():
    for name in torch_mlp.__all__:
        assert callable(getattr(torch_mlp, name)), name
    with pytest.raises(AttributeError, match=r"^module 'torch_mlp' has no attribute 'no_such'$"):
        torch_mlp.__getattr__("no_such")


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


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_restored_model_has_the_trained_weights_in_their_dtype(dtype, make_checkpoint):
    trained = make_checkpoint(dtype)
    model = restore(trained)
    for name, tensor in model.state_dict().items():
        np.testing.assert_array_equal(tensor.numpy(), trained.final[name], strict=True)
        assert not np.shares_memory(tensor.numpy(), trained.final[name])
    assert all(param.requires_grad for param in model.parameters())


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


def test_same_names_for_the_same_functions_in_both_packages():
    import numpy_mlp

    assert set(torch_mlp.__all__) - set(numpy_mlp.__all__) == {"choose_device"}
    missing = set(numpy_mlp.__all__) - set(torch_mlp.__all__)
    assert missing == {
        "CrossEntropyLoss", "Linear", "Parameter", "ReLU", "SGD", "average_gradients", "no_grad", "shares"
    }  # fmt: skip
    assert repr(MLP(4, 10, 3)) == repr(torch_mlp.MLP(4, 10, 3))
