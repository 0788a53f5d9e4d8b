import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

from numpy_mlp import load_weights

ROOT = Path(__file__).parent.parent
both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])

TRAIN = ["train", "--epochs", "200", "--quiet"]


def command(package, *args):
    return [sys.executable, "-m", package, *map(str, args)]


def subprocess_run(package, *args, **more):
    return subprocess.run(
        command(package, *args), cwd=ROOT, capture_output=True, text=True, check=False, **more
    )


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """For each package a file of 2000 epochs on Iris, trained in this process."""
    from numpy_mlp.__main__ import main as numpy_main
    from torch_mlp.__main__ import main as torch_main

    folder = tmp_path_factory.mktemp("trained")
    files = {"numpy_mlp": folder / "numpy.npz", "torch_mlp": folder / "torch.npz"}
    for package, main in (("numpy_mlp", numpy_main), ("torch_mlp", torch_main)):
        device = ["--device", "cpu"] if package == "torch_mlp" else []
        arguments = ["train", "--epochs", "2000", "--lr", "0.1", "--quiet", *device]
        assert main([*arguments, "--weights", str(files[package])]) == 0
    return files


def on_cpu(package, *args):
    return (*args, "--device", "cpu") if package == "torch_mlp" else args


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
def test_both_packages_print_the_same_report(flags, cli):
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


def test_report_names_network_training_loss_and_accuracy(cli):
    code, out, err = cli("numpy_mlp", *TRAIN, "--batch-size", "50", "--momentum", "0.5")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert lines[0] == "MLP("
    assert lines[5] == "network    4 -> 10 -> 3 on iris, 83 parameters, float32, seed 42"
    assert re.fullmatch(
        r"training   200 epochs in \d+\.\d\d s, batches of 50, lr 0.01, momentum 0.5", lines[6]
    )
    assert re.fullmatch(r"loss       \d\.\d{6} -> \d\.\d{6}", lines[7])
    assert re.fullmatch(r"train      \d+ of 120 right \(\d+\.\d\d%\)", lines[8])
    assert re.fullmatch(r"test       \d+ of 30 right \(\d+\.\d\d%\)", lines[9])
    assert len(lines) == 10


@both
def test_progress_goes_to_stderr_and_the_report_to_stdout(package, cli):
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
def test_every_dataset_trains(package, dataset, cli):
    code, out, err = cli(package, *on_cpu(package, "train", "--epochs", "2", "--quiet", "--dataset", dataset))
    assert (code, err) == (0, "")
    assert f" on {dataset}, " in out


def test_saved_file_holds_what_was_asked_for(tmp_path, cli):
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
def test_each_package_reads_the_files_of_both(writer, reader, trained, cli):
    file = trained[writer]
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
def test_both_packages_print_the_same_summary(flags, cli):
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
def test_sample_out_of_range_is_answered_with_a_note_on_stderr(package, trained, cli):
    args = on_cpu(package, "predict", "--weights", trained["numpy_mlp"], "5.1", "3.5", "20", "-0.5")
    code, out, err = cli(package, *args)
    assert code == 0
    assert out.splitlines()[0] in ("setosa", "versicolor", "virginica")
    assert len(err.splitlines()) == 2
    low_to_high = r"lies outside of the training samples' [\d.]+ to [\d.]+"
    assert re.match(rf"note: petal length \(cm\) 20 {low_to_high}\n", err)
    assert re.search(rf"note: petal width \(cm\) -0.5 {low_to_high}\n", err)


@both
def test_sample_far_out_of_range_never_gets_nan_for_an_answer(package, trained, cli):
    args = on_cpu(package, "predict", "--weights", trained["numpy_mlp"], "1e300", "3.5", "1.4", "0.2")
    _, out, _ = cli(package, *args)
    assert "nan" not in out


@both
@pytest.mark.parametrize("nan_reaches_stderr_with", ["--quiet", "--progress=off"])
def test_training_that_diverges_says_so_once(package, nan_reaches_stderr_with, cli):
    flags = ("--lr", "1e30", "--epochs", "50", nan_reaches_stderr_with)
    code, _, err = cli(package, *on_cpu(package, "train", *flags))
    assert code == 0
    pattern = r"the loss is (nan|inf) from epoch \d+ on: the training diverged; try a smaller --lr\n"
    assert re.fullmatch(pattern, err)


WRONG = {
    "no command": ([], "COMMAND"),
    "unknown command": (["fly"], "fly"),
    "unknown flag": (["train", "--speed", "9"], "--speed"),
    "unknown data set": (["train", "--dataset", "mnist"], "mnist"),
    "no units": (["train", "--hidden", "0"], "expected a whole number of 1 or more, got '0'"),
    "half an epoch": (["train", "--epochs", "1.5"], "expected a whole number of 1 or more, got '1.5'"),
    "no epochs": (["train", "--epochs", "0"], "expected a whole number of 1 or more, got '0'"),
    "empty batch": (["train", "--batch-size", "0"], "expected a whole number of 1 or more, got '0'"),
    "lr is a word": (["train", "--lr", "fast"], "expected a number, got 'fast'"),
    "lr is nan": (["train", "--lr", "nan"], "expected a number, got 'nan'"),
    "lr is infinite": (["train", "--lr", "inf"], "expected a number, got 'inf'"),
    "negative lr": (["train", "--lr", "-0.1"], "Invalid learning rate: -0.1"),
    "negative momentum": (["train", "--momentum", "-1"], "Invalid momentum value: -1.0"),
    "nesterov alone": (["train", "--nesterov"], "Nesterov momentum requires a momentum"),
    "unknown dtype": (["train", "--dtype", "float16"], "float16"),
    "negative seed": (["train", "--seed", "-1"], "expected a whole number from 0 to 4294967295, got '-1'"),
    "seed of 33 bits": (
        ["train", "--epochs", "1", "--seed", "4294967296"],
        "expected a whole number from 0 to 4294967295",
    ),
    "seed of 100 bits": (
        ["train", "--epochs", "1", "--seed", str(2**100)],
        "expected a whole number from 0 to 4294967295",
    ),
    "missing folder": (["train", "--weights", "/nowhere/w.npz"], "does not exist; create it first"),
    "folder as file": (["train", "--weights", "/"], "is a folder; name a file in it"),
    "unknown column": (["summary", "--columns", "colour"], "colour"),
    "unknown style": (["summary", "--style", "keras"], "keras"),
    "no weights flag": (["predict"], "--weights"),
    "missing file": (["predict", "--weights", "/nowhere.npz"], "/nowhere.npz"),
    "source as weights": (["predict", "--weights", __file__], "is not a whole weights file"),
    "summary of a text": (["summary", "--weights", __file__], "is not a whole weights file"),
    "too few values": (["predict", "--weights", "TRAINED", "1", "2", "3"], "expected 4 values (sepal length"),
    "too many values": (["predict", "--weights", "TRAINED", *"12345"], "got 5"),
    "nan as a value": (["predict", "--weights", "TRAINED", "1", "nan", "1", "1"], "expected a number"),
    "a network of petabytes": (["train", "--epochs", "1", "--hidden", str(10**15)], ""),
}


