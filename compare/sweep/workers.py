"""The runs of a sweep: those that its folder holds are read, the others are trained by worker processes."""

import signal
import sys
import warnings
from collections.abc import Generator
from contextlib import ExitStack, closing
from dataclasses import replace
from pathlib import Path

from compare.sweep import log
from compare.sweep.runs import Record, Run, measure


def records_of(runs: list[Run], jobs: int, out: Path | None) -> list[Record]:
    """Return the records of all runs, in their order; new ones are appended to ``out``/runs.jsonl."""
    from tqdm import tqdm

    found: dict[Run, Record] = {}
    with ExitStack() as stack:
        if out:
            out.mkdir(parents=True, exist_ok=True)
            path = out / "runs.jsonl"
            found, file = log.read(path), stack.enter_context(path.open("ab"))
        # a disagreement is compared again: the network may have been corrected since
        agreeing = {run for run, record in found.items() if record.agrees}
        finished = agreeing if runs[0].backend == "both" else found.keys()
        missing = [run for run in runs if not finished >= set(run.for_each_library())]
        done = len(runs) - len(missing)
        if out:
            new = {one for run in runs for one in run.for_each_library()} - found.keys()
            if stale := sum(replace(run, content=runs[0].content) in new for run in found):
                again = f"{stale} {'runs are' if stale > 1 else 'run is'} done again"
                print(f"{runs[0].dataset} has changed since {path} was written: {again}", file=sys.stderr)
            print(f"{path}: {done} of {len(runs)} runs are finished", file=sys.stderr)
        bar = stack.enter_context(tqdm(total=len(runs), initial=done, desc="sweep", unit="run", disable=None))
        results = stack.enter_context(closing(measure_all(missing, jobs)))
        try:
            for records in results:
                if out:
                    file.write(b"".join(map(log.to_line, records)))
                    file.flush()
                found |= {record.run: record for record in records}
                done += 1
                bar.update()
                if bar.disable and done * 10 // len(runs) > (done - 1) * 10 // len(runs):
                    # ten plain lines where stderr is no terminal
                    print(f"sweep: {done} of {len(runs)} runs", file=sys.stderr)
        except KeyboardInterrupt:
            after = "the same command resumes" if out else "nothing is kept; with --out DIR a sweep resumes"
            raise KeyboardInterrupt(f"stopped: {done} of {len(runs)} runs are done; {after}") from None
    return [found[one] for run in runs for one in run.for_each_library()]


def measure_all(runs: list[Run], jobs: int) -> Generator[list[Record]]:
    """Yield each run's records as soon as it is done, from ``jobs`` processes; one is this process."""
    jobs = min(jobs, len(runs))
    if jobs <= 1:
        yield from map(measure, runs)
        return
    import joblib
    from joblib.externals.loky import get_reusable_executor

    # A terminal sends Ctrl-C to every process. Only this one handles it: workers inherit that it is ignored.
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # batches of one: each finished run comes back at once
        pool = joblib.Parallel(jobs, return_as="generator_unordered", batch_size=1)
        results: Generator[list[Record]] = pool(joblib.delayed(measure)(one) for one in runs)
        signal.signal(signal.SIGINT, before)
        with warnings.catch_warnings(), closing(results):
            # joblib warns of results that are left unread after Ctrl-C
            warnings.simplefilter("ignore", UserWarning)
            yield from results
    finally:
        # however this ends, no worker is left behind
        signal.signal(signal.SIGINT, before)
        get_reusable_executor().shutdown(wait=True, kill_workers=True)
