"""``python -m compare.benchmark``: how long an epoch takes, in each library, on this machine."""

import argparse
import os
import sys
from pathlib import Path

from compare.exit_codes import DONE
from numpy_mlp.shared.cli import Parser, run
from numpy_mlp.shared.cli.flags import (
    at_most_cores,
    available_cores,
    integer_from,
    picture_file,
    writable_or_stdout,
)

ROUNDS, QUICK_ROUNDS, MOST_ROUNDS = 21, 5, 10_000


def parser() -> Parser:
    """Return the parser of ``python -m compare.benchmark``."""
    top = Parser(
        prog="python -m compare.benchmark",
        description="Train the same networks with each library in turn, many times, and compare the times.",
        epilog="exit codes: 0 done, 2 wrong usage, 3 no such device",
    )
    add = top.add_argument
    add_length = top.add_mutually_exclusive_group().add_argument
    # fmt: off
    add("--threads", type=at_most_cores, default=default_threads(), metavar="N",
        help="for NumPy's and PyTorch's matrix products (default: OMP_NUM_THREADS, or the cores of this "
        "machine; here %(default)s)")
    add("--device", choices=("auto", "cpu", "cuda"), default="auto",
        help="auto adds the rows of the GPU if there is one; cuda insists on them (default: auto)")
    add_length("--rounds", type=integer_from(1, MOST_ROUNDS), default=ROUNDS, metavar="N",
        help=f"how often each is timed (default: {ROUNDS})")
    add_length("--quick", action="store_true",
        help=f"{QUICK_ROUNDS} rounds, and torch.compile for the smallest network only")
    # fmt: on
    add("--plot", type=picture_file, metavar="FILE", help="draw time against size")
    add("--json", type=writable_or_stdout, metavar="PATH", help="write all times as JSON; - is stdout")
    return top


def default_threads() -> int:
    """Return OMP_NUM_THREADS where it is a number of this machine's cores, else the cores that there are."""
    try:
        return at_most_cores(os.environ["OMP_NUM_THREADS"])
    except (KeyError, argparse.ArgumentTypeError):
        return available_cores()


def warn_if_busy(threads: int) -> None:
    """Print a note if other programs leave fewer cores than threads, which then wait for each other."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    if load > available_cores() - threads + 0.5:
        print(f"note: other programs are running (load {load:.1f} on {available_cores()} cores); "
              "the times below are theirs, too", file=sys.stderr)  # fmt: skip


def benchmark(args: argparse.Namespace) -> int:
    """Measure and report."""
    from tqdm import tqdm

    from compare.benchmark import report
    from compare.benchmark.figure import figure
    from compare.benchmark.implementations import chosen
    from compare.benchmark.measure import Timing, measure, peak_memory, whole_trainings
    from compare.benchmark.workload import WORKLOADS
    from compare.report.environment import environment, processor
    from compare.report.files import write
    from compare.threads import threads
    from numpy_mlp.shared.plots.style import save
    from torch_mlp.device import choose_device

    device = choose_device(args.device)
    rounds = QUICK_ROUNDS if args.quick else args.rounds
    warn_if_busy(args.threads)
    text = sys.stderr if args.json == "-" else sys.stdout
    timings: list[Timing] = []
    with threads(args.threads):
        where = environment((device,))
        machine = (f"{processor()}, {args.threads} threads each for NumPy {where['numpy']} and PyTorch "
                   f"{where['torch']}")  # fmt: skip
        print(f"{machine}\n{', '.join(where['devices'])}, float32, full batches", file=text)
        with tqdm(total=rounds * len(WORKLOADS), unit="round", disable=None, leave=False) as bar:
            for workload in WORKLOADS:
                if bar.disable:  # stderr is no terminal
                    print(f"benchmark: {workload.name}, {rounds} rounds", file=sys.stderr, flush=True)
                timing = measure(workload, chosen(workload, args.device, args.quick), rounds, bar.update)
                timing.peak = peak_memory(workload) if workload.large else None
                timings.append(timing)
                bar.clear()
                print(f"\n{report.timing_table(timing)}", file=text, flush=True)
        cuda = whole_trainings(device) if device.type == "cuda" else {}
    print(f"\n{report.closing(timings, cuda)}", file=text)
    times = report.as_json(timings, cuda, where, args.threads)
    if args.json == "-":
        sys.stdout.write(times)
    elif args.json:
        write(Path(args.json), times)
    if args.plot:
        save(figure(timings, machine), args.plot)
    return DONE


def main(argv: list[str] | None = None) -> int:
    """Run the benchmark that ``argv`` describes and return its exit code."""
    return run(lambda: benchmark(parser().parse_args(argv)))


if __name__ == "__main__":
    sys.exit(main())
