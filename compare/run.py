"""``python -m compare.run``: prove that the network by hand and the network in PyTorch agree.

Exit codes: 0 they agree, 1 they disagree, 2 wrong usage, 3 the device that was asked for is not there,
4 the self-test failed, 130 stopped with Ctrl-C.
"""

import argparse
import sys
from pathlib import Path
from types import ModuleType
from typing import TextIO

import numpy_mlp
from compare import judge
from compare.child import seconds
from numpy_mlp.cli import DeviceNotFoundError, Parser, run
from numpy_mlp.cli.flags import (
    add_mode_flag,
    add_network_flags,
    device_name,
    integer_from,
    picture_file,
    writable_folder,
    writable_or_stdout,
)
from numpy_mlp.files import replacing
from torch_mlp.modes import MODES, check_mode

AGREE, DISAGREE = 0, 1
QUICK_EPOCHS = 500
MOST_WORKERS = 64  # each has a sample, in every data set


def parser() -> Parser:
    """Return the parser of ``python -m compare.run``."""
    top = Parser(
        prog="python -m compare.run",
        description="Give both libraries the same weights and prove that everything they compute agrees.",
        epilog="exit codes: 0 agree, 1 disagree, 2 wrong usage, 3 no such device, 4 the self-test failed",
    )
    add_network_flags(top)
    top.add_argument(
        "--device", type=all_or_device, default="auto", help="auto, cpu, cuda, cuda:N or all (default: auto)"
    )
    top.add_argument("--dtype", choices=("float32", "float64", "both"), default="both", help="default: both")
    length = top.add_mutually_exclusive_group()
    length.add_argument(
        "--epochs", type=integer_from(1), default=20_000, help="of the long training (default: 20000)"
    )
    length.add_argument("--quick", action="store_true", help=f"{QUICK_EPOCHS} epochs")
    top.add_argument(
        "--precision", choices=("ieee", "tf32"), default="ieee",
        help="of float32 matrix products on CUDA; tf32 shows what it costs, and only reports",
    )  # fmt: skip
    add_mode_flag(top, MODES)
    top.add_argument(
        "--workers", type=integer_from(2, MOST_WORKERS), default=1, metavar="N",
        help="let N processes of PyTorch train together, each with its share of every batch",
    )  # fmt: skip
    top.add_argument(
        "--fuzz", type=integer_from(1), metavar="N",
        help="compare N random networks instead; case i is drawn from the seed --seed + i",
    )  # fmt: skip
    top.add_argument(
        "--numpy", metavar="PATH_OR_MODULE",
        help="put this package in numpy_mlp's place; it runs with your rights, in a process of its own",
    )  # fmt: skip
    top.add_argument(
        "--timeout", type=seconds, default=judge.SECONDS, metavar="S",
        help=f"with --numpy: seconds that each gate may take (default: {judge.SECONDS:g})",
    )  # fmt: skip
    top.add_argument(
        "--inject", type=known_bug, metavar="NAME",
        help="plant a classic mistake in the NumPy network, and see it found and named",
    )  # fmt: skip
    top.add_argument(
        "--self-test", action="store_true",
        help="plant every known mistake, print which gate sees it and how it is named; exit 4 if one isn't",
    )  # fmt: skip
    top.add_argument(
        "--out", type=writable_folder, metavar="DIR", help="write report.html, .md, .json and pictures there"
    )
    top.add_argument(
        "--plot", type=picture_file, metavar="FILE", help="draw how far the two trainings drift apart"
    )
    top.add_argument(
        "--json", type=writable_or_stdout, metavar="PATH", help="write the report as JSON; - is stdout"
    )
    amount = top.add_mutually_exclusive_group()
    amount.add_argument("-v", "--verbose", action="store_true", help="one line for each array")
    amount.add_argument("-q", "--quiet", action="store_true", help="no output but the exit code (and --json)")
    return top


def all_or_device(text: str) -> str:
    """Parse a device, or ``all``."""
    return text if text == "all" else device_name(text)


def known_bug(text: str) -> str:
    """Parse the name of a bug of ``compare.bugs``."""
    from compare.bugs.catalogue import bug_named

    try:
        return bug_named(text).name
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def injected(args: argparse.Namespace) -> int:
    """Run the comparison with a known bug in the NumPy network."""
    from compare.bugs.bug import plant
    from compare.bugs.catalogue import bug_named

    return compare(args, plant(bug_named(args.inject)))


