"""PyTorch's ways to train: eager, compiled, and as one CUDA graph, which is simulated here on a CPU."""

import json
import warnings
from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

import torch_mlp
from compare import modes, pages, proof, run
from compare.checks import agree
from compare.proof import MINI_BATCHES, Proof, Settings
from compare.scenario import EVERYTHING, scenarios
from numpy_mlp.cli import DeviceNotFoundError
from torch_mlp.compiled import check_compiler, compiled
from torch_mlp.graphs import EpochGraphs

CPU = torch.device("cpu")

# torch's own code, at its import
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")


class Recorder(TorchDispatchMode):
    """What a CUDA graph is, on a CPU: operations on fixed tensors, to be run again without any Python."""

    def __init__(self):
        super().__init__()
        self.calls, self.before = [], {}

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        assert func is not torch.ops.aten._local_scalar_dense.default, "a recording can't wait for a number"
        for argument, value in zip(func._schema.arguments, args, strict=False):
            if argument.alias_info and argument.alias_info.is_write:
                storage = value.untyped_storage()
                self.before.setdefault(storage.data_ptr(), (storage, storage.clone()))
        result = func(*args, **(kwargs or {}))
        if func.namespace == "aten":  # the profiler's marks compute nothing
            self.calls.append((func, args, kwargs or {}, result))
        return result

    def undo(self):
        """Recording runs nothing: put back what was written."""
        for storage, before in self.before.values():
            storage.copy_(before)

    @torch.no_grad()
    def replay(self):
        for func, args, kwargs, result in self.calls:
            aliases = [returned.alias_info for returned in func._schema.returns]
            if any(alias and not alias.is_write for alias in aliases):
                continue  # a view of what is there anyway
            again = func(*args, **kwargs)
            if not any(aliases):
                for old, new in zip(
                    *(r if isinstance(r, tuple) else (r,) for r in (result, again)), strict=True
                ):
                    old.copy_(new)


@pytest.fixture
def simulated(monkeypatch):
    """Mode graph without a GPU; return the recordings, a list of how often each has been replayed."""
    replays = []

    def recorded(self, work):
        recorder, number = Recorder(), len(replays)
        with recorder:
            work()
        recorder.undo()
        replays.append(0)

        def replay():
            replays[number] += 1
            recorder.replay()

        return replay

    monkeypatch.setattr(EpochGraphs, "aside", lambda self, work: work())
    monkeypatch.setattr(EpochGraphs, "recorded", recorded)
    monkeypatch.setattr("torch_mlp.training.check_mode", lambda *_: None)
    return replays


@pytest.fixture
def traced(monkeypatch):
    """Mode compile without a compiler: PyTorch traces the step and runs what it saw; return what that was."""
    torch.compiler.reset()
    check_compiler.cache_clear()
    graphs, compile_ = [], torch.compile

    def backend(graph, example_inputs):
        graphs.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", lambda f, *, options, **more: compile_(f, backend=backend, **more))
    check_compiler(CPU)
    graphs.clear()
    yield graphs
    torch.compiler.reset()
    check_compiler.cache_clear()


@pytest.fixture
def trained(twins, iris):
    """Train one twin of several; return the history and the optimizer."""

    def build(mode, *, dtype=np.float32, frozen=(), lr=0.1, sgd=None, **course):
        _, model = twins(4, 10, 3, dtype=dtype)
        for name, param in model.named_parameters():
            param.requires_grad_(name not in frozen)
        optimizer = torch.optim.SGD(model.parameters(), lr=lr, **(sgd or {}))
        x, y = torch.tensor(iris.x_train.astype(dtype)), torch.tensor(iris.y_train)
        return torch_mlp.train(model, optimizer, x, y, mode=mode, **course), optimizer

    return build


@pytest.fixture
def runs():
    """The scenarios of a comparison, by name."""
    settings = Proof.prepare(Settings(epochs=1, dtypes=("float32",)))
    found = scenarios(settings.datasets["float32"], settings.sizes, settings.fresh, settings.fresh)
    return {scenario.name: scenario for scenario in found}


MOMENTUM = {"momentum": 0.9, "dampening": 0.3, "weight_decay": 0.1}


@pytest.mark.parametrize("sgd", [{}, MOMENTUM], ids=["plain", "momentum"])
@pytest.mark.parametrize(("batch_size", "every"), [(None, 7), (None, 200), (50, 7), (7, 200)])
def test_replayed_steps_equal_eager_ones_bit_for_bit(batch_size, every, sgd, simulated, trained):
    course = {"epochs": 60 if batch_size is None else 20, "batch_size": batch_size, "snapshot_every": every}
    (eager, _), (graph, _) = (trained(mode, sgd=sgd, **course) for mode in ("eager", "graph"))
    np.testing.assert_array_equal(graph.losses, eager.losses)
    assert graph.snapshot_epochs == eager.snapshot_epochs
    for ours, theirs in zip(graph.snapshots, eager.snapshots, strict=True):
        assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    assert sum(simulated) > 1, "nothing was replayed"


