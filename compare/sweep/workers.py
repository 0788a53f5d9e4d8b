"""The runs of a sweep at the same time, in worker processes, under a bar."""

import signal
import sys
import warnings
from collections.abc import Callable, Generator, Iterator
from contextlib import closing, contextmanager

from compare.sweep.runs import Record, Run, measure


def measured(runs: list[Run], jobs: int) -> Generator[list[Record]]:
    """Yield each run's records as they come, out of worker processes; one job runs in this process.

    However this ends, no worker is left behind.
    """
    if min(jobs, len(runs)) <= 1:
        yield from map(measure, runs)
        return
    import joblib
    from joblib.externals.loky import get_reusable_executor

    try:
        # batches of one: each finished run comes back at once
        pool = joblib.Parallel(min(jobs, len(runs)), return_as="generator_unordered", batch_size=1)
        with workers_ignore_ctrl_c():
            results: Generator[list[Record]] = pool(joblib.delayed(measure)(one) for one in runs)
        with warnings.catch_warnings():
            # that results are left unread when somebody stops is no news
            warnings.simplefilter("ignore", UserWarning)
            with closing(results):
                yield from results
    finally:
        get_reusable_executor().shutdown(wait=True, kill_workers=True)


@contextmanager
def workers_ignore_ctrl_c() -> Iterator[None]:
    """Leave Ctrl-C, which a terminal sends to every process, to the one that starts workers here.

    A process inherits what is ignored, so that a worker is safe from its first moment on.
    """
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def bar(total: int, done: int) -> Iterator[Callable[[], None]]:
    """Show how many runs are done: a bar, or where stderr is no terminal about ten plain lines."""
    from tqdm import tqdm

    with tqdm(total=total, initial=done, desc="sweep", unit="run", disable=None) as shown:
        now = done

        def advance() -> None:
            nonlocal now
            now += 1
            shown.update()
            if shown.disable and now * 10 // total > (now - 1) * 10 // total:
                print(f"sweep: {now} of {total} runs", file=sys.stderr)

        yield advance
