"""``python -m numpy_mlp train | summary | predict | plot | stats``: the network by hand, as commands."""

import argparse
import sys
from pathlib import Path

import numpy as np

from numpy_mlp.data import load_dataset
from numpy_mlp.inference import accuracy, predict_proba
from numpy_mlp.mlp import MLP
from numpy_mlp.plots import forward_pass as forward_pass
from numpy_mlp.sgd import SGD
from numpy_mlp.shared.cli import arguments, reports, run
from numpy_mlp.shared.cli.flags import label_in_dataset
from numpy_mlp.shared.cli.folder import write_training
from numpy_mlp.shared.cli.parser import parser
from numpy_mlp.shared.cli.plotting import plot_command, stats_command
from numpy_mlp.shared.cli.saved_run import load_again
from numpy_mlp.shared.limits import check_network, check_training
from numpy_mlp.shared.weights import Checkpoint, load_weights, save_weights
from numpy_mlp.summary import summarize
from numpy_mlp.training import train


def train_command(args: argparse.Namespace) -> int:
    """Train a network, report, and save it where the flags say."""
    dtype = arguments.numpy_dtype(args.dtype)
    dataset = load_dataset(args.dataset, dtype=dtype)
    sizes = arguments.layer_sizes(args, dataset)
    check_training(sizes, len(dataset.x_train), args.epochs, dtype)
    model = MLP(*sizes, seed=args.seed, dtype=dtype)
    optimizer = SGD(model.parameters(), **arguments.sgd_arguments(args))
    # a diverged training is reported below, once, instead of by NumPy's warnings
    with np.errstate(over="ignore", invalid="ignore"):
        history = train(
            model,
            optimizer,
            dataset.x_train,
            dataset.y_train,
            epochs=args.epochs,
            batch_size=args.batch_size,
            seed=args.seed,
            progress="off" if args.quiet else args.progress,
        )
        train_accuracy = accuracy(model, dataset.x_train, dataset.y_train)
        test_accuracy = accuracy(model, dataset.x_test, dataset.y_test)
    trained = arguments.checkpoint("numpy", args, dataset, history)
    reports.warn_of_outcome(trained)
    print(reports.training_report(trained, model, dataset, train_accuracy, test_accuracy))
    if args.weights:
        save_weights(args.weights, trained)
        print(f"saved      {args.weights}")
    if args.out:
        files = write_training(trained, forward_pass, Path(args.out))
        print(f"saved      in {args.out}: {', '.join(files)}")
    return 0


def restore(trained: Checkpoint) -> MLP:
    """Return the trained network of a checkpoint."""
    model = MLP(*trained.sizes, dtype=trained.dtype)
    model.load_state_dict(trained.final)
    return model


def summary_command(args: argparse.Namespace) -> int:
    """Print the table of a new network, or of a saved one."""
    arguments.check_summary(args)
    if args.weights:
        model = restore(load_weights(args.weights))
    else:
        sizes = arguments.layer_sizes(args, load_dataset(args.dataset))
        dtype = arguments.numpy_dtype(args.dtype)
        check_network(sizes, np.dtype(dtype).itemsize)
        model = MLP(*sizes, seed=args.seed, dtype=dtype)
    input_size = (args.batch_size, model.fc1.weight.shape[1]) if args.batch_size else None
    print(summarize(model, input_size, arguments.columns(args), args.style))
    return 0


def predict_command(args: argparse.Namespace) -> int:
    """Print one sample's class, or how many of the test samples are right."""
    trained = load_weights(args.weights)
    model = restore(trained)
    if args.values:
        x = reports.raw_sample(trained, args.values)
        with np.errstate(over="ignore", invalid="ignore"):
            probabilities = predict_proba(model, x)[0]
        print(reports.sample_report(trained, probabilities))
    else:
        dataset = load_again(trained, trained.dtype)
        print(reports.test_report(trained, dataset, predict_proba(model, dataset.x_test)))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    commands_parser = parser("numpy_mlp", with_device=False)
    args = commands_parser.parse_args(argv)
    if "label" in args:
        label_in_dataset(commands_parser, args)
    commands = {
        "train": train_command,
        "summary": summary_command,
        "predict": predict_command,
        "plot": lambda args: plot_command(args, forward_pass),
        "stats": stats_command,
    }
    return run(lambda: commands[args.command](args))


if __name__ == "__main__":
    sys.exit(main())
