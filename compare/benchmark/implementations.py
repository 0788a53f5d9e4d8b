"""The implementations that are timed: each prepares a function that trains for the workload's epochs."""

import warnings
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec
from typing import Any

import numpy as np
import torch
from torch import nn

import numpy_mlp
import torch_mlp
from compare import numpy_side, torch_side
from compare.benchmark.bare import BareLoop
from compare.benchmark.workload import IRIS, LEARNING_RATE, Workload
from compare.gates import referees
from torch_mlp.faster.compiled import check_compiler, compiled_step
from torch_mlp.faster.graphs import EpochGraphs
from torch_mlp.faster.step import Step, eager_step

Train = Callable[[], object]
Prepare = Callable[[Workload], Train]
NUMPY, BARE, ONE_SAMPLE = "NumPy (numpy_mlp)", "bare NumPy loop", "bare NumPy loop, 1 sample"
EAGER, FUSED, COMPILED = "PyTorch, eager", "PyTorch, eager, fused SGD", "PyTorch, torch.compile"
SKLEARN, NERVA, PRODUCTS = "scikit-learn", "nerva-numpy", "the matrix products alone"
CUDA_EAGER, CUDA_COMPILED = "PyTorch on CUDA, eager", "PyTorch on CUDA, torch.compile"
CUDA_GRAPH = "PyTorch on CUDA, graph"


class NotMeasuredError(Exception):
    """Something that an implementation needs is not here; the message says what."""


def every_epoch(workload: Workload, step: Callable[[], Any]) -> Train:
    """Return a function that calls ``step`` once for each epoch, and waits for the last loss on a GPU."""

    def train() -> None:
        for _ in range(workload.epochs):
            last = step()
        if isinstance(last, torch.Tensor):
            last.item()

    return train


def numpy_network(workload: Workload) -> Train:
    """Prepare the package as its users train with it."""
    model = numpy_side.build(workload.sizes, workload.weights)
    optimizer = numpy_mlp.SGD(model.parameters(), lr=LEARNING_RATE)
    return partial(numpy_mlp.train, model, optimizer, *workload.data, epochs=workload.epochs)


def products(workload: Workload) -> Train:
    """Prepare the five matrix products of a step and nothing else, into arrays that exist already."""
    x, _ = workload.data
    rng = np.random.default_rng(1)
    _, hidden, classes = workload.sizes
    activation, grad_hidden = rng.random((2, workload.samples, hidden), dtype=np.float32)
    grad_logits = rng.random((workload.samples, classes), dtype=np.float32)
    w1, w2 = workload.weights["fc1.weight"], workload.weights["fc2.weight"]
    lefts = [x, activation, grad_logits.T, grad_logits, grad_hidden.T]
    rights = [w1.T, w2.T, activation, w2, x]
    outputs = list(map(np.matmul, lefts, rights))
    return every_epoch(workload, lambda: list(map(np.matmul, lefts, rights, outputs)))


def torch_network(workload: Workload, device: str, mode: str, fused: bool | None = None) -> Train:
    """Prepare the PyTorch network in a mode, on a device."""
    if device == "cuda" and not torch.cuda.is_available():
        raise NotMeasuredError("no CUDA device here")
    x, y = (torch.tensor(array, device=device) for array in workload.data)
    model = torch_side.build(workload.sizes, workload.weights, torch.device(device))
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, fused=fused)
    if mode == "eager":
        return partial(torch_mlp.train, model, optimizer, x, y, epochs=workload.epochs)
    # torch_mlp.faster.training.train would capture anew at each call: here programs and graphs are kept
    criterion = nn.CrossEntropyLoss()
    step = eager_step(model, criterion, optimizer)
    if mode == "graph":
        return replayed(step, x, y, workload.epochs)
    try:
        check_compiler(x.device)
    except ValueError as error:
        raise NotMeasuredError(str(error)) from None
    return every_epoch(workload, partial(compiled_step(step, model, criterion, optimizer), x, y))


