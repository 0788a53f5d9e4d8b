"""The bytes that training must hold, and the operations of an epoch, are counted by formula."""

import numpy_mlp


def test_held_bytes_are_those_of_the_arrays(small):
    x, y = small.data
    model, criterion = numpy_mlp.MLP(*small.sizes, seed=42), numpy_mlp.CrossEntropyLoss()
    criterion(model(x), y)
    held, fc2 = small.held, model.fc2
    assert held["samples and labels"] == x.nbytes + y.nbytes
    assert held["weights"] == sum(weight.nbytes for weight in model.state_dict().values())
    assert held["gradients of the last layer"] == fc2.weight.data.nbytes + fc2.bias.data.nbytes
    assert held["kept: max(0, x), and its mask of one byte each"] == fc2.x.nbytes + model.relu.mask.nbytes
    log_p, labels = criterion.saved
    assert held["kept: log p"] == log_p.nbytes
    assert labels is y, "counted with the samples"
    assert held["dL/dy and dL/dx of ReLU"] == 2 * fc2.x.nbytes


def test_operations_are_two_for_each_product_of_the_five_matrices(small):
    # x W1, h W2, and the three of the way back but dL/dx
    assert small.operations == 2 * 11 * (5 * 7 + 7 * 3 + 3 * 7 + 3 * 7 + 7 * 5)
