"""What a piece has to pass: the scenarios against PyTorch; a short training; the summary."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from types import ModuleType
from typing import Any

import numpy as np
import torch

from compare import budget, numpy_side, torch_side, trajectory
from compare.budget import Approx
from compare.checks import Check, Place, first_divergence
from compare.exercise.pieces import Piece
from compare.preparation import structure_gate
from compare.scenario import Scenario, scenarios
from compare.trace import Trace
from compare.trajectory import Course, Yardstick
from numpy_mlp.data import load_dataset
from numpy_mlp.history import History
from torch_mlp.summary import summarize, table

Test = Callable[[ModuleType], Iterator[tuple[list[Check], BaseException | None]]]
CPU = torch.device("cpu")
DTYPES = ("float32", "float64")
SIZES, DEEP = (4, 10, 3), (4, 8, 7, 3)
COURSES = (("mini-batches", Course(20, 0.1, 10, batch_size=50)), ("full batches", Course(50, 0.1, 10)))
COLUMNS = ("input_size", "output_size", "num_params", "mult_adds", "trainable")


@dataclass(frozen=True)
class Outcome:
    """How a piece did: what failed first, and the error that stopped it, if one did."""

    failed: Check | None = None
    error: BaseException | None = None

    @property
    def divergence(self) -> Check | None:
        """The first array that is there and wrong; not one that is missing because an error came before."""
        missing = self.failed and self.error and str(self.failed.numpy).startswith("missing")
        return None if missing else self.failed

    @property
    def good(self) -> bool:
        """Whether nothing went wrong."""
        return self.failed is None and self.error is None


class Trial:
    """The correct answers, worked out once, and the pieces' tests."""

    @cached_property
    def training(self) -> Scenario:
        """The Iris network, fresh."""
        data = load_dataset()
        weights = torch_side.weights_of(torch_side.drawn(SIZES, 42))
        return Scenario("training", "", SIZES, weights, data.x_train, data.y_train)

    @cached_property
    def traces(self) -> list[tuple[Scenario, Trace, dict[str, Approx]]]:
        """Every scenario in both dtypes, with PyTorch's trace and the budget."""
        trained = trajectory.train(self.training, Course(1000, 0.1, 1000)).snapshots[-1]
        runs = scenarios(load_dataset(), SIZES, self.training.weights, trained)
        return [
            (run, torch_side.run(run, CPU), budget.run(run))
            for dtype in DTYPES
            for run in (run.astype(dtype) for run in runs)
        ]

    @cached_property
    def trainings(self) -> list[tuple[str, Scenario, Course, Yardstick, History]]:
        """Short trainings in both dtypes, with what is allowed and PyTorch's."""
        found = []
        for dtype in DTYPES:
            run = self.training.astype(dtype)
            for name, course in COURSES:
                theirs = torch_side.train(run, CPU, course)
                found.append((name, run, course, trajectory.yardstick(run, course), theirs))
        return found

    def prepare(self) -> None:
        """Work the correct answers out before the clock of a piece runs."""
        _ = self.traces, self.trainings

    def of(self, piece: Piece, package: ModuleType) -> Outcome:
        """Try a package; its one piece that isn't ours is this one."""
        tests: dict[str, Test] = {"training.train": self.train, "summary.count": self.count}
        return self.outcome(tests.get(piece.target, self.trace), package)

    def outcome(self, test: Test, package: ModuleType) -> Outcome:
        """Run one of the tests below until something is wrong."""
        error: BaseException | None = None
        try:
            for checks, error in test(package):
                failed = first_divergence(checks)
                if failed or error:
                    return Outcome(failed, error)
        except BaseException as stop:
            return Outcome(error=stop)
        return Outcome()

    def trace(self, package: ModuleType) -> Iterator[tuple[list[Check], BaseException | None]]:
        """Yield each scenario's checks, and the error that ended its trace."""
        for run, theirs, allowed in self.traces:
            trace, error = Trace(), None
            try:
                numpy_side.fill(trace, run, package)
            except BaseException as stop:
                error, trace.failure = stop, type(stop).__name__
            yield Place(run.name, "", run.dtype.name).traces(trace, theirs, allowed), error

    def train(self, package: ModuleType) -> Iterator[tuple[list[Check], None]]:
        """Yield each short training's checks."""
        for name, run, course, stick, theirs in self.trainings:
            # copies: a training that changes its samples must not change ours
            own = replace(run, x=np.array(run.x), y=np.array(run.y))
            history = trajectory.train(own, course, package)
            place = Place(name, "trajectory", run.dtype.name)
            yield trajectory.along_the_way(replace(stick, history=history), theirs, place, "training"), None

    def count(self, package: ModuleType) -> Iterator[tuple[list[Check], None]]:
        """Yield the checks of the summary, of networks with and without frozen parameters."""
        place = Place("preparation", "structure", "float32")
        for sizes in (SIZES, DEEP):
            weights = torch_side.weights_of(torch_side.drawn(sizes, 0))
            yield structure_gate(place, sizes, weights, package), None
            yield frozen_summary(place, sizes, weights, package), None


def frozen_summary(place: Place, sizes: tuple[int, ...], weights: Any, package: ModuleType) -> list[Check]:
    """Compare the summaries of a network with frozen parameters, line by line."""
    ours, theirs = numpy_side.build(sizes, weights, package), torch_side.build(sizes, weights, CPU)
    parameters = dict(theirs.named_parameters())
    for name, param in ours.named_parameters():
        param.requires_grad = name not in ("fc1.weight", "fc2.weight", "fc2.bias")
        parameters[name].requires_grad_(param.requires_grad)
    shape = (16, sizes[0])
    texts = str(package.summarize(ours, shape, COLUMNS)), table(summarize(theirs, shape, COLUMNS))
    lines = zip(*(text.splitlines() for text in texts), strict=False)
    return [
        place.fact(f"summary line {i} with frozen layers", *pair) for i, pair in enumerate(lines, start=1)
    ]
