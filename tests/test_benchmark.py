import json
import tracemalloc
import weakref
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info

import numpy_mlp
from compare.benchmark import __main__ as command
from compare.benchmark import contestants, measure, report, workload
from compare.benchmark.bare import BareLoop
from compare.benchmark.contestants import ON_CPU, ON_CUDA, PRODUCTS, Contestant, NotMeasuredError
from compare.benchmark.figure import figure
from compare.benchmark.measure import Measured
from compare.benchmark.workload import IRIS, LEARNING_RATE, WORKLOADS, Workload

SMALL = Workload((5, 7, 3), 11, epochs=2, large=True)


def trained_by_numpy(given, epochs):
    x, y = given.data
    model = numpy_mlp.MLP(*given.sizes, seed=42)
    optimizer = numpy_mlp.SGD(model.parameters(), lr=LEARNING_RATE)
    history = numpy_mlp.train(model, optimizer, x, y, epochs=epochs)
    return history.losses, model.state_dict()


@pytest.mark.parametrize("given", [IRIS, SMALL], ids=lambda given: given.name)
def test_bare_loop_computes_what_numpy_mlp_computes_bit_for_bit(given):
    losses, weights = trained_by_numpy(given, 30)
    loop = BareLoop(given)
    np.testing.assert_array_equal(loop(30), losses, strict=True)
    for own, expected in zip(loop.weights, weights.values(), strict=True):
        np.testing.assert_array_equal(own, expected, strict=True)
    assert not np.array_equal(loop.weights[0], given.weights["fc1.weight"])  # a copy was trained


@pytest.mark.parametrize("fused", [None, True])
def test_pytorch_trains_the_same_network(fused, monkeypatch):
    made = []
    build = contestants.torch_side.build
    monkeypatch.setattr(contestants.torch_side, "build", lambda *args: made.append(build(*args)) or made[-1])
    contestants.torch_network(SMALL, "cpu", "eager", fused)(20)
    for name, expected in trained_by_numpy(SMALL, 20)[1].items():
        np.testing.assert_allclose(made[0].state_dict()[name].numpy(), expected, rtol=1e-5, atol=1e-7)