def replayed(step: Step, x: torch.Tensor, y: torch.Tensor, epochs: int) -> Train:
    """Prepare a training by CUDA graphs: each call replays the epochs from ``epochs`` to 2 ``epochs`` - 1."""
    losses = torch.zeros(2 * epochs, device=x.device)
    graphs = EpochGraphs(step, x, y, None, np.random.default_rng(0), losses, stop_every=epochs)
    for epoch in range(epochs):
        graphs.run(epoch)  # the very first one is not captured

    def replay() -> None:
        graphs.done = epochs
        for epoch in range(epochs, 2 * epochs):
            graphs.run(epoch)
        losses[-1].item()  # wait for the last one

    return replay


def scikit_learn(workload: Workload) -> Train:
    """Prepare scikit-learn's classifier, from the same weights, with momentum and penalty off."""
    classifier = referees.classifier_from(workload.scenario, LEARNING_RATE)
    classifier.set_params(warm_start=True, tol=0, n_iter_no_change=10**9, max_iter=workload.epochs)

    def fit() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # so few epochs do not converge
            classifier.fit(*workload.data)

    return fit


def nerva(workload: Workload) -> Train:
    """Prepare the nerva project's NumPy network, another one that is written to be read."""
    if find_spec("nerva_numpy") is None:
        raise NotMeasuredError("not installed (pip install nerva-numpy)")
    from nerva_numpy.activation_functions import ReLUActivation
    from nerva_numpy.layers import ActivationLayer, LinearLayer
    from nerva_numpy.loss_functions import StableSoftmaxCrossEntropyLossFunction
    from nerva_numpy.multilayer_perceptron import MultilayerPerceptron

    features, hidden, classes = workload.sizes
    layers = [ActivationLayer(features, hidden, ReLUActivation()), LinearLayer(hidden, classes)]
    for i, layer in enumerate(layers, start=1):
        layer.W, layer.b = (np.array(workload.weights[f"fc{i}.{kind}"]) for kind in ("weight", "bias"))
        layer.set_optimizer("GradientDescent")
    model, loss = MultilayerPerceptron(layers), StableSoftmaxCrossEntropyLossFunction()
    x, y = workload.data
    target = np.eye(classes, dtype=np.float32)[y]

    def step() -> None:
        # as in the package's own loop, which computes no loss on the way
        output = model.feedforward(x)
        model.backpropagate(output, loss.gradient(output, target) / len(x))
        model.optimize(LEARNING_RATE)

    return every_epoch(workload, step)


# Each prepares a function that trains for the workload's epochs and returns when the last one is done; each
# call continues from the weights of the last. NotMeasuredError is raised where something is missing.
ON_CPU: dict[str, Prepare] = {
    NUMPY: numpy_network,
    BARE: BareLoop,
    ONE_SAMPLE: partial(BareLoop, samples=1),
    EAGER: partial(torch_network, device="cpu", mode="eager"),
    FUSED: partial(torch_network, device="cpu", mode="eager", fused=True),
    COMPILED: partial(torch_network, device="cpu", mode="compile"),
    SKLEARN: scikit_learn,
    NERVA: nerva,
    PRODUCTS: products,
}
ON_CUDA: dict[str, Prepare] = {
    CUDA_EAGER: partial(torch_network, device="cuda", mode="eager"),
    CUDA_COMPILED: partial(torch_network, device="cuda", mode="compile"),
    CUDA_GRAPH: partial(torch_network, device="cuda", mode="graph"),
}


def chosen(workload: Workload, device: str, quick: bool) -> dict[str, Prepare]:
    """Return what is timed on a workload."""
    found = ON_CPU if device == "cpu" else ON_CPU | ON_CUDA
    only_for_iris = (ONE_SAMPLE, COMPILED) if quick else (ONE_SAMPLE,)
    return {name: found[name] for name in found if workload is IRIS or name not in only_for_iris}