def test_hundred_epochs_are_a_handful_of_replays_that_stop_for_each_snapshot(simulated, trained):
    # epoch 0 as it is, 1 to 50 at once, 51 to 59 one by one; 60 to 109 at once, 110 to 119 one by one
    trained("graph", epochs=120, snapshot_every=60, batch_size=None)
    assert sorted(simulated) == [2, 19]
    simulated.clear()
    trained("graph", epochs=101, snapshot_every=25, batch_size=50)
    assert sorted(simulated) == [4, 36]


@pytest.mark.parametrize("batch_size", [None, 50])
def test_between_two_snapshots_nothing_waits_for_the_gpu(batch_size, simulated, trained, monkeypatch):
    waits = []
    for name in ("item", "cpu", "numpy", "tolist", "__float__", "__bool__", "__int__", "nonzero"):
        usual = getattr(torch.Tensor, name)
        note = partial(
            lambda usual, name, self, *rest: (waits.append(name), usual(self, *rest))[1], usual, name
        )
        monkeypatch.setattr(torch.Tensor, name, lambda self, *rest, note=note: note(self, *rest))
    trained("graph", epochs=40, snapshot_every=20, batch_size=batch_size)
    # three snapshots of four arrays, and the losses at the end
    assert sorted(waits) == ["cpu"] * 13 + ["numpy"] * 13


def test_graph_reads_and_writes_the_same_memory_at_every_replay(simulated, trained, monkeypatch):
    seen, stretch = [], EpochGraphs.run

    def run_and_note(self, epoch):
        stretch(self, epoch)
        seen.append([tensor.data_ptr() for tensor in (self.x, self.y, self.order, self.stretch_losses)])

    monkeypatch.setattr(EpochGraphs, "run", run_and_note)
    trained("graph", epochs=30, snapshot_every=10, batch_size=50)
    assert len(seen) == 30
    assert all(pointers == seen[0] for pointers in seen)


def test_unknown_mode_and_graph_on_a_cpu_are_refused(trained):
    with pytest.raises(ValueError, match=r"^expected a mode out of eager, compile, graph; got 'fast'$"):
        trained("fast", epochs=1)
    with pytest.raises(DeviceNotFoundError, match=r"^--mode graph records CUDA launches, .* runs on cpu$"):
        trained("graph", epochs=1)


def test_compiled_steps_stay_within_the_budget(traced, runs):
    lessons = [*modes.lessons(runs.values(), MINI_BATCHES)]
    assert [lesson.scenario.name for lesson in lessons] == ["fresh", "trained", "momentum", "uneven batches"]
    assert lessons[0].scenario.sgd == lessons[1].scenario.sgd, "what differs is compiled twice"
    for name in ("dampening", "frozen"):
        scenario = replace(runs[name].astype("float64"), steps=(EVERYTHING,) * 3)
        lessons.append(modes.Lesson(scenario, epochs=3))
    for lesson in lessons:
        checks = modes.mode_checks(lesson, "compile", CPU)
        assert agree(checks), next(check for check in checks if not check.passed)
        assert {check.gate for check in checks} == {"update"}
        assert checks[0].scenario == f"{lesson.scenario.name}, compile"
    # 4 epochs of a loss and 4 weights; in batches 2 epochs of 4 weights
    assert [len(modes.mode_checks(lesson, "eager", CPU)) for lesson in lessons[:4]] == [20, 20, 20, 8]


@pytest.mark.parametrize(
    "sgd", [{}, MOMENTUM, {"momentum": 0.9, "nesterov": True, "maximize": True}], ids=str
)
def test_compiled_training_leaves_the_same_optimizer_behind(sgd, traced, trained, gamma):
    options = {"sgd": sgd, "epochs": 3, "batch_size": 50, "dtype": np.float64}
    (eager, ours), (compiled, theirs) = (trained(mode, **options) for mode in ("eager", "compile"))
    # nine steps, each with a few dozen roundings of numbers around 1
    bound = gamma(9 * 50, np.float64)
    assert np.abs(eager.losses - compiled.losses).max() <= bound
    for name, data in eager.snapshots[-1].items():
        assert np.abs(data - compiled.snapshots[-1][name]).max() <= bound
    states = [
        [optimizer.state[param]["momentum_buffer"] for param in optimizer.param_groups[0]["params"]]
        if optimizer.state
        else []
        for optimizer in (ours, theirs)
    ]
    assert len(states[0]) == len(states[1]) == (4 if sgd else 0)
    assert all((a - b).abs().max() <= bound for a, b in zip(*states, strict=True))


