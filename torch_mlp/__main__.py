"""``python -m torch_mlp train | summary | predict | plot | stats``: the network in PyTorch, as commands."""

import argparse
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from numpy_mlp.shared.cli import arguments, reports, run
from numpy_mlp.shared.cli.flags import label_in_dataset
from numpy_mlp.shared.cli.folder import write_training
from numpy_mlp.shared.cli.parser import parser
from numpy_mlp.shared.cli.plotting import plot_command, stats_command
from numpy_mlp.shared.cli.saved_run import load_again
from numpy_mlp.shared.limits import check_memory, check_network, check_training
from torch_mlp.faster.modes import MODES, check_mode
from torch_mlp.faster.torchrun import under_torchrun, with_one_output
from torch_mlp.faster.workers import Workers

if TYPE_CHECKING:
    import torch

    from numpy_mlp.shared.history import History
    from torch_mlp.data import Dataset, TensorData
    from torch_mlp.mlp import MLP

# PyTorch is imported inside the commands: --help and errors in flags need not wait for it.


def train_command(args: argparse.Namespace) -> int:
    """Train a network, report, and save it where the flags say; of several workers, only the first does."""
    workers = Workers.from_environment()
    with under_torchrun(workers):
        model, dataset, data, history = train_network(args, workers)
    if workers and workers.rank:
        return 0
    from torch_mlp.inference import accuracy
    from torch_mlp.weights import forward_pass, save_weights

    train_accuracy = accuracy(model, data.x_train, data.y_train)
    test_accuracy = accuracy(model, data.x_test, data.y_test)
    trained = arguments.checkpoint("torch", args, dataset, history)
    reports.warn_of_outcome(trained)
    print(reports.training_report(trained, model, dataset, train_accuracy, test_accuracy))
    if args.mode != MODES[0]:
        print(f"mode       {args.mode}")
    if args.weights:
        save_weights(args.weights, trained)
        print(f"saved      {args.weights}")
    if args.out:
        device = data.x_train.device
        files = write_training(trained, lambda trained: forward_pass(trained, device), Path(args.out))
        print(f"saved      in {args.out}: {', '.join(files)}")
    return 0


def train_network(
    args: argparse.Namespace, workers: Workers | None
) -> "tuple[MLP, Dataset, TensorData, History]":
    """Train a network, together with the other workers if there are any."""
    import torch

    from torch_mlp.data import load_dataset, to_device
    from torch_mlp.faster.distributed import process_group
    from torch_mlp.faster.training import train
    from torch_mlp.mlp import MLP

    device = announced_device(args, workers)
    dataset = load_dataset(args.dataset, dtype=arguments.numpy_dtype(args.dtype))
    sizes = arguments.layer_sizes(args, dataset)
    check_training(sizes, len(dataset.x_train), args.epochs, arguments.numpy_dtype(args.dtype))
    data = to_device(dataset, device)
    torch.manual_seed(args.seed)
    model = MLP(*sizes).to(device, data.x_train.dtype)
    optimizer = torch.optim.SGD(model.parameters(), **arguments.sgd_arguments(args))
    with process_group(workers, device) if workers else nullcontext():
        history = train(
            model,
            optimizer,
            data.x_train,
            data.y_train,
            epochs=args.epochs,
            batch_size=args.batch_size,
            seed=args.seed,
            progress="off" if args.quiet or (workers and workers.rank) else args.progress,
            mode=args.mode,
            workers=workers,
        )
    return model, dataset, data, history


def announced_device(args: argparse.Namespace, workers: Workers | None = None) -> "torch.device":
    """Return the device for ``--device``; print it on stderr if PyTorch chose it, or for workers."""
    from torch_mlp.device import choose_device, choose_own_device, describe

    device = choose_own_device(args.device, workers) if workers else choose_device(args.device)
    if args.command == "train":
        check_mode(args.mode, device, workers)
    quiet = getattr(args, "quiet", False) or (workers and workers.rank)
    if (args.device == "auto" or workers) and not quiet:
        count = f", {workers.world_size} workers" if workers and workers.world_size > 1 else ""
        print(f"device: {describe(device)}{count}", file=sys.stderr)
    return device


def summary_command(args: argparse.Namespace) -> int:
    """Print the table of a new network, or of a saved one."""
    import torch

    from torch_mlp.data import load_dataset
    from torch_mlp.mlp import MLP
    from torch_mlp.summary import summarize, table
    from torch_mlp.weights import load_weights, restore

    arguments.check_summary(args)
    device = announced_device(args)
    if args.weights:
        model = restore(load_weights(args.weights)).to(device)
    else:
        sizes = arguments.layer_sizes(args, load_dataset(args.dataset))
        check_network(sizes, getattr(torch, args.dtype).itemsize)
        torch.manual_seed(args.seed)
        model = MLP(*sizes).to(device, getattr(torch, args.dtype))
    batch, features = args.batch_size or 1, next(model.parameters()).shape[1]
    check_memory(
        f"a batch of {batch:,} samples", 4 * batch * sum(param.shape[0] for param in model.parameters())
    )
    if args.style == "torchsummary":
        try:
            import torchsummary
        except ImportError:
            raise ValueError("torchsummary is not installed; pip install torchsummary") from None
        torchsummary.summary(model.float(), (features,), device=device.type)
    else:
        print(table(summarize(model, (batch, features), arguments.columns(args))))
    return 0


def predict_command(args: argparse.Namespace) -> int:
    """Print one sample's class, or how many of the test samples are right."""
    import torch

    from torch_mlp.inference import predict_proba
    from torch_mlp.weights import load_weights, restore

    device = announced_device(args)
    trained = load_weights(args.weights)
    model = restore(trained).to(device)
    if args.values:
        x = torch.tensor(reports.raw_sample(trained, args.values), device=device)
        print(reports.sample_report(trained, predict_proba(model, x)[0].cpu().numpy()))
    else:
        dataset = load_again(trained, trained.dtype)
        x = torch.tensor(dataset.x_test, device=device)
        print(reports.test_report(trained, dataset, predict_proba(model, x).cpu().numpy()))
    return 0


def draw_command(args: argparse.Namespace) -> int:
    """Draw a saved training."""
    from torch_mlp.weights import forward_pass

    device = announced_device(args)
    return plot_command(args, lambda trained: forward_pass(trained, device))


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    commands = {
        "train": train_command,
        "summary": summary_command,
        "predict": predict_command,
        "plot": draw_command,
        "stats": stats_command,
    }
    workers = Workers.from_environment()

    def command() -> int:
        """Run the command; only train runs under torchrun."""
        commands_parser = parser("torch_mlp", with_device=True, modes=MODES)
        args = commands_parser.parse_args(argv)
        if "label" in args:
            label_in_dataset(commands_parser, args)
        if workers and args.command != "train":
            alone = f"python -m torch_mlp {args.command}"
            commands_parser.error(f"torchrun is for train; start this one alone: {alone}")
        return run(lambda: commands[args.command](args))

    return with_one_output(workers, command)


if __name__ == "__main__":
    sys.exit(main())
