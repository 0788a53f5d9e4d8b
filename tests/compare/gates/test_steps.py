"""``compare.run --mode``: PyTorch's other ways to train against NumPy's steps."""

import json
from dataclasses import replace

import pytest
import torch

from compare import comparison, run, torch_side
from compare.checks import agree, first_divergence
from compare.gates import material, stages
from compare.gates.material import Material, Settings
from compare.gates.steps import ShortTraining, short_training_gate, short_trainings
from compare.proof import Proof
from compare.report import files, pages, text
from compare.scenario import EVERYTHING, TrainingSettings

# torch's own code, at its import
pytestmark = pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")


@pytest.fixture(scope="module")
def given():
    """The material of a comparison."""
    return Material(Settings(epochs=1, dtypes=("float32",)))


@pytest.fixture
def trainings(given):
    """The short trainings of a comparison: fresh, trained, momentum, uneven batches."""
    return list(short_trainings(given.scenarios("float32"), 50, 0.1))


@pytest.mark.slow
def test_compiled_steps_stay_within_the_budget(traced, given, trainings):
    names = [training.scenario.name for training in trainings]
    assert names == ["fresh", "trained", "momentum", "uneven batches"]
    assert trainings[0].scenario.sgd == trainings[1].scenario.sgd, "what differs is compiled twice"
    runs = {scenario.name: scenario for scenario in given.scenarios("float32")}
    scenario = replace(runs["dampening"].astype("float64"), steps=(EVERYTHING,) * 3)
    trainings.append(ShortTraining(scenario, TrainingSettings(3, scenario.sgd["lr"])))
    for training in trainings:
        checks = short_training_gate(training, "compile").checks()
        assert agree(checks), first_divergence(checks)
        assert {check.gate for check in checks} == {"update"}
        assert checks[0].scenario == f"{training.scenario.name}, compile training"


def test_short_trainings_agree_and_keep_every_loss_and_weight(trainings):
    checks = [short_training_gate(training).checks() for training in trainings]
    assert all(agree(found) for found in checks)
    # 4 epochs of a loss and 4 weights; in batches 2 epochs
    assert [len(found) for found in checks] == [20, 20, 20, 10]


def test_mode_that_trains_a_little_differently_is_seen_by_gate_5(trainings, monkeypatch):
    train = torch_side.faster.train

    def hurried(model, optimizer, *args, **options):
        optimizer.param_groups[0]["lr"] *= 1.001
        return train(model, optimizer, *args, **options)

    monkeypatch.setattr(torch_side.faster, "train", hurried)
    failed = [check.tensor for check in short_training_gate(trainings[0]).checks() if not check.passed]
    assert failed[0] == "fc1.weight after step 1"


def test_array_that_a_side_lacks_is_a_failed_check(trainings):
    class Broken:
        def __getattr__(self, name):
            raise NotImplementedError(name)

    checks = short_training_gate(trainings[0]).checks(Broken())
    assert len(checks) == 20
    assert not any(check.passed for check in checks)
    assert "NotImplementedError" in checks[0].numpy


@pytest.mark.slow
def test_trainings_of_a_comparison_run_in_its_mode(traced, monkeypatch):
    used, train = [], torch_side.faster.train

    def noted(*args, **options):
        used.append(options["mode"])
        return train(*args, **options)

    monkeypatch.setattr(torch_side.faster, "train", noted)
    monkeypatch.setattr(material, "WARM_UP", TrainingSettings(1, 0.1))
    compiled = Material(Settings(epochs=2, dtypes=("float32",), mode="compile"))
    gates = [gate for gate in stages.steps(compiled, "float32") if "compile" in gate.context.scenario]
    assert len(gates) == 4
    assert used == ["eager"] + ["compile"] * 4, "in every mode the scenario `trained` has the same weights"
    for gate in stages.trajectory(compiled, "float32"):
        gate.checks()
    assert used == ["eager"] + ["compile"] * 6


def test_heading_title_and_json_name_the_mode_and_an_eager_comparison_says_nothing():
    for mode, said in (("eager", False), ("compile", True)):
        proof = Proof(Material(Settings(epochs=1, dtypes=("float32",), mode=mode)))
        for line in (text.heading(proof), pages.title(proof)):
            assert (", trained in mode compile" in line) == said
            assert ("mode" in line) == said
        assert json.loads(files.as_json(proof, []))["settings"]["mode"] == mode


@pytest.mark.parametrize("device", ["auto", "cpu"])
def test_graph_mode_without_a_gpu_exits_3_with_one_line_and_loads_nothing(device, compare, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(comparison, "Material", None)
    message = "error: --mode graph records CUDA launches, and this training runs on cpu\n"
    assert compare("--mode", "graph", "--device", device) == (3, "", message)
    assert compare("--mode", "graph", "--device", "all") == (3, "", message)


@pytest.mark.slow
def test_compile_mode_without_a_compiler_exits_2_with_one_line_and_loads_nothing(
    compare, no_compiler, monkeypatch
):
    monkeypatch.setattr(comparison, "Material", None)
    code, out, err = compare("--mode", "compile", "--device", "cpu")
    assert (code, out) == (2, "")
    assert err.startswith("error: --mode compile needs a C++ compiler such as g++: ")
    assert err.endswith("; use --mode eager\n")
    assert err.count("\n") == 1


@pytest.mark.parametrize("others", [["--fuzz", "3"], ["--self-test"], ["--workers", "2"]], ids=" ".join)
def test_mode_is_refused_where_it_would_mean_nothing(others, compare):
    code, out, err = compare("--mode", "compile", *others)
    assert (code, out) == (2, "")
    assert "--mode is for one comparison in one process" in err or "makes no use of --mode" in err
    assert err.count("\n") == 1


@pytest.mark.slow
def test_compiled_training_agrees_with_numpy_and_compiling_is_silent(compiler, capfd, monkeypatch, tmp_path):
    # one batch size, one set of hyperparameters: each other would be compiled too, for five seconds
    settings = TrainingSettings(epochs=20, lr=material.LEARNING_RATE, batch_size=120)
    monkeypatch.setattr(Material, "mini_batches", settings)
    plain = lambda *args: (one for one in short_trainings(*args) if one.scenario.name != "momentum")  # noqa: E731
    monkeypatch.setattr(stages, "short_trainings", plain)
    report = tmp_path / "report.json"
    args = ["--epochs", "20", "--dtype", "float32", "--device", "cpu", "--json", str(report)]
    code = run.main(["--mode", "compile", *args])
    out, err = capfd.readouterr()
    assert code == 0, out
    assert err == ""
    assert ", trained in mode compile" in out
    assert "AGREE" in out
    in_mode = [
        check
        for check in json.loads(report.read_text(encoding="utf-8"))["checks"]
        if "compile" in check["scenario"]
    ]
    names = {check["scenario"].partition(",")[0] for check in in_mode}
    assert names == {"fresh", "trained", "uneven batches"}
