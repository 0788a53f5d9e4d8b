import numpy as np
import pytest

from numpy_mlp import MLP, SGD, load_dataset, save_weights, train
from numpy_mlp.shared.checkpoint import Checkpoint


def checkpoint(dataset, *hidden, dtype=np.float32, epochs=300, lr=0.1, seed=3):
    data = load_dataset(dataset, dtype=dtype)
    sizes = (len(data.feature_names), *hidden, len(data.class_names))
    model = MLP(*sizes, seed=seed, dtype=dtype)
    with np.errstate(all="ignore"):
        history = train(
            model,
            SGD(model.parameters(), lr=lr),
            data.x_train,
            data.y_train,
            epochs=epochs,
            snapshot_every=50,
        )
    return Checkpoint(
        library="numpy",
        sizes=sizes,
        dataset=dataset,
        hyperparameters={"epochs": epochs, "lr": lr},
        feature_names=data.feature_names,
        class_names=data.class_names,
        scaler=data.scaler,
        history=history,
    )


@pytest.fixture(scope="session")
def files(tmp_path_factory):
    folder = tmp_path_factory.mktemp("trained")
    save_weights(folder / "iris.npz", checkpoint("iris", 10))
    save_weights(folder / "other.npz", checkpoint("iris", 10, seed=4))
    save_weights(folder / "wide.npz", checkpoint("iris", 12, 6, dtype=np.float64))
    save_weights(folder / "digits.npz", checkpoint("digits", 32, 16, epochs=60))
    save_weights(folder / "wine.npz", checkpoint("wine", 5))
    save_weights(folder / "diverged.npz", checkpoint("iris", 10, lr=1e30))
    return folder
