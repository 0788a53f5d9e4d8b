"""``python -m compare.run --fuzz N``: random networks through both libraries, counted and reported."""

import argparse
from types import ModuleType
from typing import TextIO

import torch
from tqdm import tqdm

from compare import report, torch_side
from compare.fuzz import SEEDS, Tally, fuzz

AGREE, DISAGREE = 0, 1


def command(
    args: argparse.Namespace,
    devices: tuple[torch.device, ...],
    package: ModuleType,
    stream: TextIO,
) -> int:
    """Run the cases under a bar, report, and return the exit code."""
    dtype = None if args.dtype == "both" else args.dtype
    tally = Tally()
    with (
        torch_side.matmul_precision(args.precision),
        tqdm(total=args.fuzz, desc="fuzz", unit="case", disable=True if args.quiet else None) as bar,
    ):
        try:
            for so_far in fuzz(args.fuzz, args.seed, dtype, devices, package):
                tally = so_far
                bar.update()
                stream.write("")  # a sign of life, where a parent waits for one
        except KeyboardInterrupt:
            raise KeyboardInterrupt(f"fuzz stopped after {tally.cases:,} of {args.fuzz:,} cases") from None
    lines = [counted(tally, args)]
    if tally.failed:
        lines += ["", report.divergence(tally.failed), "", f"repeat     {repeat(tally.failed_seed, args)}"]
    if not args.quiet:
        print("\n".join(lines), file=stream, flush=True)
    return DISAGREE if tally.failed else AGREE


def counted(tally: Tally, args: argparse.Namespace) -> str:
    """Return how many cases ran, and which array used most of its budget."""
    last = (args.seed + tally.cases - 1) % SEEDS
    lines = [
        f"{tally.cases:,} random networks (seeds {args.seed} to {last}), {tally.arrays:,} arrays; "
        f"{tally.sharp / max(1, tally.arrays):.0%} of them known to a thousandth of their size or better",
    ]
    if tally.most:
        most = tally.most
        lines.append(
            f"budgets    at most {report.share_of(most)} used, by {most.tensor} "
            f"({most.scenario}, {most.dtype}, {most.device})"
        )
    if tally.failed is None:
        lines.append("AGREE: every array stays within its budget")
    else:
        lines.append(f"DISAGREE: {tally.failed.scenario} leaves a budget")
    return "\n".join(lines)


def repeat(seed: int, args: argparse.Namespace) -> str:
    """Return the command that runs one case again."""
    words = ["python -m compare.run --fuzz 1 --seed", str(seed)]
    if args.dtype != "both":
        words += ["--dtype", args.dtype]
    if args.device != "auto":
        words += ["--device", args.device]
    if args.precision != "ieee":
        words += ["--precision", args.precision]
    if args.numpy:
        words += ["--numpy", str(args.numpy)]
    return " ".join(words)
