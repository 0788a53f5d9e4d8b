"""``--workers N``: N processes of PyTorch that train together, with ``torch_mlp``'s own code.

They are started once and wait for jobs. They meet through a file in a folder that only they use: no port is
needed. Each sends a message every second; one that has ended, or is silent for too long, ends the comparison.
"""

import ctypes
import multiprocessing
import os
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import timedelta
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import Any

import numpy as np
import torch

from compare import torch_side
from compare.scenario import Scenario, TrainingSettings
from compare.trace import Trace
from numpy_mlp.shared.history import History
from torch_mlp.device import choose_own_device
from torch_mlp.faster.distributed import data_parallel_step, process_group
from torch_mlp.faster.workers import Workers

SILENCE = 120.0  # seconds; the first message comes when PyTorch is imported
BEAT = 1.0


class WorkerError(RuntimeError):
    """A worker has failed, has ended, or is silent."""


def gradients(batch: Scenario, device: torch.device, workers: Workers) -> Trace:
    """Return the gradients that this worker has after one step with a batch, named as in a trace."""
    model = torch_side.build(batch.sizes, batch.weights, device)
    step = data_parallel_step(model, torch.optim.SGD(model.parameters(), lr=0.0), workers)
    step(torch.tensor(batch.x, device=device), torch.tensor(batch.y, device=device))
    return Trace({f"dL/d{name}": torch_side.to_array(param.grad) for name, param in model.named_parameters()})


def context() -> Any:
    """Return the way to start a process: forked, if possible, from one that has imported PyTorch."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    multiprocessing.set_forkserver_preload(["compare.gates.torch_team", "torch._dynamo"])
    return multiprocessing.get_context("forkserver")


def all_equal(found: list[dict[str, np.ndarray]]) -> bool:
    """Return whether all workers hold the same arrays, bit for bit."""
    first = found[0].items()
    return all(np.array_equal(array, other[name], equal_nan=True) for other in found for name, array in first)


@contextmanager
def uninterrupted() -> Iterator[None]:
    """Let processes that start now ignore Ctrl-C from their first instruction.

    It is for the process that starts them, which ends them itself.
    """
    if sys.platform == "win32":
        # processes inherit this, too
        ctypes.windll.kernel32.SetConsoleCtrlHandler(None, True)
        try:
            yield
        finally:
            ctypes.windll.kernel32.SetConsoleCtrlHandler(None, False)
        return
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    # multiprocessing starts it with the first process, and lets Ctrl-C through when it has
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


class TorchTeam:
    """N running workers, and the jobs that they can do together."""

    def __init__(self, count: int, device: str, precision: str, folder: Path) -> None:
        """Start them, without waiting until they are ready."""
        self.count, store = count, (folder / "store").as_uri()
        self.pipes: list[Connection] = []
        self.processes: list[Any] = []
        for rank in range(count):
            ours, theirs = multiprocessing.Pipe()
            job = (Workers(rank, count, rank, count), device, precision, store, theirs)
            self.pipes.append(ours)
            self.processes.append(context().Process(target=work, args=job, daemon=True))
            with uninterrupted():
                self.processes[-1].start()
            theirs.close()

    def gradients(self, batch: Scenario) -> Trace:
        """Return the gradients on which the workers agree; ``RuntimeError`` says that they don't."""
        found: list[Trace] = self.call(gradients, batch)
        if not all_equal([*found]):
            raise RuntimeError("the workers have different averages of the same gradients")
        return found[0]

    def train(self, scenario: Scenario, settings: TrainingSettings) -> History:
        """Return the workers' training; ``RuntimeError`` says that their networks differ at its end."""
        found: list[History] = self.call(torch_side.train, scenario, settings)
        if not all_equal([history.snapshots[-1] for history in found]):
            raise RuntimeError("the workers' networks differ after the training")
        return found[0]

    def call(self, function: Callable[..., Any], *args: Any) -> list[Any]:
        """Call a function in every worker, and return what each returns; a failure is a ``WorkerError``."""
        for pipe in self.pipes:
            with suppress(OSError):  # one that is gone is noticed below
                pipe.send((function, args))
        results: dict[int, Any] = {}
        last_message = [time.monotonic()] * self.count
        while len(results) < self.count:
            ready = wait(self.pipes, timeout=BEAT)
            for rank, pipe in enumerate(self.pipes):
                if pipe in ready:
                    last_message[rank] = time.monotonic()
                    try:
                        what, value = pipe.recv()
                    except (EOFError, OSError):
                        raise self.failed(rank, "has ended") from None
                    if what == "failed":
                        raise self.failed(rank, f"failed: {value}")
                    if what == "done":
                        results[rank] = value
                elif time.monotonic() - last_message[rank] > SILENCE:
                    raise self.failed(rank, f"has been silent for {SILENCE:g} s")
        return [results[rank] for rank in range(self.count)]

    def failed(self, rank: int, how: str) -> WorkerError:
        """Return the error that names the worker at fault: where one has died, the others fail as well."""
        time.sleep(BEAT)
        for dead, process in enumerate(self.processes):
            if process.exitcode is not None and process.exitcode < 0:
                rank, how = dead, f"was killed by {signal.Signals(-process.exitcode).name}"
        return WorkerError(f"worker {rank} of {self.count} {how}; nothing was compared any further")

    def close(self, patience: float = 0.0) -> None:
        """End them: those that wait for a job within ``patience`` seconds, the others by SIGKILL."""
        for pipe in self.pipes:
            with suppress(OSError):
                pipe.send(None)
        deadline = time.monotonic() + patience
        for process in self.processes:
            process.join(max(0.0, deadline - time.monotonic()))
            process.kill()
            process.join()


@contextmanager
def torch_team(count: int, device: str, precision: str) -> Iterator[TorchTeam | None]:
    """Start a team of ``count`` workers, and end it afterwards; one worker needs none."""
    if count == 1:
        yield None
        return
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        closing(TorchTeam(count, device, precision, Path(folder))) as started,
    ):
        yield started
        started.close(patience=10.0)


def work(workers: Workers, device_name: str, precision: str, store: str, pipe: Connection) -> None:
    """Run in a worker's process: do the jobs that come through the pipe, until it closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    torch.set_num_threads(1)
    sending = threading.Lock()

    def send(what: str, value: Any = None) -> None:
        try:
            with sending:
                pipe.send((what, value))
        except OSError:  # without a reader this process has no more to do
            os._exit(1)

    def beat() -> None:
        while True:
            send("alive")
            time.sleep(BEAT)

    threading.Thread(target=beat, daemon=True).start()
    try:
        device = choose_own_device(device_name, workers)
        group = process_group(workers, device, store, timedelta(seconds=SILENCE))
        with group, torch_side.matmul_precision(precision), suppress(EOFError):
            while job := pipe.recv():
                function, args = job
                send("done", function(*args, device, workers))
    except Exception as error:
        send("failed", " ".join(str(error).split()))
