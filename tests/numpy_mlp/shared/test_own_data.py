"""Own data from a CSV file: what is read, and the one line for everything that is wrong with it."""

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.model_selection import train_test_split

from numpy_mlp import load_dataset
from numpy_mlp.shared.own_data import read_table

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])
HEADER = "sepal length (cm),sepal width (cm),petal length (cm),petal width (cm),species"


@pytest.fixture(scope="module")
def lines():
    """Iris as the lines of a CSV file."""
    bunch = load_iris()
    rows = [
        ",".join([*map(str, x), str(bunch.target_names[y])])
        for x, y in zip(bunch.data, bunch.target, strict=True)
    ]
    return [HEADER, *rows]


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="flowers.csv", encoding="utf-8"):
        path = tmp_path / name
        path.write_text(text if isinstance(text, str) else "\n".join(text), encoding=encoding)
        return path

    return to_file


def first_column_last(line):
    *features, label = line.split(",")
    return ",".join([label, *features])


def test_iris_from_a_file_is_iris(lines, write, iris):
    found = load_dataset(write(lines))
    for name in ("x_train", "y_train", "x_test", "y_test"):
        assert np.array_equal(getattr(found, name), getattr(iris, name))
    assert found.class_names == iris.class_names
    assert found.feature_names == iris.feature_names


def test_columns_may_be_named_by_numbers_such_as_wavelengths(lines, write, iris):
    found = load_dataset(write(["400.5,401.0,401.5,402.0,species", *lines[1:]]))
    assert found.feature_names == ("400.5", "401.0", "401.5", "402.0")
    assert np.array_equal(found.x_train, iris.x_train)


@pytest.mark.parametrize("delimiter", [";", "\t", ","])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_spreadsheets_in_any_country_are_read(lines, write, iris, delimiter, encoding, ending):
    text = ending.join(lines).replace(",", delimiter)
    if delimiter == ";":
        text = text.replace(".", ",")
    found = load_dataset(write(text, encoding=encoding))
    assert np.array_equal(found.x_train, iris.x_train)
    assert found.feature_names[0] == "sepal length (cm)"


def test_label_names_the_column_of_the_classes(lines, write, iris):
    path = write([first_column_last(line) for line in lines])
    found = load_dataset(path, label="species")
    assert np.array_equal(found.x_test, iris.x_test)
    assert found.name == f"{path}#species"
    assert np.array_equal(load_dataset(found.name).x_test, iris.x_test), "the name alone finds the data again"


def test_classes_that_are_numbers_stand_in_their_order(write):
    rows = [f"{i},{label}" for i, label in enumerate(["10", "9.0", "2", "9", "10", "2"])]
    found = read_table(str(write(["x,class", *rows])))
    assert found.target_names == ["2", "9", "10"]
    assert found.target.tolist() == [2, 1, 0, 1, 2, 0]


def changed(line, text):
    def change(lines):
        return [*lines[:line], text, *lines[line + 1 :]]

    return change


