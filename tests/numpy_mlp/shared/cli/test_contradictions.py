"""Flags that contradict each other are refused; no library's words reach the user."""

import errno
import os

import pytest

from numpy_mlp.shared.cli import in_one_line
from numpy_mlp.shared.files import replacing

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])


@both
@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--style", "torchsummary", "--columns", "num_params"], "--style torchsummary has no --columns"),
        (["--style", "torchsummary", "--batch-size", "7"], "--style torchsummary has no --batch-size"),
        (["--weights", "TRAINED", "--hidden", "20"], "leave out --hidden"),
        (["--weights", "TRAINED", "--dataset", "wine"], "leave out --dataset"),
        (["--weights", "TRAINED", "--seed", "42"], "leave out --seed"),
        (["--weights", "TRAINED", "--dtype", "float64"], "leave out --dtype"),
        (["--weights", "TRAINED", "--hid", "20", "--see", "1"], "leave out --hidden, --seed"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_summary_refuses_flags_that_contradict_each_other(package, args, message, trained_files, cli, on_cpu):
    args = [trained_files["numpy_mlp"] if arg == "TRAINED" else arg for arg in args]
    code, out, err = cli(package, *on_cpu(package, "summary", *args))
    assert (code, out) == (2, "")
    assert message in err
    assert len(err.splitlines()) == 1


@both
@pytest.mark.parametrize("value", ["-1e3", "-1E+3", "-.5", "-3.", "-0.5e-1"])
def test_predict_takes_every_spelling_of_a_negative_number(package, value, trained_files, cli, on_cpu):
    code, out, err = cli(
        package,
        *on_cpu(package, "predict", "--weights", trained_files["numpy_mlp"], "5.1", "3.5", "1.4", value),
    )
    assert code == 0, err
    assert out
    assert f"note: petal width (cm) {float(value):g} lies outside" in err


@both
def test_learning_rate_may_be_written_as_a_negative_power(package, cli, on_cpu):
    code, _, err = cli(package, *on_cpu(package, "train", "--lr", "-1e-3", "--epochs", "2", "--quiet"))
    assert code == 2
    assert "Invalid learning rate: -0.001" in err


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (
            FileNotFoundError(errno.ENOENT, "No such file or directory", "w.npz"),
            "w.npz: No such file or directory",
        ),
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (FileNotFoundError("the folder x does not exist"), "the folder x does not exist"),
        (
            MemoryError("Unable to allocate 8 GiB"),
            "this machine has too little memory for that (Unable to allocate 8 GiB)",
        ),
        (MemoryError(), "out of memory"),
        (RuntimeError("one\n  frame #0"), "one"),
    ],
)
def test_errors_are_one_line_in_plain_words(error, line):
    assert in_one_line(error) == line


def test_a_full_disk_names_the_file_and_not_the_one_beside_it(tmp_path):
    path = tmp_path / "w.npz"
    with pytest.raises(OSError, match="No space left") as caught, replacing(path):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    assert in_one_line(caught.value) == f"{path}: No space left on device"
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_refuses_new_files_is_named_by_the_file(tmp_path, monkeypatch):
    import tempfile

    def refuse(**_):
        raise PermissionError(errno.EACCES, "Permission denied", str(tmp_path / ".writing-x"))

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(PermissionError) as caught, replacing(tmp_path / "w.npz"):
        pass
    assert in_one_line(caught.value) == f"{tmp_path / 'w.npz'}: Permission denied"


@both
@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--lr", "50"], r"the loss rose from 1\.073 to [\d.]+: the training diverged; try a smaller --lr\n"),
        (
            ["--lr", "1e30"],
            r"the loss is (nan|inf) from epoch \d+ on: the training diverged; try a smaller --lr\n",
        ),
        (
            ["--maximize"],
            r"the loss rose from 1\.073 to [\d.e+]+: --maximize climbs without an end; leave it out .*\n",
        ),
    ],
    ids=["finite", "nan", "maximize"],
)
def test_a_diverged_training_warns_with_its_own_advice_and_can_be_inspected(
    package, flags, line, cli, on_cpu, tmp_path
):
    import re

    path = tmp_path / "w.npz"
    code, out, err = cli(
        package, *on_cpu(package, "train", "--epochs", "400", "--quiet", "--weights", path, *flags)
    )
    assert code == 0
    assert re.fullmatch(line, err)
    assert ("no answers: the weights are no numbers" in out) == ("1e30" in flags)
    assert cli("numpy_mlp", "stats", "--weights", path)[0] == 0
    assert cli("numpy_mlp", "summary", "--weights", path)[0] == 0
    code, out, _ = cli(package, *on_cpu(package, "predict", "--weights", path))
    assert code == 0
    assert ("no answers" in out) == ("1e30" in flags)


def test_a_training_that_goes_well_warns_of_nothing(cli):
    assert cli("numpy_mlp", "train", "--epochs", "300", "--quiet")[2] == ""


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (["--weights", "x" * 300 + ".npz"], "File name too long"),
        (["--dataset", "x" * 300 + ".csv"], "is no file; expected a CSV file"),
        (["--hidden", "1" * 5000], "expected a whole number of 1 or more, got '111"),
    ],
    ids=["weights", "dataset", "hidden"],
)
def test_an_endless_word_is_refused_before_the_training_in_one_short_line(args, message, cli):
    code, out, err = cli("numpy_mlp", "train", "--epochs", "2", "--quiet", *args)
    assert (code, out) == (2, "")
    assert message in err
    assert "Errno" not in err
    assert len(err.splitlines()) == 1
    assert len(err) < 500


@both
def test_predict_says_of_a_diverged_network_that_it_has_no_answers(package, cli, on_cpu, tmp_path):
    path = tmp_path / "w.npz"
    cli("numpy_mlp", "train", "--lr", "1e30", "--epochs", "50", "--quiet", "--weights", path)
    args = on_cpu(package, "predict", "--weights", path, "5", "3", "1", "0.2")
    message = "error: the network has no answers: its training diverged, its weights are no numbers\n"
    assert cli(package, *args) == (2, "", message)
