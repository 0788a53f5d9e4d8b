"""``python -m torch_mlp train | summary | predict``: the network in PyTorch, on the command line."""

import argparse
import sys
from typing import TYPE_CHECKING

from numpy_mlp.cli import flags, reports, run

if TYPE_CHECKING:
    import torch

# PyTorch is imported inside the commands: --help and a mistyped flag need not wait for it.


def train_command(args: argparse.Namespace) -> int:
    """Train a network, report, and save it where ``--weights`` says."""
    import torch

    from torch_mlp.data import load_dataset, to_device
    from torch_mlp.inference import accuracy
    from torch_mlp.mlp import MLP
    from torch_mlp.training import train
    from torch_mlp.weights import save_weights

    device = announce(args)
    dataset = load_dataset(args.dataset, dtype=flags.numpy_dtype(args.dtype))
    data = to_device(dataset, device)
    torch.manual_seed(args.seed)
    model = MLP(*flags.layer_sizes(args, dataset)).to(device, data.x_train.dtype)
    optimizer = torch.optim.SGD(model.parameters(), **flags.sgd_arguments(args))
    history = train(
        model,
        optimizer,
        data.x_train,
        data.y_train,
        epochs=args.epochs,
        batch_size=args.batch_size,
        seed=args.seed,
        progress="off" if args.quiet else args.progress,
    )
    train_accuracy = accuracy(model, data.x_train, data.y_train)
    test_accuracy = accuracy(model, data.x_test, data.y_test)
    reports.warn_of_divergence(history)
    trained = flags.checkpoint("torch", args, dataset, history)
    print(reports.training_report(trained, model, dataset, train_accuracy, test_accuracy))
    if args.weights:
        save_weights(args.weights, trained)
        print(f"saved      {args.weights}")
    return 0


def announce(args: argparse.Namespace) -> "torch.device":
    """Return the device that ``--device`` names; if PyTorch chose, say what it took."""
    from torch_mlp.device import choose_device, describe

    device = choose_device(args.device)
    if args.device == "auto" and not getattr(args, "quiet", False):
        print(f"device: {describe(device)}", file=sys.stderr)
    return device


def summary_command(args: argparse.Namespace) -> int:
    """Print the table of a new network, or of a saved one."""
    import torch

    from torch_mlp.data import load_dataset
    from torch_mlp.mlp import MLP
    from torch_mlp.summary import summarize, table
    from torch_mlp.weights import load_weights, restore

    device = announce(args)
    if args.weights:
        model = restore(load_weights(args.weights)).to(device)
    else:
        sizes = flags.layer_sizes(args, load_dataset(args.dataset))
        torch.manual_seed(args.seed)
        model = MLP(*sizes).to(device, getattr(torch, args.dtype))
    features = next(model.parameters()).shape[1]
    if args.style == "torchsummary":
        try:
            import torchsummary
        except ImportError:
            raise ValueError("torchsummary is not installed; pip install torchsummary") from None
        torchsummary.summary(model.float(), (features,), device=device.type)
    else:
        print(table(summarize(model, (args.batch_size, features), tuple(args.columns))))
    return 0


def predict_command(args: argparse.Namespace) -> int:
    """Name one sample, or count the right answers on the test samples."""
    import torch

    from torch_mlp.data import load_dataset
    from torch_mlp.inference import predict_proba
    from torch_mlp.weights import load_weights, restore

    device = announce(args)
    trained = load_weights(args.weights)
    model = restore(trained).to(device)
    if args.values:
        x = torch.tensor(reports.raw_sample(trained, args.values), device=device)
        print(reports.sample_report(trained, predict_proba(model, x)[0].cpu().numpy()))
    else:
        dataset = load_dataset(trained.dataset, dtype=trained.dtype)
        x = torch.tensor(dataset.x_test, device=device)
        print(reports.test_report(trained, dataset, predict_proba(model, x).cpu().numpy()))
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    args = flags.parser("torch_mlp", with_device=True).parse_args(argv)
    command = {"train": train_command, "summary": summary_command, "predict": predict_command}[args.command]
    return run(lambda: command(args))


if __name__ == "__main__":
    sys.exit(main())
