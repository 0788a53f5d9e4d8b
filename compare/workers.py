"""``--workers N``: N processes of PyTorch that train together, with ``torch_mlp``'s own code.

They are started once and then wait for jobs, so that the imports are paid for once. They find each other
through a file in a folder that only they know: no port is chosen, and none can be taken. Each says every
second that it is alive; one that has ended, or is silent for too long, ends the comparison.
"""

import multiprocessing
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np
import torch

from compare import torch_side
from compare.scenario import Scenario
from compare.trace import Trace
from compare.trajectory import Course
from numpy_mlp.history import History
from torch_mlp.device import choose_own_device
from torch_mlp.distributed import data_parallel_step, process_group
from torch_mlp.workers import Workers

SILENCE = 120.0  # seconds; the first sign of life comes when PyTorch is imported
BEAT = 1.0


class WorkerError(RuntimeError):
    """A worker has failed, has ended, or is silent."""


def gradients(batch: Scenario, workers: Workers, device: torch.device) -> Trace:
    """Return the gradients that this worker has after one step with a batch, named as in a trace."""
    model = torch_side.build(batch.sizes, batch.weights, device)
    step = data_parallel_step(model, torch.optim.SGD(model.parameters(), lr=0.0), workers)
    step(torch.tensor(batch.x, device=device), torch.tensor(batch.y, device=device))
    return Trace({f"dL/d{name}": torch_side.to_array(param.grad) for name, param in model.named_parameters()})


def train(scenario: Scenario, course: Course, workers: Workers, device: torch.device) -> History:
    """Train a network from the scenario's weights, together with the other workers."""
    return torch_side.train(scenario, device, course, workers=workers)


def context() -> Any:
    """Return the way to start a process: forked from one that has imported PyTorch, where that can be had.

    PyTorch's first optimiser imports its compiler, which takes as long again: so the one has that, too.
    """
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    multiprocessing.set_forkserver_preload(["compare.workers", "torch._dynamo"])
    return multiprocessing.get_context("forkserver")


def alike(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> bool:
    """Tell whether two workers hold the same arrays, bit for bit."""
    return all(np.array_equal(array, other[name], equal_nan=True) for name, array in one.items())


class Team:
    """N running workers, and what they can be asked for."""

    def __init__(self, count: int, device: str, precision: str, folder: Path) -> None:
        """Start them; they come up while this process goes on."""
        self.count = count
        self.pipes: list[Connection] = []
        self.processes: list[Any] = []
        for rank in range(count):
            ours, theirs = multiprocessing.Pipe()
            job = (Workers(rank, count, rank, count), device, precision, str(folder), theirs)
            process = context().Process(target=work, args=job, daemon=True)
            process.start()
            theirs.close()
            self.pipes.append(ours)
            self.processes.append(process)

    def gradients(self, batch: Scenario) -> Trace:
        """Return the gradients on which the workers agree.

        Raises:
            RuntimeError: they don't.
            WorkerError: one can't answer.
        """
        found: list[Trace] = self.ask(gradients, batch)
        if not all(alike(found[0], other) for other in found):
            raise RuntimeError("the workers have different averages of the same gradients")
        return found[0]

    def train(self, scenario: Scenario, course: Course) -> History:
        """Return the workers' training.

        Raises:
            RuntimeError: their networks differ at its end.
            WorkerError: one can't answer.
        """
        found: list[History] = self.ask(train, scenario, course)
        if not all(alike(found[0].snapshots[-1], other.snapshots[-1]) for other in found):
            raise RuntimeError("the workers' networks differ after the training")
        return found[0]

    def ask(self, function: Callable[..., Any], *args: Any) -> list[Any]:
        """Let every worker call a function, and return what each returns."""
        for pipe in self.pipes:
            with suppress(OSError):  # one that is gone is noticed below
                pipe.send((function, args))
        answers: dict[int, Any] = {}
        heard = [time.monotonic()] * self.count
        while len(answers) < self.count:
            ready = wait(self.pipes, timeout=BEAT)
            for rank, pipe in enumerate(self.pipes):
                if pipe not in ready:
                    continue
                heard[rank] = time.monotonic()
                try:
                    what, value = pipe.recv()
                except (EOFError, OSError):
                    raise self.failed(rank, "has ended") from None
                if what == "failed":
                    raise self.failed(rank, f"failed: {value}")
                if what == "done":
                    answers[rank] = value
            for rank, last in enumerate(heard):
                if time.monotonic() - last > SILENCE:
                    raise self.failed(rank, f"has been silent for {SILENCE:g} s")
        return [answers[rank] for rank in range(self.count)]

    def failed(self, rank: int, how: str) -> WorkerError:
        """Return the error that names the culprit: where one has died, the others fail as well."""
        time.sleep(BEAT)
        for dead, process in enumerate(self.processes):
            if process.exitcode is not None and process.exitcode < 0:
                rank, how = dead, f"was killed by {signal.Signals(-process.exitcode).name}"
        return WorkerError(f"worker {rank} of {self.count} {how}; nothing was compared any further")

    def close(self, patience: float = 0.0) -> None:
        """End them: give those that wait for a job some seconds to part, and kill whoever is left."""
        for pipe in self.pipes:
            with suppress(OSError):
                pipe.send(None)
        deadline = time.monotonic() + patience
        for process in self.processes:
            process.join(max(0.0, deadline - time.monotonic()))
            process.kill()
            process.join()


@contextmanager
def team(count: int, device: str, precision: str) -> Iterator[Team | None]:
    """Lend a team of ``count`` workers; one worker needs none."""
    if count == 1:
        yield None
        return
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        started = Team(count, device, precision, Path(folder))
        try:
            yield started
            started.close(patience=10.0)
        finally:
            started.close()


def work(workers: Workers, device_name: str, precision: str, folder: str, pipe: Connection) -> None:
    """Be a worker: do what is asked for, until nothing more is."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    torch.set_num_threads(1)
    talking = threading.Lock()

    def tell(what: str, value: Any = None) -> None:
        """Send one message; without anybody to read it this process has no more to do."""
        try:
            with talking:
                pipe.send((what, value))
        except OSError:
            os._exit(1)

    def beat() -> None:
        """Say every second that this process is alive."""
        while True:
            tell("alive")
            time.sleep(BEAT)

    threading.Thread(target=beat, daemon=True).start()
    meeting = (Path(folder) / "store").as_uri()
    try:
        device = choose_own_device(device_name, workers)
        with (
            process_group(workers, device, meeting, timedelta(seconds=SILENCE)),
            torch_side.matmul_precision(precision),
            suppress(EOFError),
        ):
            while asked := pipe.recv():
                function, args = asked
                tell("done", function(*args, workers, device))
    except Exception as error:
        tell("failed", " ".join(str(error).split()))
