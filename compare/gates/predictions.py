"""Gate 8: the answers of the trained networks, test sample by test sample.

An accuracy is coarse: on Iris nearly every network, faulty ones too, gets 29 of 30 right. So each library's
logits are held against the exact ones of the weights that it trained, and each label counts. Labels may
differ only where, in either network, rounding alone can make the logit of its label the largest.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from types import ModuleType
from typing import Any

import numpy as np
import torch

import torch_mlp
from compare import budget, numpy_side, torch_side
from compare.checks import EXACT, Allowed, CheckContext
from compare.gate import Gate, Reference
from compare.numpy_side import recorded
from compare.rounding import Approx, Rounding
from compare.trace import Trace
from numpy_mlp.data import Dataset
from numpy_mlp.shared.history import History

Weights = dict[str, np.ndarray]
BESIDE, RIGHT = "labels beside PyTorch's", "right labels, by accuracy()"
BY_LOGITS = Allowed(against="its largest logits")
PREDICTORS = {"logits": "predict_logits", "probabilities": "predict_proba", "labels": "predict"}


class HeldOutSet:
    """The test samples of a data set, and the answers that networks of some sizes give to them."""

    def __init__(self, dataset: Dataset, sizes: tuple[int, ...]) -> None:
        """Take the samples, and the sizes of the networks."""
        self.x, self.y, self.sizes = dataset.x_test, dataset.y_test, sizes
        self.rules = Rounding.of(self.x.dtype)

    def record(self, trace: Trace, weights: Weights, package: ModuleType) -> None:
        """Put the answers of a package's network into a trace, one after another."""
        model = numpy_side.build(self.sizes, weights, package)
        x, y = self.x.copy(), self.y.copy()
        for name, function in PREDICTORS.items():
            answer = np.array(getattr(package, function)(model, x))
            trace[name] = answer.astype(np.int64) if answer.dtype.kind in "iu" else answer
        trace[RIGHT] = self.right(package.accuracy(model, x, y))

    def by_torch(self, weights: Weights, device: torch.device) -> Trace:
        """Return the answers of PyTorch's network."""
        x, y = torch.tensor(self.x, device=device), torch.tensor(self.y, device=device)
        model, answers = torch_side.build(self.sizes, weights, device), Trace()
        for name, function in PREDICTORS.items():
            answers[name] = torch_side.to_array(getattr(torch_mlp, function)(model, x))
        answers[RIGHT] = self.right(torch_mlp.accuracy(model, x, y))
        return answers

    def right(self, accuracy: float) -> float:
        """Return the number of right labels that an accuracy stands for."""
        return round(float(accuracy) * len(self.y), 6)

    def exact(self, weights: Weights) -> tuple[Approx, Approx]:
        """Return the logits and the probabilities of a network, with their E."""
        given = {name: self.rules.exact(data) for name, data in weights.items()}
        *_, logits = budget.forward(self.rules, self.rules.exact(self.x), given).values()
        return logits, self.rules.softmax(self.rules.log_softmax(logits))

    def expected(self, answers: Trace, weights: Weights) -> Reference:
        """Return the exact answers; labels and accuracy must be those of the given logits."""
        logits, proba = self.exact(weights)
        found = np.asarray(answers.get("logits", logits.value))
        labels = (found if found.shape == logits.value.shape else logits.value).argmax(axis=1)
        trace, allowed = Trace(), {}
        for name, array in (("logits", logits), ("probabilities", proba)):
            trace[name] = array.value.astype(self.x.dtype)
            allowed[name] = Allowed(self.rules.reach * array.error, array.value, against="float64")
        trace |= {"labels": labels, RIGHT: self.right((labels == self.y).mean())}
        return Reference(trace, allowed | dict.fromkeys(("labels", RIGHT), BY_LOGITS))

    def gate(self, weights: Weights, context: CheckContext) -> Gate:
        """Return the gate of a package's answers with given weights."""
        return Gate(
            context,
            lambda package: [recorded(lambda trace: self.record(trace, weights, package))],
            lambda trace: self.expected(trace, weights),
        )

    def legitimate(self, weights: Weights, labels: np.ndarray) -> np.ndarray:
        """Return for each label whether rounding alone can make its logit the largest of its sample."""
        logits, _ = self.exact(weights)
        reach = self.rules.reach * logits.error
        possible = logits.value + reach >= (logits.value - reach).max(axis=1, keepdims=True)
        return np.take_along_axis(possible, labels[:, None], axis=1)[:, 0]


def prediction_gates(
    samples: HeldOutSet, train: Callable[[ModuleType], History], history: History, device: torch.device,
    context: CheckContext,
) -> list[Gate]:  # fmt: skip
    """Return the gates of the answers of a package that ``train`` trains, and of PyTorch's ``history``."""
    theirs = history.snapshots[-1]
    answers = samples.by_torch(theirs, device)
    answers.history = history

    def record(trace: Trace, package: ModuleType) -> None:
        trace.history = train(package)
        samples.record(trace, trace.history.snapshots[-1], package)
        trace[BESIDE] = trace["labels"]

    def expected(trace: Trace) -> Reference:
        ours = trace.history.snapshots[-1] if trace.history else theirs
        reference = samples.expected(trace, ours)
        labels, mine = answers["labels"].copy(), trace.get(BESIDE, np.empty(0))
        if mine.shape == labels.shape and ((mine >= 0) & (mine < samples.sizes[-1])).all():
            excused = samples.legitimate(ours, mine) & samples.legitimate(theirs, labels)
            labels[excused] = mine[excused]
        reference.trace[BESIDE] = labels
        return Reference(reference.trace, {**reference.budget, BESIDE: EXACT})

    beside = replace(context, sides=("PyTorch", ""))
    return [
        Gate(context, lambda package: [recorded(partial(record, package=package))], expected),
        Gate(beside, lambda _: [answers], lambda trace: samples.expected(trace, theirs)),
    ]


def each_sample(samples: HeldOutSet, numpy: Trace, torch: Trace) -> list[dict[str, Any]]:
    """Return an entry for each test sample: its label, each library's label and probabilities, the margin.

    ``may_flip`` says whether rounding alone can exchange the two classes of the largest logits.
    """
    ours, theirs = (trace.history.snapshots[-1] for trace in (numpy, torch) if trace.history)
    logits, _ = samples.exact(ours)
    second, first = np.argsort(logits.value, axis=1)[:, -2:].T
    values = np.take_along_axis(logits.value, np.stack([first, second], axis=1), axis=1)
    may_flip = samples.legitimate(ours, second) | samples.legitimate(theirs, second)
    return [
        {
            "sample": i, "label": int(samples.y[i]),
            "numpy": int(numpy["labels"][i]), "numpy_probabilities": numpy["probabilities"][i].tolist(),
            "torch": int(torch["labels"][i]), "torch_probabilities": torch["probabilities"][i].tolist(),
            "margin": float(values[i, 0] - values[i, 1]), "may_flip": bool(may_flip[i]),
        }
        for i in range(len(samples.y))
    ]  # fmt: skip
