import numpy as np
import pytest
import torch

import numpy_mlp
import torch_mlp
from numpy_mlp import SGD
from torch_mlp.data import to_device

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.mark.parametrize("batch_size", [None, 50])
def test_training_on_the_gpu_equals_numpys_on_the_cpu(batch_size, twins, iris):
    model, torch_model = twins(4, 10, 3, dtype=np.float64)
    torch_model.to("cuda")
    x = iris.x_train.astype(np.float64)
    ours = numpy_mlp.train(
        model, SGD(model.parameters(), lr=0.1), x, iris.y_train, epochs=100, batch_size=batch_size
    )
    theirs = torch_mlp.train(
        torch_model,
        torch.optim.SGD(torch_model.parameters(), lr=0.1),
        torch.tensor(x, device="cuda"),
        torch.tensor(iris.y_train, device="cuda"),
        epochs=100,
        batch_size=batch_size,
    )
    # the project's promise for float64
    assert np.abs(ours.losses - theirs.losses).max() <= 1e-12
    for name, data in ours.snapshots[-1].items():
        assert np.abs(data - theirs.snapshots[-1][name]).max() <= 1e-12


def test_data_and_answers_stay_on_the_gpu(iris):
    device = torch_mlp.choose_device("cuda")
    data = to_device(iris, device)
    model = torch_mlp.MLP(4, 10, 3).to(device)
    assert data.x_test.device == data.y_test.device == device
    assert torch_mlp.predict(model, data.x_test).device == device
    on_cpu = torch_mlp.accuracy(model.cpu(), data.x_test.cpu(), data.y_test.cpu())
    assert torch_mlp.accuracy(model.to(device), data.x_test, data.y_test) == pytest.approx(on_cpu, abs=1 / 30)


def test_auto_takes_the_gpu_and_says_so(cli):
    code, out, err = cli("torch_mlp", "train", "--epochs", "2", "--progress", "off")
    assert code == 0
    assert err.startswith("device: cuda:0 (")
    assert "83 parameters" in out


def test_file_trained_on_the_gpu_is_read_on_the_cpu(cli, tmp_path):
    path = tmp_path / "w.npz"
    assert (
        cli("torch_mlp", "train", "--epochs", "2", "--device", "cuda", "--quiet", "--weights", path)[0] == 0
    )
    assert cli("numpy_mlp", "predict", "--weights", path, "5.1", "3.5", "1.4", "0.2")[0] == 0