@both
@pytest.mark.parametrize("case", WRONG)
def test_wrong_input_is_one_line_on_stderr_and_exit_code_2(case, package, trained, cli):
    args, words = WRONG[case]
    args = [trained["numpy_mlp"] if arg == "TRAINED" else arg for arg in args]
    if package == "torch_mlp" and args:
        args = [args[0], "--device", "cpu", *args[1:]]
    code, out, err = cli(package, *args)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert err.endswith("\n")


@both
def test_learning_rate_beyond_float32_ends_in_one_line(package, cli):
    args = ("train", "--epochs", "2", "--lr", "1e300", "--quiet")
    code, _, err = cli(package, *on_cpu(package, *args))
    assert code in (0, 2)
    assert len(err.splitlines()) == 1


@pytest.mark.parametrize("name", ["tpu", "cuda:", "cuda:-1", "cuda:x", "cuda:01", "cpu:1", ""])
def test_device_that_does_not_exist_anywhere_is_wrong_usage(name, cli):
    code, out, err = cli("torch_mlp", "train", "--device", name)
    assert (code, out) == (2, "")
    assert f"expected auto, cpu, cuda or cuda:N, got '{name}'" in err
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


def test_numpys_command_knows_no_device(cli):
    assert cli("numpy_mlp", "train", "--device", "cpu")[0] == 2


@both
def test_ctrl_c_is_exit_code_130_and_a_line_with_the_epoch(package, cli, monkeypatch):
    def press(self, *args, **kwargs):
        raise KeyboardInterrupt

    owner = "numpy_mlp.sgd.SGD" if package == "numpy_mlp" else "torch.optim.SGD"
    monkeypatch.setattr(f"{owner}.step", press)
    code, out, err = cli(package, *on_cpu(package, *TRAIN))
    assert (code, out) == (130, "")
    assert err == "\ntraining stopped at epoch 0 of 200\n"


@both
def test_ctrl_c_leaves_the_old_weights_as_they_were(package, tmp_path, cli, monkeypatch):
    def press(self, *args, **kwargs):
        raise KeyboardInterrupt

    path = tmp_path / "w.npz"
    path.write_bytes(b"old")
    owner = "numpy_mlp.sgd.SGD" if package == "numpy_mlp" else "torch.optim.SGD"
    monkeypatch.setattr(f"{owner}.step", press)
    assert cli(package, *on_cpu(package, *TRAIN, "--weights", path))[0] == 130
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


# The same as real processes: what a shell sees.


def test_process_separates_stdout_from_stderr():
    result = subprocess_run("numpy_mlp", "train", "--epochs", "20")
    assert result.returncode == 0
    assert result.stdout.startswith("MLP(\n")
    assert len(result.stderr.splitlines()) == 10


@both
def test_process_with_wrong_input_exits_with_2(package):
    result = subprocess_run(package, "predict", "--weights", "/nowhere.npz")
    assert result.returncode == 2
    assert result.stdout == ""
    assert "error: " in result.stderr
    assert "Traceback" not in result.stderr


def test_process_without_its_device_exits_with_3():
    result = subprocess_run("torch_mlp", "train", "--device", "cuda:99")
    assert result.returncode == 3
    assert result.stdout == ""
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(os.name != "posix", reason="signals are POSIX's")
def test_process_that_gets_sigint_exits_with_130_and_says_at_which_epoch():
    process = subprocess.Popen(
        command("numpy_mlp", "train", "--epochs", "100000"),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr.readline().startswith("NumPy: 10000 of 100000 epochs")
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert out == ""
    assert re.search(r"^training stopped at epoch (9999|\d{5}) of 100000$", err, re.M)
    assert "Traceback" not in err


@pytest.mark.skipif(os.name != "posix", reason="closed pipes are POSIX's")
def test_reader_that_closes_its_pipe_sees_no_traceback():
    # as `| head -1` may do: nobody reads any more when the report comes
    reader, writer = os.pipe()
    os.close(reader)
    result = subprocess.run(
        command("numpy_mlp", "summary"),
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)
    assert result.returncode == 0
    assert result.stderr == ""


def test_console_that_shows_ascii_alone_gets_a_table_without_a_traceback():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    result = subprocess_run("numpy_mlp", "summary", env=environment)
    assert result.returncode == 0
    assert "Linear: 1-1" in result.stdout
    assert result.stderr == ""
