import pytest

import torch_mlp
import torch_mlp.device
from numpy_mlp import MLP


def test_every_promised_name_can_be_imported_and_another_is_an_attribute_error():
    for name in torch_mlp.__all__:
        assert callable(getattr(torch_mlp, name)), name
    with pytest.raises(AttributeError, match=r"^module 'torch_mlp' has no attribute 'no_such'$"):
        torch_mlp.__getattr__("no_such")


def test_same_names_for_the_same_functions_in_both_packages():
    import numpy_mlp

    assert set(torch_mlp.__all__) - set(numpy_mlp.__all__) == {"choose_device"}
    missing = set(numpy_mlp.__all__) - set(torch_mlp.__all__)
    assert missing == {
        "CrossEntropyLoss", "Linear", "Parameter", "ReLU", "SGD",
        "average_gradients", "no_grad", "shards", "shares",
    }  # fmt: skip
    assert repr(MLP(4, 10, 3)) == repr(torch_mlp.MLP(4, 10, 3))


def test_faster_modes_are_a_package_of_their_own_and_take_the_arguments_of_train():
    from inspect import signature

    import torch_mlp.faster.training

    plain, faster = signature(torch_mlp.train), signature(torch_mlp.faster.training.train)
    assert [*faster.parameters.values()][: len(plain.parameters)] == [*plain.parameters.values()]
    assert [*faster.parameters][len(plain.parameters) :] == ["mode", "workers"]