def test_scikit_learn_trains_the_same_network(monkeypatch):
    made = []
    build = contestants.referees.classifier_from
    monkeypatch.setattr(
        contestants.referees, "classifier_from", lambda *args: made.append(build(*args)) or made[-1]
    )
    trains = contestants.scikit_learn(SMALL)
    trains(8)
    trains(12)  # goes on, and does not begin anew
    weights = trained_by_numpy(SMALL, 20)[1]
    for i, (coefs, intercepts) in enumerate(zip(made[0].coefs_, made[0].intercepts_, strict=True), start=1):
        np.testing.assert_allclose(coefs.T, weights[f"fc{i}.weight"], rtol=1e-5, atol=1e-7)
        np.testing.assert_allclose(intercepts, weights[f"fc{i}.bias"], rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("contestant", ON_CUDA, ids=lambda contestant: contestant.name)
@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_row_of_a_gpu_is_not_measured_without_one(contestant):
    with pytest.raises(NotMeasuredError, match=r"^no CUDA device here$"):
        contestant.prepare(SMALL)


def test_one_epoch_is_timed_over_many_and_each_contestant_in_each_round(monkeypatch):
    trained, rounds, clock = [], [], [0.0]

    def runner(name, seconds):
        def prepare(given):
            assert given is SMALL

            def run(epochs):
                trained.append((name, epochs))
                clock[0] += epochs * seconds

            return run

        return Contestant(name, prepare)

    def broken(_):
        raise NotMeasuredError("not today")

    monkeypatch.setattr(measure, "time", SimpleNamespace(perf_counter=lambda: clock[0]))
    people = [runner("quick", 0.25), runner("slow", 2.0), Contestant("broken", broken)]
    found = measure.measure(SMALL, people, 3, lambda: rounds.append(len(trained)))
    assert rounds == [4, 6, 8]  # two to warm up, then two in each round
    assert trained[2:] == [("quick", 2), ("slow", 2), ("slow", 2), ("quick", 2), ("quick", 2), ("slow", 2)]
    assert found.missing == {"broken": "not today"}
    assert found.seconds["quick"].tolist() == [0.25] * 3
    assert found.seconds["slow"].tolist() == [2.0] * 3
    assert found.ratio("slow", "quick") == 8


def test_ratio_is_taken_within_each_round():
    # the machine was four times slower in the last two rounds, for both
    found = Measured(SMALL, {"a": np.array([1.0, 4.0, 4.0]), "b": np.array([2.0, 8.0, 8.0])})
    assert found.ratio("b", "a") == 2
    assert found.median("a") == 4
    assert found.quartiles("a") == (2.5, 4)


def test_share_is_that_of_the_products_alone():
    found = Measured(SMALL, {"a": np.array([0.5]), PRODUCTS: np.array([0.4])})
    assert found.share("a") == pytest.approx(0.8)
    # five products of 2 N in out operations: x W1, h W2, and the three of the way back but dL/dx
    assert SMALL.operations == 2 * 11 * (5 * 7 + 7 * 3 + 3 * 7 + 3 * 7 + 7 * 5)
    assert found.rate == pytest.approx(SMALL.operations / 0.4)


def test_threads_are_set_for_both_libraries_and_put_back():
    before = torch.get_num_threads(), [pool["num_threads"] for pool in threadpool_info()]
    with measure.threads(1):
        assert torch.get_num_threads() == 1
        assert {pool["num_threads"] for pool in threadpool_info()} == {1}
    assert (torch.get_num_threads(), [pool["num_threads"] for pool in threadpool_info()]) == before


def test_training_holds_little_more_than_it_must():
    given = WORKLOADS[1]
    assert measure.peak_memory(given) <= report.MEMORY_MARK * sum(given.held.values())
    assert not tracemalloc.is_tracing()


def test_held_bytes_are_those_of_the_arrays():
    x, y = SMALL.data
    model, criterion = numpy_mlp.MLP(*SMALL.sizes, seed=42), numpy_mlp.CrossEntropyLoss()
    criterion(model(x), y)
    held = SMALL.held
    assert held["samples and labels"] == x.nbytes + y.nbytes
    assert held["weights"] == sum(weight.nbytes for weight in model.state_dict().values())
    fc2 = model.fc2
    assert held["gradients of the last layer"] == fc2.weight.data.nbytes + fc2.bias.data.nbytes
    assert held["kept: max(0, x), and its mask of one byte each"] == fc2.x.nbytes + model.relu.mask.nbytes
    assert held["kept: log p, and onehot(y) of one byte each"] == sum(
        array.nbytes for array in criterion.saved
    )
    assert held["dL/dy and dL/dx of ReLU"] == 2 * fc2.x.nbytes


def test_no_activation_outlives_its_layer_under_no_grad():
    model, seen = numpy_mlp.MLP(4, 6, 5, 3, seed=0), []
    for _, layer in model.named_children():
        forward = layer.forward

        def listening(x, forward=forward):
            y = forward(x)
            # whatever the layers before the last one have returned is gone by now
            assert [output() is None for output in seen[:-1]] == [True] * len(seen[:-1])
            seen.append(weakref.ref(y))
            return y

        layer.forward = listening
    with numpy_mlp.no_grad():
        logits = model(np.zeros((2, 4), np.float32))
    assert [output() is None for output in seen] == [True] * 4 + [False]
    assert seen[-1]() is logits


def test_command_measures_prints_draws_and_writes(capsys, tmp_path, monkeypatch):
    tiny = [Workload((4, 10, 3), 120, epochs=2), Workload((6, 8, 3), 20, epochs=1, large=True)]
    monkeypatch.setattr(workload, "WORKLOADS", tiny)
    monkeypatch.setattr(workload, "IRIS", tiny[0])
    monkeypatch.setattr(report, "IRIS", tiny[0])
    compiled = next(one for one in ON_CPU if one.name == contestants.COMPILED)
    monkeypatch.setattr(contestants, "ON_CPU", tuple(one for one in ON_CPU if one is not compiled))
    paths = tmp_path / "times.json", tmp_path / "times.svg"
    argv = [
        "--rounds",
        "2",
        "--threads",
        "1",
        "--device",
        "cpu",
        "--json",
        str(paths[0]),
        "--plot",
        str(paths[1]),
    ]
    monkeypatch.setattr(command, "warn_if_busy", lambda threads: None)
    assert command.main(argv) == 0
    out, err = capsys.readouterr()
    assert err == ""
    assert "4-10-3 at 120 samples: median of 2 rounds of 2 epochs" in out
    found = json.loads(paths[0].read_text())
    assert (found["schema"], found["threads"]) == ("benchmark/1", 1)
    assert [one["name"] for one in found["workloads"]] == [one.name for one in tiny]
    for one in found["workloads"]:
        names = [contestant["name"] for contestant in one["contestants"]]
        assert {contestants.NUMPY, contestants.BARE, contestants.EAGER, contestants.SKLEARN} <= set(names)
        assert all(len(contestant["seconds"]) == 2 for contestant in one["contestants"])
    marks = {mark["text"]: mark for mark in found["marks"]}
    assert f"{tiny[0].name}: NumPy / {contestants.BARE}" in marks
    assert f"{tiny[1].name}: NumPy's peak memory / what must be held" in marks
    assert all(f"{mark['value']:.2f}" in out for mark in marks.values())
    assert paths[1].read_bytes().startswith(b"<?xml")


@pytest.mark.parametrize(("load", "threads", "said"), [(0.2, 2, False), (1.2, 2, True), (1.2, 1, False)])
def test_busy_machine_is_told_of(load, threads, said, capsys, monkeypatch):
    monkeypatch.setattr(command.os, "getloadavg", lambda: (load, 0, 0), raising=False)
    monkeypatch.setattr(command, "available_cores", lambda: 2)
    command.warn_if_busy(threads)
    out, err = capsys.readouterr()
    assert (out, f"load {load} on 2 cores" in err) == ("", said)


@pytest.mark.parametrize(("value", "at_least", "met"), [(1.3, True, True), (1.1, True, False),
                                                       (1.3, False, False), (1.1, False, True)])  # fmt: skip
def test_mark_is_met_on_its_own_side(value, at_least, met):
    mark = report.Mark("a / b", value, 1.2, at_least)
    assert mark.met is met
    assert report.mark_line(mark).startswith("met" if met else "missed")


def test_marks_of_a_gpu_come_from_its_whole_trainings():
    lines = [report.mark_line(mark) for mark in report.marks([], {"eager": 3.0, "graph": 0.4})]
    assert lines[0].startswith("met")
    assert "0.40 (0.50 or less)" in lines[0]
    assert lines[1].startswith("met")
    assert "7.50 (4.00 or more)" in lines[1]


def test_figure_shows_every_library_that_was_measured():
    times = {contestant.name: np.array([1e-3, 2e-3, 3e-3]) for contestant in (*ON_CPU, *ON_CUDA)}
    times.pop(contestants.NERVA)
    axes = figure([Measured(IRIS, times), Measured(WORKLOADS[2], times)], "a machine").axes[0]
    shown = [text.get_text() for text in axes.get_legend().get_texts()]
    assert set(shown) >= {contestants.NUMPY, contestants.EAGER, *(one.name for one in ON_CUDA)}
    assert contestants.NERVA not in shown
    assert [tick.get_text() for tick in axes.get_xticklabels()] == [
        "4-10-3\nN = 120",
        "784-512-10\nN = 1,024",
    ]


@pytest.mark.parametrize(
    ("argv", "message"),
    [
        (["--threads", "0"], "expected a whole number of 1 or more, got '0'"),
        (["--rounds", "none"], "expected a whole number of 1 or more, got 'none'"),
        (["--rounds", "3", "--quick"], "not allowed with argument"),
        (["--device", "tpu"], "invalid choice: 'tpu'"),
        (["--plot", "times.pdf"], "expected a name that ends with .png or .svg, got 'times.pdf'"),
        (["--json", "/nowhere/times.json"], "/nowhere"),
    ],
)
def test_wrong_usage_is_one_line_and_exit_code_2(argv, message, capsys):
    with pytest.raises(SystemExit, match="2"):
        command.main(argv)
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert message in err


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_missing_gpu_is_exit_code_3(capsys):
    assert command.main(["--device", "cuda"]) == 3
    assert "--device cuda" in capsys.readouterr().err
