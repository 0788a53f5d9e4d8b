"""The commands train, summary and predict of both packages, which print the same."""

import re
import sys

import numpy as np
import pytest
import torch

from numpy_mlp import load_weights

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])

TRAIN = ["train", "--epochs", "200", "--quiet"]


def without_seconds(report):
    return re.sub(r"epochs in [\d.]+ s", "epochs in ? s", report)


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--batch-size", "16", "--momentum", "0.9", "--nesterov"],
        ["--hidden", "8", "6", "--dtype", "float64", "--weight-decay", "0.01", "--seed", "7"],
    ],
    ids=" ".join,
)
def test_both_packages_print_the_same_report(flags, cli, on_cpu):
    reports = []
    for package in ("numpy_mlp", "torch_mlp"):
        code, out, err = cli(package, *on_cpu(package, *TRAIN, *flags))
        assert (code, err) == (0, "")
        reports.append(without_seconds(out))
    # losses agree to four decimals; the rest is equal to the letter
    ours, theirs = (np.array(re.findall(r"\d\.\d{6}", report), float) for report in reports)
    assert len(ours) == 2
    assert np.abs(ours - theirs).max() <= 1e-4
    masked = [re.sub(r"\d\.\d{6}", "?", report) for report in reports]
    assert masked[0] == masked[1]


@both
def test_progress_goes_to_stderr_and_the_report_to_stdout(package, cli, on_cpu):
    code, out, err = cli(package, *on_cpu(package, "train", "--epochs", "20"))
    assert code == 0
    name = "NumPy" if package == "numpy_mlp" else "PyTorch"
    assert len(err.splitlines()) == 10
    assert err.splitlines()[-1].startswith(f"{name}: 20 of 20 epochs, loss ")
    assert "epochs," not in out
    assert out.startswith("MLP(\n")


def test_auto_says_on_stderr_which_device_it_took(cli):
    expected = "cuda:0" if torch.cuda.is_available() else "cpu"
    code, out, err = cli("torch_mlp", "summary")
    assert code == 0
    assert err.startswith(f"device: {expected}")
    assert "device:" not in out
    assert cli("torch_mlp", "summary", "--device", "cpu")[2] == ""


@both
@pytest.mark.parametrize("dataset", ["wine", "breast_cancer", "digits"])
def test_every_dataset_trains(package, dataset, cli, on_cpu):
    code, out, err = cli(package, *on_cpu(package, "train", "--epochs", "2", "--quiet", "--dataset", dataset))
    assert (code, err) == (0, "")
    assert f" on {dataset}, " in out


def test_saved_file_holds_the_hyperparameters_and_names(tmp_path, cli):
    path = tmp_path / "w"
    code, out, _ = cli("numpy_mlp", *TRAIN, "--lr", "0.5", "--seed", "3", "--weights", path)
    assert code == 0
    assert out.splitlines()[-1] == f"saved      {path}"
    trained = load_weights(path)
    assert trained.library == "numpy"
    assert trained.hyperparameters == {
        "epochs": 200,
        "batch_size": None,
        "seed": 3,
        "lr": 0.5,
        "momentum": 0.0,
        "dampening": 0.0,
        "weight_decay": 0.0,
        "nesterov": False,
        "maximize": False,
    }
    assert trained.history.snapshot_epochs == [0, 200]
    assert trained.class_names == ("setosa", "versicolor", "virginica")


@pytest.mark.parametrize("reader", ["numpy_mlp", "torch_mlp"])
@pytest.mark.parametrize("writer", ["numpy_mlp", "torch_mlp"])
def test_each_package_reads_the_files_of_both(writer, reader, trained_files, cli, on_cpu):
    file = trained_files[writer]
    code, out, err = cli(reader, *on_cpu(reader, "predict", "--weights", file, "5.1", "3.5", "1.4", "0.2"))
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "setosa"
    assert [line.split()[0] for line in lines[1:]] == ["setosa", "versicolor", "virginica"]
    probabilities = [float(line.split()[1]) for line in lines[1:]]
    assert sorted(probabilities, reverse=True) == probabilities
    assert sum(probabilities) == pytest.approx(1, abs=3e-6)  # three numbers of six decimals

    code, out, err = cli(reader, *on_cpu(reader, "predict", "--weights", file))
    assert (code, err) == (0, "")
    right = int(re.match(r"test samples: (\d+) of 30 right ", out)[1])
    assert (
        len(re.findall(r"^  sample \d+: \w+ \(0\.\d{6}\), in truth \w+ \(0\.\d{6}\)$", out, re.M))
        == 30 - right
    )
    assert right >= 27

    code, out, _ = cli(reader, *on_cpu(reader, "summary", "--weights", file))
    assert code == 0
    assert "Total params: 83\n" in out


@pytest.mark.parametrize(
    "flags",
    [
        [],
        ["--hidden", "20", "10", "--batch-size", "120", "--dataset", "digits", "--dtype", "float64"],
        ["--columns", "input_size", "kernel_size", "mult_adds", "trainable", "params_percent"],
        ["--style", "torchsummary"],
        ["--style", "torchsummary", "--hidden", "5", "5"],
    ],
    ids=" ".join,
)
@pytest.mark.filterwarnings("ignore")  # of torchsummary
def test_both_packages_print_the_same_summary(flags, cli, on_cpu):
    ours, theirs = (
        cli(package, *on_cpu(package, "summary", *flags)) for package in ("numpy_mlp", "torch_mlp")
    )
    assert ours == theirs
    assert ours[0] == 0
    assert "Total params:" in ours[1]


def test_summary_without_torchsummary_says_what_to_install(cli, monkeypatch):
    monkeypatch.setitem(sys.modules, "torchsummary", None)
    code, out, err = cli("torch_mlp", "summary", "--style", "torchsummary", "--device", "cpu")
    assert (code, out) == (2, "")
    assert err == "error: torchsummary is not installed; pip install torchsummary\n"


@both
def test_learning_rate_beyond_float32_ends_in_one_line(package, cli, on_cpu):
    args = ("train", "--epochs", "2", "--lr", "1e300", "--quiet")
    code, _, err = cli(package, *on_cpu(package, *args))
    assert code in (0, 2)
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("name", ["cuda:99", "cuda:300", "cuda:99999999999999999999"])
@pytest.mark.parametrize(
    "args", [["train"], ["summary"], ["predict", "--weights", "/nowhere.npz"]], ids=" ".join
)
def test_device_that_is_not_here_is_exit_code_3(name, args, cli):
    code, out, err = cli("torch_mlp", *args, "--device", name)
    assert (code, out) == (3, "")
    assert err.startswith(f"error: --device {name}: PyTorch {torch.__version__} sees ")
    assert len(err.splitlines()) == 1
