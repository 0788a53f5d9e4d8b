import numpy as np
import pytest
import torch

import torch_mlp
from numpy_mlp import MLP, Linear, init


def test_uniform_is_the_low_24_bits_of_the_mersenne_twister():
    # MT19937 seeded with 5489 starts with 3499211612 = 0xD091BB5C (the C++ standard's default engine)
    # low 24 bits: 0x91BB5C = 9550684;   u = 9550684 / 2**24;   w = u * 2 - 1
    w = init.uniform(init.generator(5489), 1.0, (1,))
    assert w.dtype == np.float32
    assert w[0] == np.float32(9550684 / 2**24 * 2 - 1)


@pytest.mark.parametrize(
    "sizes", [(4, 10, 3), (4, 3), (1, 1, 1), (13, 7, 7, 5), (64, 32, 16, 10), (30, 1, 2)]
)
@pytest.mark.parametrize("seed", [0, 1, 42, 1234567, 2**31, 2**32 - 1])
def test_same_seed_gives_pytorchs_network_bit_for_bit(sizes, seed):
    torch.manual_seed(seed)
    expected = torch_mlp.MLP(*sizes).state_dict()
    for name, data in MLP(*sizes, seed=seed).state_dict().items():
        assert data.dtype == np.float32
        assert data.tobytes() == expected[name].numpy().tobytes(), name


def test_a_lone_linear_draws_as_torchs_linear_draws():
    rng = init.generator(7)
    torch.manual_seed(7)
    for _ in range(2):  # the second layer continues the stream
        layer, expected = Linear(5, 3, rng=rng), torch.nn.Linear(5, 3)
        np.testing.assert_array_equal(layer.weight.data, expected.weight.detach().numpy(), strict=True)
        np.testing.assert_array_equal(layer.bias.data, expected.bias.detach().numpy(), strict=True)


def test_float64_model_is_the_float32_draw_cast():
    torch.manual_seed(3)
    expected = torch_mlp.MLP(4, 10, 3).double().state_dict()
    single = MLP(4, 10, 3, seed=3).state_dict()
    for name, data in MLP(4, 10, 3, seed=3, dtype=np.float64).state_dict().items():
        np.testing.assert_array_equal(data, expected[name].numpy(), strict=True)
        np.testing.assert_array_equal(data, single[name].astype(np.float64), strict=True)


def test_without_a_seed_two_networks_differ():
    assert (MLP(4, 10, 3).fc1.weight.data != MLP(4, 10, 3).fc1.weight.data).any()
    assert (Linear(4, 10).weight.data != Linear(4, 10).weight.data).any()


def test_building_a_network_leaves_numpys_global_generator_alone():
    before = np.random.get_state()[1].copy()  # noqa: NPY002
    MLP(4, 10, 3, seed=1)
    MLP(4, 10, 3)
    np.testing.assert_array_equal(np.random.get_state()[1], before)  # noqa: NPY002


@pytest.mark.parametrize("seed", [-1, 2**32, 1.5, "42"])
def test_seed_out_of_range_is_refused(seed):
    with pytest.raises(ValueError, match=r"^expected a seed from 0 to 2\*\*32 - 1, got "):
        MLP(4, 10, 3, seed=seed)


def test_numpy_integer_is_a_seed():
    np.testing.assert_array_equal(
        MLP(2, 2, seed=np.int64(5)).fc1.weight.data, MLP(2, 2, seed=5).fc1.weight.data
    )
