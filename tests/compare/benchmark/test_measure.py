"""Rounds, ratios, threads and memory."""

import tracemalloc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch

import numpy_mlp
from compare.benchmark import measure
from compare.benchmark.implementations import PRODUCTS, NotMeasuredError
from compare.benchmark.measure import Timing
from compare.benchmark.report import MEMORY
from compare.benchmark.workload import WORKLOADS


def test_every_implementation_is_timed_once_in_each_round_after_a_training_that_is_not(monkeypatch, small):
    trained, rounds, clock = [], [], [0.0]

    def takes(name, seconds):
        def prepare(workload):
            assert workload is small

            def train():
                trained.append(name)
                clock[0] += small.epochs * seconds

            return train

        return prepare

    def broken(_):
        raise NotMeasuredError("not today")

    monkeypatch.setattr(measure, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    prepared = {"quick": takes("quick", 0.25), "slow": takes("slow", 2.0), "broken": broken}
    timing = measure.measure(small, prepared, 3, lambda: rounds.append(len(trained)))
    assert rounds == [4, 6, 8]  # two that are not timed, then two in each round
    assert trained[2:] == ["quick", "slow", "slow", "quick", "quick", "slow"]
    assert timing.missing == {"broken": "not today"}
    assert {name: times.tolist() for name, times in timing.seconds.items()} == {
        "quick": [0.25] * 3, "slow": [2.0] * 3,
    }  # fmt: skip
    assert timing.ratio("slow", "quick") == 8


def test_ratio_is_taken_within_each_round(small):
    # the machine was four times slower in the last two rounds, for both
    timing = Timing(small, {"a": np.array([1.0, 4.0, 4.0]), "b": np.array([2.0, 8.0, 8.0])})
    assert timing.ratio("b", "a") == 2
    assert timing.median("a") == 4
    assert timing.quartiles("a") == [2.5, 4, 4]


def test_efficiency_is_the_rate_over_that_of_the_products_alone(small):
    timing = Timing(small, {"a": np.array([0.5]), PRODUCTS: np.array([0.4])})
    assert timing.efficiency("a") == pytest.approx(0.8)


def test_training_holds_little_more_than_it_must():
    workload = WORKLOADS[1]
    assert measure.peak_memory(workload) <= MEMORY * sum(workload.held.values())
    assert not tracemalloc.is_tracing()


def test_no_activation_outlives_its_layer_under_no_grad():
    model, seen = numpy_mlp.MLP(4, 6, 5, 3, seed=0), []
    for _, layer in model.named_children():
        forward = layer.forward

        def watched(x, forward=forward):
            y = forward(x)
            # whatever the layers before the last one have returned is gone by now
            assert [output() is None for output in seen[:-1]] == [True] * len(seen[:-1])
            seen.append(weakref.ref(y))
            return y

        layer.forward = watched
    with numpy_mlp.no_grad():
        logits = model(np.zeros((2, 4), np.float32))
    assert [output() is None for output in seen] == [True] * 4 + [False]
    assert seen[-1]() is logits


def test_whole_training_is_timed_in_each_mode_and_a_mode_that_cannot_run_is_left_out(monkeypatch):
    trained, clock = [], [0.0]

    def train(scenario, settings, device, mode):
        trained.append((mode, settings.epochs))
        clock[0] += 3.0 if len(trained) % 3 else 1.0

    def check(mode, device):
        if mode == "compile" and "no compiler" in absent:
            raise ValueError("--mode compile needs a C++ compiler")

    absent = []
    monkeypatch.setattr(measure, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    monkeypatch.setattr(measure.torch_side, "train", train)
    monkeypatch.setattr(measure, "check_mode", check)
    cpu = torch.device("cpu")
    assert measure.whole_trainings(cpu) == {"eager": 1.0, "compile": 1.0, "graph": 1.0}, "the best of 3"
    assert trained == [(mode, 20_000) for mode in ("eager", "compile", "graph") for _ in range(3)]
    absent.append("no compiler")
    assert list(measure.whole_trainings(cpu)) == ["eager", "graph"]
