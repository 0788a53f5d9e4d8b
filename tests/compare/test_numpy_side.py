"""The trace of a NumPy package: every array under the name of the place where it came about."""

import numpy as np

from compare import numpy_side
from compare.bugs.copies import copy_of_numpy_mlp, replace


def masks_in_a_pile(package):
    """Give a package one ReLU for all hidden layers, which is right: it keeps a mask for each of them."""
    one, add = package.ReLU(), package.MLP.add_module

    def forward(self, x):
        self.masks = [*getattr(self, "masks", []), x > 0]
        return np.maximum(x, 0)

    replace(package, "relu.ReLU.forward", forward)
    replace(package, "relu.ReLU.backward", lambda self, grad_output: grad_output * self.masks.pop())
    replace(
        package, "mlp.MLP.add_module",
        lambda self, name, layer: add(self, name, one if isinstance(layer, package.ReLU) else layer),
    )  # fmt: skip
    return package


def test_layer_that_stands_in_several_places_has_a_name_at_each_of_its_calls(lab):
    deep = next(run for run in lab.scenarios["float64"] if run.name == "deep")
    right, found = numpy_side.run(deep), numpy_side.run(deep, masks_in_a_pile(copy_of_numpy_mlp()))
    assert found.error is None
    assert {"relu1", "relu2", "dL/drelu1", "dL/drelu2"} <= found.keys()
    assert list(found) == list(right)
    for name, array in right.items():
        np.testing.assert_array_equal(found[name], array, err_msg=name)


def test_methods_are_put_back_after_a_run(lab):
    package = copy_of_numpy_mlp()
    model = package.MLP(4, 5, 4, 3)
    model.fc1.forward = own = lambda x: x
    before = {name: dict(vars(layer)) for name, layer in model.named_children()}
    for method in ("forward", "backward"):
        with numpy_side.wrapped(model, method, lambda layer, names: None):
            assert all(vars(layer)[method] is None for _, layer in model.named_children())
    assert {name: dict(vars(layer)) for name, layer in model.named_children()} == before
    assert model.fc1.forward is own