def test_step_is_one_program_for_each_size_and_the_next_training_finds_it_there(traced, trained):
    trained("compile", epochs=2)
    assert len(traced) == 1
    trained("compile", epochs=2, batch_size=50)
    assert len(traced) == 3, "batches of 50 and of 20"
    trained("compile", epochs=2)
    trained("compile", epochs=2, batch_size=50)
    assert len(traced) == 3
    ops = {str(node.target) for node in traced[0].graph.nodes}
    assert any("add_" in op for op in ops), "the update is part of it"


def test_program_too_many_is_compiled_where_pytorch_would_quietly_run_eagerly(traced, trained):
    with torch.compiler.config.patch(recompile_limit=1):
        for lr in (0.1, 0.2):
            trained("compile", epochs=1, lr=lr)
    assert len(traced) == 2


def test_step_that_would_be_several_programs_is_an_error(traced):
    def broken(x):
        torch._dynamo.graph_break()
        return x + 1

    with pytest.raises(RuntimeError, match="graph_break"):
        compiled(broken)(torch.zeros(1))


def test_with_momentum_the_first_step_alone_is_not_compiled(traced, trained, monkeypatch):
    steps = []
    step = torch.optim.SGD.step
    monkeypatch.setattr(torch.optim.SGD, "step", lambda self: (steps.append(1), step(self)))
    trained("compile", epochs=4, sgd=MOMENTUM)
    assert len(steps) == 1
    assert len(traced) == 1


def test_advice_to_round_float32_products_to_ten_bits_is_not_passed_on(recwarn):
    compiled(lambda x: x + 1)
    # Inductor's words on a GPU that could
    advice = "TensorFloat32 tensor cores for float32 matrix multiplication available but not enabled."
    warnings.warn(advice, stacklevel=1)
    assert not recwarn.list
    warnings.warn("another one", stacklevel=1)
    assert len(recwarn.list) == 1


def test_training_without_anything_to_train_fails_in_each_mode_alike(traced, trained):
    everything = {f"fc{i}.{kind}" for i in (1, 2) for kind in ("weight", "bias")}
    for mode in ("eager", "compile"):
        with pytest.raises(RuntimeError, match="does not require grad"):
            trained(mode, epochs=1, frozen=everything)


def test_mode_that_trains_a_little_differently_is_seen_by_gate_5(runs, monkeypatch):
    lesson = next(modes.lessons(runs.values(), MINI_BATCHES))
    assert agree(modes.mode_checks(lesson, "eager", CPU))
    train = torch_mlp.train

    def hurried(model, optimizer, *args, **options):
        optimizer.param_groups[0]["lr"] *= 1.001
        return train(model, optimizer, *args, **options)

    monkeypatch.setattr(torch_mlp, "train", hurried, raising=False)
    failed = [check.tensor for check in modes.mode_checks(lesson, "eager", CPU) if not check.passed]
    assert failed[0] == "fc1.weight after step 1"


def test_array_that_a_side_lacks_is_a_failed_check(runs):
    lesson = next(modes.lessons(runs.values(), MINI_BATCHES))

    class Broken:
        def __getattr__(self, name):
            raise NotImplementedError(name)

    checks = modes.mode_checks(lesson, "eager", CPU, Broken())
    assert len(checks) == 20
    assert not any(check.passed for check in checks)
    assert "NotImplementedError" in checks[0].numpy


def test_trainings_of_a_comparison_run_in_its_mode(traced, runs, monkeypatch):
    asked = []
    train = torch_mlp.train
    noted = lambda *args, **options: (asked.append(options["mode"]), train(*args, **options))[1]  # noqa: E731
    monkeypatch.setattr(torch_mlp, "train", noted, raising=False)
    settings = Settings(epochs=2, dtypes=("float32",), mode="compile")
    comparison = Proof.prepare(settings)
    assert agree(proof.in_mode(comparison, list(runs.values())))
    assert asked == ["compile"] * 4
    assert proof.in_mode(Proof.prepare(replace(settings, mode="eager")), list(runs.values())) == []
    assert asked == ["compile"] * 4
    assert agree(proof.whole_training(comparison, "float32"))
    assert asked == ["compile"] * 6


