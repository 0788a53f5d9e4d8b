"""What the commands of both packages print: a training, one sample's class, the test samples' classes."""

import sys

import numpy as np

from numpy_mlp.data import Dataset
from numpy_mlp.shared.history import History
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
            f"loss       {losses[0]:.6f} -> {losses[-1]:.6f}",
            f"train      {right(train_accuracy, len(dataset.y_train))}",
            f"test       {right(test_accuracy, len(dataset.y_test))}",
        ]
    )


def right(accuracy: float, samples: int) -> str:
    """Return an accuracy as a count and a percentage."""
    return f"{round(accuracy * samples)} of {samples} right ({accuracy:.2%})"


def warn_of_divergence(history: History) -> None:
    """Print on stderr the first epoch whose loss is NaN or infinite, if there is one."""
    broken = np.flatnonzero(~np.isfinite(history.losses))
    if broken.size:
        print(f"the loss is {history.losses[broken[0]]} from epoch {broken[0] + 1} on: "
              "the training diverged; try a smaller --lr", file=sys.stderr)  # fmt: skip


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
        raise ValueError(
            "the network has no answer to this sample: its values are too large for the arithmetic"
        )
    order = np.argsort(-probabilities, kind="stable")
    width = max(map(len, trained.class_names))
    lines = [f"  {trained.class_names[c]:<{width}}  {probabilities[c]:.6f}" for c in order]
    return "\n".join([trained.class_names[order[0]], *lines])


def test_report(trained: Checkpoint, dataset: Dataset, probabilities: np.ndarray) -> str:
    """Return how many test samples are right, and each one that is wrong."""
    answers = probabilities.argmax(axis=1)
    lines = [f"test samples: {right(float((answers == dataset.y_test).mean()), len(answers))}"]
    lines += [
        f"  sample {i}: {trained.class_names[answers[i]]} ({probabilities[i, answers[i]]:.6f}), "
        f"in truth {trained.class_names[dataset.y_test[i]]} ({probabilities[i, dataset.y_test[i]]:.6f})"
        for i in np.flatnonzero(answers != dataset.y_test)
    ]
    return "\n".join(lines)
