"""What the commands of both packages print, and their notes on stderr."""

import re

import pytest

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])

TRAIN = ["train", "--epochs", "200", "--quiet"]


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
def test_sample_out_of_range_is_answered_with_a_note_on_stderr(package, trained_files, cli, on_cpu):
    args = on_cpu(package, "predict", "--weights", trained_files["numpy_mlp"], "5.1", "3.5", "20", "-0.5")
    code, out, err = cli(package, *args)
    assert code == 0
    assert out.splitlines()[0] in ("setosa", "versicolor", "virginica")
    assert len(err.splitlines()) == 2
    low_to_high = r"lies outside of the training samples' [\d.]+ to [\d.]+"
    assert re.match(rf"note: petal length \(cm\) 20 {low_to_high}\n", err)
    assert re.search(rf"note: petal width \(cm\) -0.5 {low_to_high}\n", err)


@both
def test_sample_far_out_of_range_never_gets_nan_for_an_answer(package, trained_files, cli, on_cpu):
    args = on_cpu(package, "predict", "--weights", trained_files["numpy_mlp"], "1e300", "3.5", "1.4", "0.2")
    _, out, _ = cli(package, *args)
    assert "nan" not in out


@both
@pytest.mark.parametrize("nan_reaches_stderr_with", ["--quiet", "--progress=off"])
def test_training_that_diverges_says_so_once(package, nan_reaches_stderr_with, cli, on_cpu):
    flags = ("--lr", "1e30", "--epochs", "50", nan_reaches_stderr_with)
    code, _, err = cli(package, *on_cpu(package, "train", *flags))
    assert code == 0
    pattern = r"the loss is (nan|inf) from epoch \d+ on: the training diverged; try a smaller --lr\n"
    assert re.fullmatch(pattern, err)
