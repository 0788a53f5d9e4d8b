"""One piece of a learner's package in a correct network."""

import shutil
from pathlib import Path

import numpy as np
import pytest

import numpy_mlp
from compare.exercise.pieces import PIECES
from compare.exercise.transplant import BorrowedPieceError, FileError, MissingPieceError, transplanted

ROOT = Path(__file__).parents[3]


def test_only_the_piece_is_the_learners(tmp_path, solved):
    wrong = ("linear.py", "y = x @ weight.T", "y = 2 * (x @ weight.T)")
    broken = ("linear.py", "        # dL/dW", "        1 / 0\n        # dL/dW")
    folder = solved(tmp_path / "mine", wrong, broken)
    forward, backward = (piece for piece in PIECES if piece.file == "linear.py")
    x = np.ones((2, 4), np.float32)

    def output(package):
        layer = package.Linear(4, 3, rng=np.random.RandomState(0))
        layer.bias.data[...] = 0
        return layer, layer(x)

    layer, y = output(transplanted(folder, forward))
    assert layer.backward(y) is not None
    theirs, ours = output(transplanted(folder, backward))
    assert np.array_equal(y, 2 * ours)
    with pytest.raises(ZeroDivisionError):
        theirs.backward(y)


def test_function_is_the_learners_in_every_module_that_uses_it(tmp_path, solved):
    folder = solved(tmp_path / "mine", ("cross_entropy.py", "return shifted - log_sum", "return shifted"))
    (piece,) = (piece for piece in PIECES if piece.name == "log_softmax")
    package = transplanted(folder, piece)
    assert (package.cross_entropy.softmax(np.ones((1, 2))) == 1).all()


def test_bare_super_in_a_learners_method_works(tmp_path, solved):
    parent = ("relu.py", "class ReLU:", "class Layer:\n    shape = 1\n\n\nclass ReLU(Layer):")
    change = ("relu.py", "return np.maximum(x, 0)", "return np.maximum(x, 0) if super().__init__ else x")
    (forward, _) = (piece for piece in PIECES if piece.file == "relu.py")
    package = transplanted(solved(tmp_path / "mine", parent, change), forward)
    assert package.ReLU()(-np.ones((1, 1), np.float32)) == 0


@pytest.mark.parametrize(
    "change",
    [("relu.py", "def forward(", "def forwards("), ("relu.py", "class ReLU:", "class Relu:")],
    ids=["method", "class"],
)
def test_missing_piece_is_an_error_of_its_own_kind(tmp_path, solved, change):
    folder = solved(tmp_path / "mine", change)
    (forward, _) = (piece for piece in PIECES if piece.file == "relu.py")
    with pytest.raises(MissingPieceError, match=r"relu\.py has no ReLU\.forward any more"):
        transplanted(folder, forward)
    (folder / "relu.py").unlink()
    with pytest.raises(MissingPieceError, match=r"mine has no file relu\.py"):
        transplanted(folder, forward)


def test_piece_that_comes_from_numpy_mlp_is_said_to(tmp_path, solved):
    folder = solved(tmp_path / "mine")
    (folder / "relu.py").write_text("from numpy_mlp.relu import ReLU\n", encoding="utf-8")
    (forward, _) = (piece for piece in PIECES if piece.file == "relu.py")
    with pytest.raises(BorrowedPieceError, match=r"ReLU\.forward in relu\.py comes from numpy_mlp itself"):
        transplanted(folder, forward)


def test_copy_of_numpy_mlp_is_the_learners_although_its_imports_name_numpy_mlp(tmp_path):
    folder = shutil.copytree(ROOT / "numpy_mlp", tmp_path / "mine")
    (piece,) = (piece for piece in PIECES if piece.name == "SGD.step")
    text = (folder / "sgd.py").read_text(encoding="utf-8")
    (folder / "sgd.py").write_text(text.replace("param.data -=", "param.data +="), encoding="utf-8")
    package = transplanted(folder, piece)
    param = package.Parameter(np.zeros(1, np.float32))
    param.grad = np.ones(1, np.float32)
    package.SGD([param], lr=1).step()
    assert param.data == 1


def test_method_of_a_base_class_of_the_learners_is_a_piece_too(tmp_path, solved):
    base = ("relu.py", "class ReLU:", "class Layer:")
    folder = solved(tmp_path / "mine", base)
    with (folder / "relu.py").open("a", encoding="utf-8") as file:
        file.write("\n\nclass ReLU(Layer):\n    pass\n")
    (forward, _) = (piece for piece in PIECES if piece.file == "relu.py")
    assert transplanted(folder, forward).ReLU()(-np.ones((1, 1), np.float32)) == 0


