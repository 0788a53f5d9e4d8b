"""PyTorch's long trainings on the CPU, in a process beside this one: NumPy's gates run meanwhile.

They take longer than everything else of a comparison, and need nothing that NumPy computes. The code that
trains is the same, and so is each number: a process has its own interpreter and its own core.
"""

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.connection import Connection

import torch

from compare import torch_side
from compare.gates.torch_team import WorkerError, uninterrupted
from compare.gates.trajectory import MEMORY, Training
from numpy_mlp.shared.history import History

WORTH_A_PROCESS = 5_000  # epochs: a shorter training ends before a process has imported PyTorch


def worth_a_process(training: Training) -> bool:
    """Return whether a training is long enough, and small enough to be handed over in one piece."""
    size = sum(weight.nbytes for weight in training.scenario.weights.values())
    epochs = training.settings.epochs
    return (os.cpu_count() or 1) > 1 and epochs >= WORTH_A_PROCESS and epochs * size <= MEMORY


@contextmanager
def trained_beside(trainings: Mapping[str, Training]) -> Iterator[dict[str, Future[History]]]:
    """Start the trainings, one after another, and yield where each will be found; none start no process.

    A training that can't be had because its process has ended is a ``WorkerError``.
    """
    if not trainings:
        yield {}
        return
    context = get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=work, args=([*trainings.values()], theirs), daemon=True)
    with uninterrupted():
        process.start()
    theirs.close()
    # its thread reads what comes, so that the process never waits for a reader
    with ThreadPoolExecutor(1) as reader:
        try:
            yield {name: reader.submit(received, ours) for name in trainings}
        finally:
            process.kill()
            process.join()


def received(pipe: Connection) -> History:
    """Return the next training that comes through a pipe, or raise what has stopped it."""
    try:
        found: History | Exception = pipe.recv()
    except (EOFError, OSError):
        raise WorkerError(
            "the process in which PyTorch trains has ended; nothing was compared any further"
        ) from None
    if isinstance(found, Exception):
        raise found
    return found


def work(trainings: list[Training], pipe: Connection) -> None:
    """Run in that process: train, and send each history, or the error that stopped it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the process that started this one
    torch.set_num_threads(1)
    for training in trainings:
        try:
            pipe.send(torch_side.train(training.scenario, training.settings))
        except BrokenPipeError:  # without a reader this process has no more to do
            return
        except Exception as error:
            pipe.send(error)