def self_test() -> int:
    """Let the comparison show that it sees every known bug."""
    from compare.bugs.self_test import self_test

    return self_test()


def compare(
    args: argparse.Namespace,
    package: ModuleType = numpy_mlp,
    out: TextIO | None = None,
    err: TextIO | None = None,
) -> int:
    """Run the proof, report it to ``out`` (stdout) or ``err`` (stderr), and return the exit code."""
    import torch

    from compare import keep, report
    from compare.proof import Proof, Settings, prove
    from torch_mlp.device import choose_device, choose_own_device, describe
    from torch_mlp.workers import Workers

    if args.workers > 1:
        devices = [choose_own_device(args.device, Workers(0, args.workers, 0, args.workers))]
    elif args.device == "all":
        count = torch.cuda.device_count() if torch.cuda.is_available() else 0
        devices = [torch.device("cpu"), *(torch.device(f"cuda:{i}") for i in range(count))]
    else:
        devices = [choose_device(args.device)]
    for device in devices:
        check_mode(args.mode, device)
    if args.precision == "tf32" and not any(device.type == "cuda" for device in devices):
        raise DeviceNotFoundError("--precision tf32 needs a CUDA device, and this run has none")
    out, err = out or sys.stdout, err or sys.stderr
    text = err if args.json == "-" else out
    if args.device in ("auto", "all") and not args.quiet:
        print(f"device: {', '.join(map(describe, devices))}", file=sys.stderr)

    def say(line: str) -> None:
        if not args.quiet:
            print(line, file=text, flush=True)

    if args.fuzz:
        from compare import fuzz_report

        return fuzz_report.command(args, tuple(devices), package, text)
    proof = Proof.prepare(
        Settings(
            dataset=args.dataset,
            hidden=tuple(args.hidden),
            seed=args.seed,
            epochs=QUICK_EPOCHS if args.quick else args.epochs,
            dtypes=("float32", "float64") if args.dtype == "both" else (args.dtype,),
            devices=tuple(devices),
            precision=args.precision,
            verbose=args.verbose,
            package=package,
            workers=args.workers,
            mode=args.mode,
        )
    )
    say(report.heading(proof))
    for number, gate in enumerate(prove(proof)):
        say(report.gate_line(number, gate, proof, text))
        if args.verbose:
            say("\n".join(f"  {report.check_line(check)}" for check in proof.checks if check.gate == gate))
    say(report.closing(proof, text))
    if report.verdict(proof) == "disagree" and args.precision != "tf32" and not args.quiet:
        from compare.bugs.diagnosis import diagnose

        say(f"\n{diagnose(package).text()}")
    if args.json == "-":
        out.write(report.as_json(proof))
    elif args.json:
        with replacing(args.json) as file:
            file.write(report.as_json(proof).encode())
    if args.plot:
        keep.save_agreement(proof, args.plot)
    if args.out:
        files = keep.keep(proof, Path(args.out))
        print(f"saved in {args.out}: {', '.join(files)}", file=sys.stderr)
    return AGREE if report.verdict(proof) == "agree" or args.precision == "tf32" else DISAGREE


def main(argv: list[str] | None = None) -> int:
    """Run the comparison that ``argv`` describes and return its exit code."""
    args = parser().parse_args(argv)
    if args.fuzz and (args.json or args.out or args.plot):
        parser().error("--fuzz writes no report: leave out --json, --out and --plot")
    if args.workers > 1 and (args.fuzz or args.self_test or args.device == "all"):
        parser().error("--workers is for one comparison on one device: leave out --fuzz, --self-test, all")
    if args.mode != MODES[0] and (args.fuzz or args.self_test or args.workers > 1):
        parser().error("--mode is for one comparison in one process: leave out --fuzz, --self-test, workers")
    if args.inject and args.numpy:
        parser().error("--inject plants its bug in numpy_mlp: leave out --numpy")
    if args.self_test:
        return run(self_test)
    if args.inject:
        return run(lambda: injected(args))
    return run(lambda: judge.supervise(args) if args.numpy else compare(args))


if __name__ == "__main__":
    sys.exit(main())