def test_package_of_one_file_has_its_pieces_in_that_file(tmp_path):
    source = (ROOT / "numpy_mlp" / "relu.py").read_text(encoding="utf-8")
    (tmp_path / "mine.py").write_text(source.replace("np.maximum(x, 0)", "x"), encoding="utf-8")
    (forward, _) = (piece for piece in PIECES if piece.file == "relu.py")
    package = transplanted(tmp_path / "mine.py", forward)
    assert package.ReLU()(-np.ones((1, 1), np.float32)) == -1


def test_stray_bracket_spoils_its_own_function_alone(tmp_path, solved):
    folder = solved(tmp_path / "mine", ("linear.py", "(grad_output.T @ self.x)", "((grad_output.T @ self.x)"))
    forward, backward = (piece for piece in PIECES if piece.file == "linear.py")
    x = np.ones((2, 4), np.float32)
    transplanted(folder, forward).Linear(4, 3)(x)
    layer = transplanted(folder, backward).Linear(4, 3)
    with pytest.raises(SyntaxError, match="was never closed") as raised:
        layer.backward(layer(x))
    text = (folder / "linear.py").read_text(encoding="utf-8")
    assert "((grad_output.T" in text.splitlines()[raised.value.lineno - 1]


def test_file_that_raises_an_error_is_an_error_of_its_own_kind(tmp_path, solved):
    folder = solved(tmp_path / "mine", ("relu.py", "class ReLU:", "1 / 0\n\n\nclass ReLU:"))
    (forward, _) = (piece for piece in PIECES if piece.file == "relu.py")
    with pytest.raises(FileError) as raised:
        transplanted(folder, forward)
    assert isinstance(raised.value.__cause__, ZeroDivisionError)


# what packages looked like when they were self-contained
EARLIER = [
    ("training.py", "from numpy_mlp.shared.history", "from mine.history"),
    ("cross_entropy.py", "(log_p, labels) if", "(log_p, one_hot(labels, logits.shape[1])) if"),
    ("cross_entropy.py", "log_p, labels = self.saved", "log_p, target = self.saved"),
    ("cross_entropy.py", "grad_logits = np.exp(log_p)\n", "grad_logits = np.exp(log_p) - target\n"),
    ("cross_entropy.py", "        grad_logits[np.arange(len(labels)), labels] -= 1\n", ""),
    ("cross_entropy.py", "return grad_logits / len(labels)", "return grad_logits / len(target)"),
    (
        "cross_entropy.py",
        "class CrossEntropyLoss:",
        "def one_hot(labels, classes):\n    return labels[:, None] == np.arange(classes)\n\n\n"
        "class CrossEntropyLoss:",
    ),
    ("mlp.py", "self.layer_names: list[str] = []", "self._layers = {}"),
    ("mlp.py", "def add_module(self, name: str, layer: Linear | ReLU)", "def __setattr__(self, name, layer)"),
    ("mlp.py", "        setattr(self, name, layer)\n", "        super().__setattr__(name, layer)\n"),
    (
        "mlp.py",
        "        self.layer_names.append(name)",
        "        if hasattr(layer, 'forward'):\n            self._layers[name] = layer",
    ),
    ("mlp.py", "self.add_module(f", "setattr(self, f"),
    ("mlp.py", 'self.add_module("relu"', 'setattr(self, "relu"'),
    ("mlp.py", "for layer in self.children():", "for layer in self._layers.values():"),
    ("mlp.py", "in reversed(self.layer_names[1:])", "in reversed(list(self._layers)[1:])"),
    ("mlp.py", "grad = getattr(self, name).backward", "grad = self._layers[name].backward"),
    ("mlp.py", "    def children(self) -> Iterator[Any]:", "    def old_children(self) -> Iterator[Any]:"),
    (
        "mlp.py",
        "yield from zip(self.layer_names, self.children(), strict=True)",
        "yield from self._layers.items()",
    ),
]


@pytest.mark.parametrize(
    "name",
    ["CrossEntropyLoss.forward", "CrossEntropyLoss.backward", "MLP.forward", "MLP.backward", "train's step"],
)
def test_piece_of_a_package_of_an_earlier_version_is_right_alone(tmp_path, solved, name):
    folder = solved(tmp_path / "mine", *EARLIER)
    shutil.copy(ROOT / "numpy_mlp/shared/history.py", folder)
    (piece,) = (piece for piece in PIECES if piece.name == name)
    package = transplanted(folder, piece)
    x, y = np.eye(4, dtype=np.float32), np.arange(4) % 3
    weights = []
    for one in (package, numpy_mlp):
        model = one.MLP(4, 5, 3, seed=0)
        one.train(model, one.SGD(model.parameters(), lr=0.1), x, y, epochs=3)
        weights.append(model.state_dict())
    assert all(np.array_equal(weights[0][key], weights[1][key]) for key in weights[1])
