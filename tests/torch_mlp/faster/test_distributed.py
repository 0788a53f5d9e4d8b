"""Training in two processes, started as torchrun starts them."""

import multiprocessing
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from numpy_mlp import load_dataset, load_weights

# of 120 samples: a batch of 119, uneven for two workers, and one of a single sample, empty for the second
UNEVEN = ["--epochs", "30", "--batch-size", "119", "--lr", "0.1", "--dtype", "float64", "--device", "cpu"]


# what torchrun starts: a process finds its rank in its environment
WORKER = """
import os, sys
os.environ.update(variables)
for descriptor, path in files.items():
    os.dup2(os.open(path, os.O_CREAT | os.O_WRONLY), descriptor)
import torch_mlp.data
torch_mlp.data.load_dataset = lambda *_, **options: dataset  # scikit-learn takes its time
from torch_mlp.__main__ import main
sys.exit(main(args))
"""


def context():
    """Processes forked from one that has imported PyTorch, where that can be had."""
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    multiprocessing.set_forkserver_preload(["torch._dynamo"])
    return multiprocessing.get_context("forkserver")


def started_twice(args, dataset, folder):
    """Start two workers as torchrun does, but faster; return exit code, stdout and stderr of each."""
    store = torch.distributed.TCPStore("localhost", 0, is_master=True, wait_for_workers=False)
    variables = {
        "MASTER_ADDR": "localhost", "MASTER_PORT": str(store.port), "TORCHELASTIC_USE_AGENT_STORE": "True",
        "TORCHELASTIC_RESTART_COUNT": "0", "WORLD_SIZE": "2", "LOCAL_WORLD_SIZE": "2",
    }  # fmt: skip
    processes = []
    for rank in range(2):
        files = {descriptor: str(folder / f"{rank}.{descriptor}") for descriptor in (1, 2)}
        own = {**variables, "RANK": str(rank), "LOCAL_RANK": str(rank)}
        given = {"variables": own, "files": files, "dataset": dataset, "args": [str(arg) for arg in args]}
        processes.append((context().Process(target=exec, args=(WORKER, given)), files))
        processes[-1][0].start()
    found = []
    for process, files in processes:
        process.join(60)
        found.append((process.exitcode, *(Path(path).read_text(encoding="utf-8") for path in files.values())))
    return found


@pytest.mark.slow
def test_two_workers_train_as_one_process_does_and_only_the_first_prints_and_saves(cli, tmp_path):
    one, two, logs = tmp_path / "one.npz", tmp_path / "two.npz", tmp_path / "logs"
    logs.mkdir()
    code, out, _ = cli("torch_mlp", "train", *UNEVEN, "--quiet", "--weights", one)
    assert code == 0
    dataset = load_dataset(dtype=np.float64)
    first, second = started_twice(["train", *UNEVEN, "--weights", two], dataset, logs)
    assert second == (0, "", "")
    assert first[0] == 0, first
    ours, theirs = (re.sub(r"in \d+\.\d\d s|\S+\.npz", "?", text) for text in (first[1], out))
    assert ours == theirs
    head, *bar = first[2].splitlines()
    assert head == "device: cpu, 2 workers"
    assert [line.split(" loss")[0] for line in bar] == [
        f"PyTorch: {n} of 30 epochs," for n in range(3, 31, 3)
    ]
    assert re.search(r"loss .* -> (.*)", out)[1] == bar[-1].split()[-1], "the loss of both shards"
    single, double = load_weights(one).history, load_weights(two).history
    # the project's promise for float64
    assert np.abs(single.losses - double.losses).max() <= 1e-12
    assert single.snapshot_epochs == double.snapshot_epochs
    for before, after in zip(single.snapshots, double.snapshots, strict=True):
        assert list(before) == list(after)
        assert max(np.abs(before[name] - after[name]).max() for name in before) <= 1e-12
