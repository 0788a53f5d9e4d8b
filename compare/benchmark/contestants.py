"""Who trains: each makes a function that trains for some epochs, and returns when they are done."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from importlib.util import find_spec

import numpy as np
import torch
from torch import nn

import numpy_mlp
import torch_mlp
from compare import numpy_side, referees, torch_side
from compare.benchmark.bare import BareLoop
from compare.benchmark.workload import IRIS, LEARNING_RATE, Workload
from compare.scenario import Scenario
from torch_mlp.compiled import check_compiler, compiled_step
from torch_mlp.graphs import EpochGraphs

Trains = Callable[[int], object]
NUMPY, BARE, EAGER, COMPILED, SKLEARN = (
    "NumPy (numpy_mlp)", "bare NumPy loop", "PyTorch, eager", "PyTorch, torch.compile", "scikit-learn",
)  # fmt: skip
PRODUCTS, ONE_SAMPLE, NERVA = "the matrix products alone", "bare NumPy loop, 1 sample", "nerva-numpy"


class NotMeasuredError(Exception):
    """Something that a contestant needs is not here; the message says what."""


@dataclass(frozen=True)
class Contestant:
    """A name for the table, and what makes its training ready for a workload.

    Attributes:
        name: In the table, the figure and the JSON.
        prepare: Returns the function that trains. Raises NotMeasuredError where it can't.
        only: The only workload that it is for; None means all.
    """

    name: str
    prepare: Callable[[Workload], Trains]
    only: Workload | None = None


def numpy_network(workload: Workload) -> Trains:
    """The package as its users train with it."""
    x, y = workload.data
    model = numpy_side.build(workload.sizes, workload.weights)
    optimizer = numpy_mlp.SGD(model.parameters(), lr=LEARNING_RATE)
    return lambda epochs: numpy_mlp.train(model, optimizer, x, y, epochs=epochs)


def one_sample(workload: Workload) -> Trains:
    """The bare loop with next to nothing to compute: what is left is the price of calling NumPy."""
    x, y = workload.data
    loop = BareLoop(workload)
    loop.x, loop.y = x[:1], y[:1]
    return loop


def products(workload: Workload) -> Trains:
    """The five matrix products of a step and nothing else, into arrays that are there already."""
    x, _ = workload.data
    rng = np.random.default_rng(1)
    _, hidden, classes = workload.sizes
    activation, grad_hidden = rng.random((2, workload.samples, hidden), dtype=np.float32)
    grad_logits = rng.random((workload.samples, classes), dtype=np.float32)
    w1, w2 = workload.weights["fc1.weight"], workload.weights["fc2.weight"]
    pairs = [
        (x, w1.T), (activation, w2.T), (grad_logits.T, activation), (grad_logits, w2), (grad_hidden.T, x)
    ]  # fmt: skip
    outputs = [left @ right for left, right in pairs]

    def multiply(epochs: int) -> None:
        """Run them."""
        for _ in range(epochs):
            for (left, right), output in zip(pairs, outputs, strict=True):
                np.matmul(left, right, out=output)

    return multiply


def torch_network(workload: Workload, device: str, mode: str, fused: bool | None = None) -> Trains:
    """The PyTorch network in a mode, on a device."""
    if device == "cuda" and not torch.cuda.is_available():
        raise NotMeasuredError("no CUDA device here")
    x, y = (torch.tensor(array, device=device) for array in workload.data)
    model = torch_side.build(workload.sizes, workload.weights, torch.device(device))
    optimizer = torch.optim.SGD(model.parameters(), lr=LEARNING_RATE, fused=fused)
    if mode == "eager":
        return lambda epochs: torch_mlp.train(model, optimizer, x, y, epochs=epochs)
    # torch_mlp.train would compile and record anew at each call: here the programs and graphs are kept
    criterion = nn.CrossEntropyLoss()

    def step(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        """Train with one batch, operation by operation."""
        loss = criterion(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss.detach()

    if mode == "compile":
        try:
            check_compiler(torch.device(device))
        except ValueError as error:
            raise NotMeasuredError(str(error)) from None
        program = compiled_step(step, model, criterion, optimizer)

        def compiled(epochs: int) -> None:
            """Train, and wait for the last loss."""
            for _ in range(epochs):
                loss = program(x, y)
            loss.item()

        return compiled
    losses = torch.zeros(1_000_000, device=device)
    graphs = EpochGraphs(step, x, y, None, np.random.default_rng(0), losses, stop_every=200)

    def replayed(epochs: int) -> None:
        """Train from where the graphs stand, and wait for the last loss."""
        first = graphs.done
        for epoch in range(first, first + epochs):
            graphs.run(epoch)
        losses[first + epochs - 1].item()

    return replayed


def scikit_learn(workload: Workload) -> Trains:
    """scikit-learn's classifier, from the same weights, with momentum and penalty off."""
    x, y = workload.data
    scenario = Scenario("benchmark", "", workload.sizes, workload.weights, x, y)
    classifier = referees.classifier_from(scenario, LEARNING_RATE)
    classifier.set_params(warm_start=True, tol=0, n_iter_no_change=10**9)

    def fit(epochs: int) -> None:
        """Train on from where it stands."""
        classifier.set_params(max_iter=epochs)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that it has not converged after so few epochs
            classifier.fit(x, y)

    return fit


def nerva(workload: Workload) -> Trains:
    """The nerva project's NumPy network, another one that is written to be read."""
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

    def steps(epochs: int) -> None:
        """Train as its own loop does, which computes no loss on the way."""
        for _ in range(epochs):
            output = model.feedforward(x)
            model.backpropagate(output, loss.gradient(output, target) / len(x))
            model.optimize(LEARNING_RATE)

    return steps


ON_CPU = (
    Contestant(NUMPY, numpy_network),
    Contestant(BARE, BareLoop),
    Contestant(ONE_SAMPLE, one_sample, only=IRIS),
    Contestant(EAGER, partial(torch_network, device="cpu", mode="eager")),
    Contestant("PyTorch, eager, fused SGD", partial(torch_network, device="cpu", mode="eager", fused=True)),
    Contestant(COMPILED, partial(torch_network, device="cpu", mode="compile")),
    Contestant(SKLEARN, scikit_learn),
    Contestant(NERVA, nerva),
    Contestant(PRODUCTS, products),
)
ON_CUDA = (
    Contestant("PyTorch on CUDA, eager", partial(torch_network, device="cuda", mode="eager")),
    Contestant("PyTorch on CUDA, torch.compile", partial(torch_network, device="cuda", mode="compile")),
    Contestant("PyTorch on CUDA, graph", partial(torch_network, device="cuda", mode="graph")),
)
