"""What the parser of both packages' commands refuses."""

import pytest

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])


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
def test_wrong_input_is_one_line_on_stderr_and_exit_code_2(case, package, trained_files, cli):
    args, words = WRONG[case]
    args = [trained_files["numpy_mlp"] if arg == "TRAINED" else arg for arg in args]
    if package == "torch_mlp" and args:
        args = [args[0], "--device", "cpu", *args[1:]]
    code, out, err = cli(package, *args)
    assert (code, out) == (2, "")
    assert words in err
    assert len(err.splitlines()) == 1
    assert err.endswith("\n")


@pytest.mark.parametrize("name", ["tpu", "cuda:", "cuda:-1", "cuda:x", "cuda:01", "cpu:1", ""])
def test_device_that_does_not_exist_anywhere_is_wrong_usage(name, cli):
    code, out, err = cli("torch_mlp", "train", "--device", name)
    assert (code, out) == (2, "")
    assert f"expected auto, cpu, cuda or cuda:N, got '{name}'" in err
    assert len(err.splitlines()) == 1


def test_numpys_command_knows_no_device(cli):
    assert cli("numpy_mlp", "train", "--device", "cpu")[0] == 2