def test_heading_title_and_json_name_the_mode_and_an_eager_comparison_says_nothing(runs):
    from compare import report

    for mode, said in (("eager", False), ("compile", True)):
        comparison = Proof.prepare(Settings(epochs=1, dtypes=("float32",), mode=mode))
        for text in (report.heading(comparison), pages.title(comparison)):
            assert (", trained in mode compile" in text) == said
            assert ("mode" in text) == said
        assert json.loads(report.as_json(comparison))["settings"]["mode"] == mode


def test_train_command_says_its_mode_unless_it_is_the_usual_one(cli, traced):
    quick = ("--epochs", "3", "--device", "cpu", "--quiet")
    code, out, err = cli("torch_mlp", "train", *quick, "--mode", "compile")
    assert (code, err) == (0, "")
    assert out.splitlines()[-1] == "mode       compile"
    assert "mode" not in cli("torch_mlp", "train", *quick)[1]
    assert len(traced) == 1


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_graph_mode_without_a_gpu_exits_3_with_one_line_and_loads_nothing(device, cli, compare, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr("torch_mlp.data.load_dataset", None)
    monkeypatch.setattr(Proof, "prepare", None)
    message = "error: --mode graph records CUDA launches, and this training runs on cpu\n"
    assert cli("torch_mlp", "train", "--mode", "graph", "--device", device) == (3, "", message)
    assert compare("--mode", "graph", "--device", device) == (3, "", message)
    assert compare("--mode", "graph", "--device", "all") == (3, "", message)


def test_compile_mode_without_a_compiler_exits_2_with_one_line_and_loads_nothing(cli, compare, monkeypatch):
    import torch._inductor.config

    monkeypatch.setattr("torch_mlp.data.load_dataset", None)
    monkeypatch.setattr(Proof, "prepare", None)
    torch.compiler.reset()
    check_compiler.cache_clear()
    with torch._inductor.config.patch({"cpp.cxx": (None, "/nonexistent/g++")}):
        found = [
            cli("torch_mlp", "train", "--mode", "compile", "--device", "cpu"),
            compare("--mode", "compile", "--device", "cpu"),
        ]
    for code, out, err in found:
        assert (code, out) == (2, "")
        assert err.startswith("error: --mode compile needs a C++ compiler such as g++: ")
        assert "/nonexistent/g++" in err
        assert err.endswith("; use --mode eager\n")
        assert err.count("\n") == 1


@pytest.mark.parametrize("others", [["--fuzz", "3"], ["--self-test"], ["--workers", "2"]], ids=str)
def test_mode_is_refused_where_it_would_mean_nothing(others, compare):
    code, out, err = compare("--mode", "compile", *others)
    assert (code, out) == (2, "")
    assert "--mode is for one comparison in one process" in err
    assert err.count("\n") == 1


def test_numpy_has_one_way_to_train_and_pytorch_three(cli):
    assert cli("numpy_mlp", "train", "--mode", "eager")[0] == 2
    code, _, err = cli("torch_mlp", "train", "--mode", "fast")
    assert code == 2
    assert "invalid choice: 'fast' (choose from" in err


@pytest.fixture
def compiler():
    """Skip where nothing can be compiled; else compile for any processor, which takes less time."""
    import torch._inductor.config

    torch.compiler.reset()
    check_compiler.cache_clear()
    with torch._inductor.config.patch({"cpp.vec_isa_ok": False}):
        try:
            check_compiler(CPU)
        except ValueError as error:
            pytest.skip(str(error))
        yield
    torch.compiler.reset()
    check_compiler.cache_clear()


def test_compiled_training_agrees_with_numpy_and_compiling_is_silent(compiler, capfd, monkeypatch, tmp_path):
    # one batch size, one set of hyperparameters: each other would be compiled too, for five seconds
    course, lessons = replace(MINI_BATCHES, batch_size=120, lr=proof.LEARNING_RATE), modes.lessons
    plain = lambda *args: [lesson for lesson in lessons(*args) if lesson.scenario.name != "momentum"]  # noqa: E731
    monkeypatch.setattr(proof, "MINI_BATCHES", course)
    monkeypatch.setattr(modes, "lessons", plain)
    report = tmp_path / "report.json"
    args = ["--epochs", "20", "--dtype", "float32", "--device", "cpu", "--json", str(report)]
    code = run.main(["--mode", "compile", *args])
    out, err = capfd.readouterr()
    assert code == 0, out
    assert err == ""
    assert ", trained in mode compile" in out
    assert "AGREE" in out
    in_mode = [check for check in json.loads(report.read_text())["checks"] if "compile" in check["scenario"]]
    assert {check["scenario"].partition(",")[0] for check in in_mode} == {
        "fresh",
        "trained",
        "uneven batches",
    }
