"""One run of a sweep: a network trained from one seed, and how good it is, as one record."""

import math
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from typing import Any

import numpy as np

import numpy_mlp
from compare.scenario import Scenario, TrainingSettings
from compare.threads import threads
from numpy_mlp.data import Dataset, load_dataset
from numpy_mlp.shared.history import History

cached_dataset = cache(load_dataset)


@dataclass(frozen=True)
class Run:
    """Everything that decides a run's numbers; ``backend`` is ``"numpy"``, ``"torch"`` or ``"both"``.

    ``content`` is a hash of the data set's file: a run on a file that has changed since is another run.
    """

    dataset: str
    hidden: tuple[int, ...]
    lr: float
    seed: int
    epochs: int
    backend: str
    target_loss: float
    content: str = ""

    def for_each_library(self) -> list["Run"]:
        """Return the run of each library: of ``both`` NumPy's and PyTorch's, else the run itself."""
        libraries = ["numpy", "torch"] if self.backend == "both" else [self.backend]
        return [replace(self, backend=library) for library in libraries]


@dataclass(frozen=True)
class Record:
    """The numbers of a finished run of one library.

    The losses are means over the samples; a loss that is not finite is None, and the training diverged: then
    ``test_right`` is 0. ``epochs_to_loss`` counts from 1 to the first epoch that reached the target loss.
    ``dead_units`` are 0 for every training sample. The ``disagreement`` of both libraries names an array.
    """

    run: Run
    params: int
    train_loss: float | None
    test_loss: float | None
    test_right: int
    test_total: int
    seconds: float
    epochs_to_loss: int | None
    dead_units: int
    diverged: bool
    agrees: bool | None = None
    disagreement: str = ""


def measure(run: Run) -> list[Record]:
    """Train what a run describes, in float32 and in one thread, and return a record for each library.

    A second thread gains nothing on products this small, and takes its core from another run.
    """
    dataset, runs = cached_dataset(run.dataset), run.for_each_library()
    sizes = (len(dataset.feature_names), *run.hidden, len(dataset.class_names))
    if run.backend == "numpy":
        weights = numpy_mlp.MLP(*sizes, seed=run.seed).state_dict()
    else:
        from compare import torch_side

        weights = torch_side.fresh_weights(sizes, run.seed)
    scenario = Scenario("sweep", "", sizes, weights, dataset.x_train, dataset.y_train)
    # the proof follows every epoch
    settings = TrainingSettings(run.epochs, run.lr, snapshot_every=1 if run.backend == "both" else run.epochs)
    # a training that diverges is noted in its record, not in NumPy's warnings
    with np.errstate(all="ignore"), threads(1):
        histories = [side_of(one.backend).train(scenario, settings) for one in runs]
        records = [record(*one, sizes, dataset) for one in zip(runs, histories, strict=True)]
        if run.backend != "both":
            return records
        from compare.gates.trajectory import Training
        from compare.sweep.agreement import disagreement

        text = disagreement(Training(scenario, settings), histories, run.seed)
    return [replace(one, agrees=not text, disagreement=text) for one in records]


def side_of(library: str) -> Any:
    """Return the module that builds and trains networks of ``"numpy"`` or ``"torch"``."""
    return import_module(f"compare.{library}_side")


def record(run: Run, history: History, sizes: tuple[int, ...], dataset: Dataset) -> Record:
    """Return the record of a training; its final weights are evaluated by the library that trained them."""
    weights = history.snapshots[-1]
    tools: tuple[Any, ...] = numpy_mlp.no_grad(), numpy_mlp.CrossEntropyLoss(), dataset
    if run.backend == "torch":
        import torch

        from torch_mlp.data import to_device

        tools = torch.no_grad(), torch.nn.CrossEntropyLoss(), to_device(dataset, torch.device("cpu"))
    no_grad, criterion, data = tools
    with no_grad:
        model = side_of(run.backend).build(sizes, weights)
        logits = model(data.x_test)
        x, dead_units = data.x_train, 0
        for name, layer in model.named_children():
            x = layer(x)
            if name.startswith("relu"):
                # [y = 0 for all n]      (N, units) -> (units,), counted
                dead_units += int((x == 0).all(0).sum())
        losses = float(criterion(x, data.y_train)), float(criterion(logits, data.y_test))
    train_loss, test_loss = (loss if math.isfinite(loss) else None for loss in losses)
    diverged = None in (train_loss, test_loss) or not np.isfinite(history.losses).all()
    reached = np.flatnonzero(history.losses <= run.target_loss)
    return Record(
        run=run, params=sum(weight.size for weight in weights.values()),
        train_loss=train_loss, test_loss=test_loss,
        test_right=0 if diverged else int((logits.argmax(1) == data.y_test).sum()),
        test_total=len(dataset.y_test), seconds=history.seconds,
        epochs_to_loss=int(reached[0]) + 1 if reached.size else None,
        dead_units=dead_units, diverged=diverged,
    )  # fmt: skip