WRONG = {
    "missing value": (
        changed(7, "5.1,,1.4,0.2,setosa"),
        "line 8, column 'sepal width (cm)': a value is missing",
    ),
    "missing class": (changed(7, "5.1,3,1.4,0.2,"), "line 8, column 'species': a value is missing"),
    "NA": (changed(7, "5.1,NA,1.4,0.2,setosa"), "a value is missing"),
    "text among numbers": (
        changed(7, "5.1,wide,1.4,0.2,setosa"),
        "line 8, column 'sepal width (cm)': expected a number, got 'wide'",
    ),
    "infinity": (changed(7, "5.1,inf,1.4,0.2,setosa"), "expected a number, got 'inf'"),
    "too few columns": (changed(7, "5.1,3,setosa"), "line 8: expected 5 columns as in the header, got 3"),
    "one class": (
        lambda lines: lines[:51],
        "expected two classes or more in column 'species', got only 'setosa'",
    ),
    "one sample of a class": (
        changed(7, "5.1,3,1.4,0.2,tulip"),
        "class 'tulip' in column 'species' has 1 sample, and needs 2",
    ),
    "measurements as classes": (
        lambda lines: [line.rpartition(",")[0] for line in lines[:30]],
        "name it with --label",
    ),
    "no header": (
        lambda lines: [line.rpartition(",")[0] for line in lines[1:]],
        "expected names in the first line, got numbers",
    ),
    "a header alone": (lambda lines: lines[:1], "expected a header and samples below it, got 1 lines"),
    "nothing": (lambda lines: [""], "expected a header and samples below it, got 0 lines"),
    "one column": (lambda lines: [line.rpartition(",")[2] for line in lines], "got only 'species'"),
    "two columns of one name": (changed(0, "a,a,b,c,species"), "got 'a' 2 times"),
    "a column without a name": (changed(0, "a,,b,c,species"), "column 2 has no name; give it one"),
    "a sample for a header": (lambda lines: lines[1:], "expected names in the first line, got numbers"),
    "a number too large to scale": (changed(7, "1e300,3,1.4,0.2,setosa"), "expected a number, got '1e300'"),
    "a number of Python alone": (changed(7, "1_000,3,1.4,0.2,setosa"), "expected a number, got '1_000'"),
    "an open quote": (changed(7, '5.1,"3,1.4,0.2,setosa'), "can't be read as CSV"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_is_wrong_with_a_file_is_one_line(case, lines, write, cli):
    change, message = WRONG[case]
    code, out, err = cli("numpy_mlp", "train", "--epochs", "1", "--quiet", "--dataset", write(change(lines)))
    assert (code, out) == (2, "")
    assert message in err
    assert "flowers.csv" in err
    assert len(err.splitlines()) == 1


def test_a_class_without_training_samples_is_refused(write):
    _, test = train_test_split(np.arange(40), test_size=0.2, random_state=42)
    rows = [f"{i},{'c' if i in test[:2] else 'ab'[i % 2]}" for i in range(40)]
    with pytest.raises(ValueError, match="all 2 samples of class 'c' fell into the test part"):
        load_dataset(write(["x,class", *rows]))


def test_text_that_is_not_utf8_is_one_line(lines, write):
    with pytest.raises(ValueError, match="is not UTF-8 text; save it as CSV in UTF-8"):
        load_dataset(write([*lines, "5.1,3,1.4,0.2,größe"], encoding="latin-1"))


@both
def test_label_goes_with_a_file_and_is_refused_without_one(package, cli, on_cpu):
    code, out, err = cli(package, *on_cpu(package, "train", "--label", "species"))
    assert (code, out) == (2, "")
    assert "--label goes with --dataset FILE.csv, not with iris" in err
    assert len(err.splitlines()) == 1


@both
def test_own_data_run_through_train_summary_predict_and_plot(package, lines, write, cli, tmp_path, on_cpu):
    path, weights = write([first_column_last(line) for line in lines]), tmp_path / "w.npz"
    data = ["--dataset", path, "--label", "species"]

    def call(*args):
        return cli(package, *on_cpu(package, *args))

    code, out, err = call("train", *data, "--epochs", "50", "--quiet", "--weights", weights)
    assert (code, err) == (0, "")
    assert "on" in out
    assert call("summary", *data)[0] == 0
    code, out, _ = call("predict", "--weights", weights, "5.1", "3.5", "1.4", "0.2")
    assert out.splitlines()[0] in ("setosa", "versicolor", "virginica")
    assert call("predict", "--weights", weights)[1].startswith("test samples: ")
    assert call("plot", "confusion", "--weights", weights, "--out", tmp_path / "a.svg")[0] == 0
    # the file changes: what needs its samples says so, and what does not is drawn
    write([first_column_last(line) for line in lines[:120]])
    code, _, err = call("predict", "--weights", weights)
    assert (code, err) == (2, f"error: {path}#species has changed since the training; train again\n")
    path.unlink()
    assert "does not exist" in call("predict", "--weights", weights)[2]
    assert call("plot", "heatmaps", "--weights", weights, "--out", tmp_path / "b.svg")[0] == 0


@pytest.mark.slow
def test_own_data_are_compared_and_swept(lines, write, compare, capsys):
    from compare.sweep.__main__ import main as sweep

    path = write(lines)
    code, out, _ = compare("--dataset", path, "--epochs", "20", "--dtype", "float32", "--device", "cpu")
    assert code == 0, out
    args = [
        "--dataset",
        str(path),
        "--hidden",
        "2",
        "--lr",
        "0.1",
        "--seeds",
        "1",
        "--epochs",
        "5",
        "--jobs",
        "1",
    ]
    assert sweep(args) == 0
    assert "flowers.csv" in capsys.readouterr().out
