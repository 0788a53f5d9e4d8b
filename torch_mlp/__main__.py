"""``python -m torch_mlp train | summary | predict | plot | stats``: the network in PyTorch, as commands."""

import argparse
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from numpy_mlp.cli import flags, pictures, reports, run
from numpy_mlp.cli.folder import write_training
from numpy_mlp.cli.saved_run import ForwardPass
from numpy_mlp.weights import Checkpoint
from torch_mlp.modes import MODES, check_mode
from torch_mlp.workers import Workers, one_voice, under_torchrun

if TYPE_CHECKING:
    import torch

    from numpy_mlp.weights import History
    from torch_mlp.data import Dataset, TensorData
    from torch_mlp.mlp import MLP

# PyTorch is imported inside the commands: --help and a mistyped flag need not wait for it.


def train_command(args: argparse.Namespace) -> int:
    """Train a network, report, and save it where ``--weights`` says; of several workers, the first does."""
    workers = Workers.from_environment()
    with under_torchrun(workers):
        model, dataset, data, history = train_network(args, workers)
    if workers and workers.rank:
        return 0
    from torch_mlp.inference import accuracy
    from torch_mlp.weights import save_weights

    train_accuracy = accuracy(model, data.x_train, data.y_train)
    test_accuracy = accuracy(model, data.x_test, data.y_test)
    reports.warn_of_divergence(history)
    trained = flags.checkpoint("torch", args, dataset, history)
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
    from torch_mlp.distributed import process_group
    from torch_mlp.mlp import MLP
    from torch_mlp.training import train

    device = announce(args, workers)
    dataset = load_dataset(args.dataset, dtype=flags.numpy_dtype(args.dtype))
    data = to_device(dataset, device)
    torch.manual_seed(args.seed)
    model = MLP(*flags.layer_sizes(args, dataset)).to(device, data.x_train.dtype)
    optimizer = torch.optim.SGD(model.parameters(), **flags.sgd_arguments(args))
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


def announce(args: argparse.Namespace, workers: Workers | None = None) -> "torch.device":
    """Return the device that ``--device`` names; if PyTorch chose, or for several workers, say what it is."""
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


def plot_command(args: argparse.Namespace) -> int:
    """Draw a saved training."""
    device = announce(args)
    return pictures.plot_command(args, lambda trained: forward_pass(trained, device))


def forward_pass(trained: Checkpoint, device: "torch.device") -> ForwardPass:
    """Lend this package's forward pass to the pictures: the network of a checkpoint, in float64."""
    import torch

    from torch_mlp.inference import predict_logits, predict_proba
    from torch_mlp.weights import restore, to_torch

    model = restore(trained).double().to(device)
    criterion = torch.nn.CrossEntropyLoss()

    def outputs(weights: Mapping[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
        """Return each layer's output by name."""
        model.load_state_dict(to_torch(weights))
        found, output = {}, torch.tensor(x, device=device)
        with torch.no_grad():
            for name, layer in model.named_children():
                output = layer(output)
                found[name] = output.cpu().numpy()
        return found

    def proba(weights: Mapping[str, np.ndarray], x: np.ndarray) -> np.ndarray:
        """Return the probabilities."""
        model.load_state_dict(to_torch(weights))
        return predict_proba(model, torch.tensor(x, device=device)).cpu().numpy()

    def loss(weights: Mapping[str, np.ndarray], x: np.ndarray, y: np.ndarray) -> float:
        """Return the mean cross-entropy."""
        model.load_state_dict(to_torch(weights))
        logits = predict_logits(model, torch.tensor(x, device=device))
        return criterion(logits, torch.tensor(y, device=device)).item()

    return ForwardPass(outputs, proba, loss)


def main(argv: list[str] | None = None) -> int:
    """Run the command that ``argv`` names and return its exit code."""
    commands = {
        "train": train_command,
        "summary": summary_command,
        "predict": predict_command,
        "plot": plot_command,
        "stats": pictures.stats_command,
    }
    workers = Workers.from_environment()

    def command() -> int:
        """Run it, unless several workers would, and one is enough."""
        parser = flags.parser("torch_mlp", with_device=True, modes=MODES)
        args = parser.parse_args(argv)
        if workers and args.command != "train":
            alone = f"python -m torch_mlp {args.command}"
            parser.error(f"torchrun is for train; start this one alone: {alone}")
        return run(lambda: commands[args.command](args))

    return one_voice(workers, command)


if __name__ == "__main__":
    sys.exit(main())
