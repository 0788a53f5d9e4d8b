"""What the commands of both packages print: a training, one sample's class, the test samples' classes."""

import sys

import numpy as np

from numpy_mlp.data import Dataset
from numpy_mlp.shared.numbers import fixed
from numpy_mlp.shared.outcome import Losses, outcome
from numpy_mlp.shared.weights import Checkpoint


def training_report(
    trained: Checkpoint, model: object, dataset: Dataset, train_accuracy: float, test_accuracy: float
) -> str:
    """Return what ``train`` prints, the same for both packages."""
    settings = trained.hyperparameters
    params = sum(data.size for data in trained.final.values())
    losses = trained.history.losses
    batch = "full batch" if settings["batch_size"] is None else f"batches of {settings['batch_size']}"
    extras = "".join(
        f", {name.replace('_', ' ')} {value:g}"
        for name, value in settings.items()
        if value and name not in ("epochs", "batch_size", "seed", "lr")
    )
    sizes = " -> ".join(map(str, trained.sizes))
    return "\n".join(
        [
            str(model),
            f"network    {sizes} on {trained.dataset}, {params:,} parameters, "
            f"{np.dtype(trained.dtype).name}, seed {settings['seed']}",
            f"training   {len(losses):,} epochs in {trained.history.seconds:.2f} s, "
            f"{batch}, lr {settings['lr']:g}{extras}",
            f"loss       {fixed(losses[0])} -> {fixed(losses[-1])}",
            f"train      {of_the_network(trained, train_accuracy, len(dataset.y_train))}",
            f"test       {of_the_network(trained, test_accuracy, len(dataset.y_test))}",
        ]
    )


def of_the_network(trained: Checkpoint, accuracy: float, samples: int) -> str:
    """Return an accuracy; none of a network whose weights are no numbers, for NaN answers no sample."""
    if not all(np.isfinite(data).all() for data in trained.final.values()):
        return "no answers: the weights are no numbers"
    return right(accuracy, samples)


def right(accuracy: float, samples: int) -> str:
    """Return an accuracy as a count and a percentage."""
    return f"{round(accuracy * samples)} of {samples} right ({accuracy:.2%})"


def warn_of_outcome(trained: Checkpoint) -> None:
    """Print on stderr that a training diverged or learned nothing, if so, and what to try."""
    history = trained.history
    climbs = bool(trained.hyperparameters.get("maximize"))
    guess = float(np.log(trained.sizes[-1]))
    found = outcome(Losses(history.losses, np.array(history.snapshot_epochs), None, guess, climbs))
    broken = np.flatnonzero(~np.isfinite(history.losses))
    lost = not all(np.isfinite(data).all() for data in trained.final.values())
    if found == "learned nothing" and not lost:
        what = f"the loss began at {fixed(history.losses[0], 3)} and ended at {fixed(history.losses[-1], 3)}"
        print(f"{what}: the network learned nothing; try another --lr, or more --epochs", file=sys.stderr)
    if found not in ("diverged", "climbed") and not lost:
        return
    if broken.size:
        what = f"the loss is {history.losses[broken[0]]} from epoch {broken[0] + 1} on"
    elif lost:
        what = "the last step made weights that are no numbers"
    else:
        what = f"the loss rose from {fixed(history.losses[0], 3)} to {fixed(history.losses[-1], 3)}"
    if climbs:
        advice = "--maximize climbs without an end; leave it out to learn, or take fewer --epochs"
    else:
        advice = "the training diverged; try a smaller --lr"
    print(f"{what}: {advice}", file=sys.stderr)


def raw_sample(trained: Checkpoint, values: list[float]) -> np.ndarray:
    """Return one sample (1, features), scaled as the training samples were, from measurements.

    Raises:
        ValueError: there are not as many values as features.
    """
    names = trained.feature_names
    if len(values) != len(names):
        raise ValueError(
            f"expected {len(names)} values ({', '.join(names[:4])}{', ...' if len(names) > 4 else ''}), "
            f"got {len(values)}"
        )
    for name, value, low, high in zip(
        names, values, trained.scaler.data_min, trained.scaler.data_max, strict=True
    ):
        if not low <= value <= high:
            print(
                f"note: {name} {value:g} lies outside of the training samples' {low:g} to {high:g}",
                file=sys.stderr,
            )
    with np.errstate(over="ignore"):  # sample_report raises an error for infinity
        return trained.scaler.transform(np.array([values])).astype(trained.dtype)


def sample_report(trained: Checkpoint, probabilities: np.ndarray) -> str:
    """Return a sample's class and the probability of each, largest first.

    Raises:
        ValueError: the probabilities are no numbers.
    """
    if not np.isfinite(probabilities).all():
        if not all(np.isfinite(data).all() for data in trained.final.values()):
            raise ValueError("the network has no answers: its training diverged, its weights are no numbers")
        raise ValueError(
            "the network has no answer to this sample: its values are too large for the arithmetic"
        )
    order = np.argsort(-probabilities, kind="stable")
    width = max(map(len, trained.class_names))
    lines = [f"  {trained.class_names[c]:<{width}}  {probabilities[c]:.6f}" for c in order]
    return "\n".join([trained.class_names[order[0]], *lines])


def test_report(trained: Checkpoint, dataset: Dataset, probabilities: np.ndarray) -> str:
    """Return how many test samples are right, and each one that is wrong."""
    if not np.isfinite(probabilities).all():
        return "test samples: no answers, the network's probabilities are no numbers; its training diverged"
    answers = probabilities.argmax(axis=1)
    lines = [f"test samples: {right(float((answers == dataset.y_test).mean()), len(answers))}"]
    lines += [
        f"  sample {i}: {trained.class_names[answers[i]]} ({probabilities[i, answers[i]]:.6f}), "
        f"in truth {trained.class_names[dataset.y_test[i]]} ({probabilities[i, dataset.y_test[i]]:.6f})"
        for i in np.flatnonzero(answers != dataset.y_test)
    ]
    return "\n".join(lines)
