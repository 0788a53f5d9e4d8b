"""``python -m compare.benchmark``: how long an epoch takes, in each library, on this machine.

Exit codes: 0 done, 2 wrong usage, 3 no such device, 130 stopped with Ctrl-C.
"""

import argparse
import os
import sys

from numpy_mlp.cli import DeviceNotFoundError, Parser, run
from numpy_mlp.cli.flags import integer_from, picture_file, writable_or_stdout
from numpy_mlp.files import replacing

ROUNDS, QUICK_ROUNDS = 21, 5


def parser() -> Parser:
    """Return the parser of ``python -m compare.benchmark``."""
    top = Parser(
        prog="python -m compare.benchmark",
        description="Train the same networks with each library in turn, many times, and compare the times.",
        epilog="exit codes: 0 done, 2 wrong usage, 3 no such device",
    )
    top.add_argument(
        "--threads", type=integer_from(1), default=available_cores(), metavar="N",
        help="for NumPy's and PyTorch's matrix products (default: the cores of this machine, %(default)s)",
    )  # fmt: skip
    top.add_argument(
        "--device", choices=("auto", "cpu", "cuda"), default="auto",
        help="auto adds the rows of the GPU if there is one; cuda insists on them (default: auto)",
    )  # fmt: skip
    length = top.add_mutually_exclusive_group()
    length.add_argument(
        "--rounds", type=integer_from(1), default=ROUNDS, metavar="N",
        help=f"how often each is timed (default: {ROUNDS})",
    )  # fmt: skip
    length.add_argument(
        "--quick", action="store_true",
        help=f"{QUICK_ROUNDS} rounds, and torch.compile for the smallest network only: within a minute",
    )  # fmt: skip
    top.add_argument("--plot", type=picture_file, metavar="FILE", help="draw time against size")
    top.add_argument(
        "--json", type=writable_or_stdout, metavar="PATH", help="write all times as JSON; - is stdout"
    )
    return top


def available_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def warn_if_busy(threads: int) -> None:
    """Say so if other programs leave fewer cores than threads: these then wait for each other."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > available_cores() - threads + 0.5:
        print(
            f"note: other programs are running (load {load:.1f} on {available_cores()} cores); "
            "the times below are theirs, too",
            file=sys.stderr,
        )


def benchmark(args: argparse.Namespace) -> int:
    """Measure, and report."""
    import torch
    from tqdm import tqdm

    from compare.benchmark import report
    from compare.benchmark.contestants import COMPILED, ON_CPU, ON_CUDA
    from compare.benchmark.measure import cuda_training, measure, peak_memory, threads
    from compare.benchmark.workload import IRIS, WORKLOADS
    from compare.environment import environment, processor

    if args.device == "cuda" and not torch.cuda.is_available():
        raise DeviceNotFoundError(f"--device cuda: PyTorch {torch.__version__} sees none here; use cpu")
    contestants = [*ON_CPU] if args.device == "cpu" else [*ON_CPU, *ON_CUDA]
    rounds = QUICK_ROUNDS if args.quick else args.rounds
    warn_if_busy(args.threads)
    text = sys.stderr if args.json == "-" else sys.stdout
    measured, cuda = [], {}
    with threads(args.threads):
        device = torch.device("cuda" if torch.cuda.is_available() and args.device != "cpu" else "cpu")
        where = environment((device,))
        machine = f"{processor()}, {args.threads} threads each for NumPy {where['numpy']} and PyTorch"
        machine += f" {where['torch']}"
        print(f"{machine}\n{', '.join(where['devices'])}, float32, full batches", file=text)
        with tqdm(total=rounds * len(WORKLOADS), unit="round", disable=None, leave=False) as bar:
            for workload in WORKLOADS:
                taking_part = [
                    contestant
                    for contestant in contestants
                    if contestant.only in (None, workload)
                    and not (args.quick and contestant.name == COMPILED and workload is not IRIS)
                ]
                one = measure(workload, taking_part, rounds, bar.update)
                one.peak = peak_memory(workload) if workload.large else None
                measured.append(one)
                bar.clear()
                print(f"\n{report.table(one)}", file=text, flush=True)
        if device.type == "cuda":
            cuda = {mode: min(cuda_training(mode) for _ in range(3)) for mode in ("eager", "graph")}
    print("\nwhat numpy_mlp promises on two CPU cores", file=text)
    for mark in report.marks(measured, cuda):
        print(report.mark_line(mark), file=text)
    if args.json == "-":
        sys.stdout.write(report.as_json(measured, cuda, where, args.threads))
    elif args.json:
        with replacing(args.json) as file:
            file.write(report.as_json(measured, cuda, where, args.threads).encode())
    if args.plot:
        from compare.benchmark.figure import figure
        from numpy_mlp.plots.style import save

        save(figure(measured, machine), args.plot)
    return 0


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark that ``argv`` describes and return its exit code."""
    args = parser().parse_args(argv)
    return run(lambda: benchmark(args))


if __name__ == "__main__":
    sys.exit(main())
