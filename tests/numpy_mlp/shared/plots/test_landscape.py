import numpy as np
import pytest

from numpy_mlp import MLP, SGD, CrossEntropyLoss, train
from numpy_mlp.shared.plots.landscape import STEPS, flatten, landscape, principal_path, unflatten

BEFORE = {name: data.copy() for name, data in MLP(4, 10, 3, seed=1).state_dict().items()}


@pytest.fixture(scope="module")
def history():
    from numpy_mlp import load_dataset

    iris = load_dataset("iris", dtype=np.float64)
    model = MLP(4, 5, 3, seed=1, dtype=np.float64)
    return train(
        model, SGD(model.parameters(), lr=0.5), iris.x_train, iris.y_train, epochs=200, snapshot_every=20
    )


@pytest.fixture
def loss_of(iris):
    model = MLP(4, 5, 3, dtype=np.float64)
    criterion = CrossEntropyLoss()

    def loss_of(state):
        model.load_state_dict(state)
        return float(criterion(model(iris.x_train.astype(np.float64)), iris.y_train))

    return loss_of


def test_flatten_and_unflatten_undo_each_other():
    back = unflatten(flatten(BEFORE), BEFORE)
    assert list(back) == list(BEFORE)
    assert all(np.array_equal(back[name], BEFORE[name]) for name in BEFORE)


def test_path_is_projected_on_the_two_principal_directions(history):
    directions, path, explained = principal_path(history.snapshots)
    rows = np.stack([flatten(snapshot) for snapshot in history.snapshots])
    away = rows - rows[-1]
    assert np.allclose(directions @ directions.T, np.eye(2), atol=1e-12)
    assert np.allclose(path, away @ directions.T, atol=1e-12)
    assert np.array_equal(path[-1], [0, 0])
    assert (path[0] >= 0).all()
    # no direction explains more than the first: the eigenvalues of D'D
    eigenvalues = np.linalg.eigvalsh(away.T @ away)[::-1]
    assert np.allclose(explained, eigenvalues[:2] / eigenvalues.sum(), atol=1e-12)
    # and the shares are those of the squared distances along the directions
    assert np.allclose(explained, (path**2).sum(axis=0) / (away**2).sum(), atol=1e-12)


def test_landscape_draws_the_path_over_the_loss_of_its_plane(history, loss_of, read):
    seen = []

    def spy(state):
        seen.append((flatten(state), loss_of(state)))
        return seen[-1][1]

    figure = landscape(spy, history.snapshots, history.snapshot_epochs)
    read.fits(figure)
    axes = figure.axes[0]
    directions, path, explained = principal_path(history.snapshots)
    assert np.array_equal(axes.lines[0].get_xydata(), path)
    assert np.array_equal(axes.lines[1].get_xydata(), path)
    # every height was computed in the plane itself, on a grid that holds the whole path
    grid = np.array([row for row, _ in seen[: STEPS * STEPS]]) - flatten(history.snapshots[-1])
    assert np.allclose(grid, grid @ directions.T @ directions, atol=1e-12)
    assert ((grid @ directions.T).min(axis=0) < path.min(axis=0)).all()
    assert ((grid @ directions.T).max(axis=0) > path.max(axis=0)).all()
    heights = [height for _, height in seen[: STEPS * STEPS]]
    filled = axes.collections[0]
    assert filled.levels[0] <= min(heights)
    assert filled.levels[-1] >= max(heights)
    assert axes.get_xlabel() == f"first direction: {explained[0]:.1%} of the path"
    assert axes.get_ylabel() == f"second direction: {explained[1]:.1%} of the path"
    assert f"hold {explained.sum():.1%} of its path" in read.title(figure)
    assert read.texts(axes) == ["epoch 0", "epoch 200"]


def test_landscape_of_two_snapshots_and_of_none_that_moved(history, loss_of, read):
    ends = [history.snapshots[0], history.snapshots[-1]]
    figure = landscape(loss_of, ends, [0, 200])
    read.fits(figure)
    assert "hold 100.0% of its path" in read.title(figure)
    with pytest.raises(ValueError, match="never moved"):
        landscape(loss_of, [ends[0], ends[0]], [0, 1])
