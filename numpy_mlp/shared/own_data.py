"""Own data: a CSV file with a header, numbers in its columns, and the class in the last or a named one.

A file is named as a data set is, with the class's column behind a number sign: ``flowers.csv#species``. So a
weights file needs only that name to find its data again.
"""

import hashlib
import re
from typing import NamedTuple

import numpy as np

ENDINGS = (".csv", ".tsv")
LARGEST = 1e30
Line = tuple[int, list[str]]
MISSING = ("", "?", "na", "n/a", "nan", "null", "none")


class Table(NamedTuple):
    """A file's samples, in the names of scikit-learn's bundled data sets."""

    data: np.ndarray
    target: np.ndarray
    feature_names: list[str]
    target_names: list[str]


def is_file(name: str) -> bool:
    """Return whether a data set's name is a file's, with or without a label."""
    return split_label(name)[0].lower().endswith(ENDINGS)


def with_label(name: str, label: str | None) -> str:
    """Return the name of a data set with its label's column.

    Raises:
        ValueError: a bundled data set has no column to choose.
    """
    if label is None:
        return name
    if not is_file(name):
        raise ValueError(f"a label names the class column of a CSV file; {name} has none to choose")
    return f"{split_label(name)[0]}#{label}"


def split_label(name: str) -> tuple[str, str | None]:
    """Return the file and the label's column, which is None for the last one."""
    found = re.fullmatch(r"(.*\.[ct]sv)#(.+)", name, re.IGNORECASE | re.DOTALL)
    return (found[1], found[2]) if found else (name, None)


def content_of(name: str) -> str:
    """Return a hash of a file's bytes; the empty text for a bundled data set, which never changes."""
    if not is_file(name):
        return ""
    with open(split_label(name)[0], "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def read_table(name: str) -> Table:
    """Read a file: commas, semicolons or tabs between columns; after semicolons 5,1 is the number 5.1.

    Raises:
        OSError: the file can't be read.
        ValueError: it is no such table; the message names the line and the column.
    """
    path, label = split_label(name)
    delimiter, (_, first), rows = rows_of(path)
    header = [cell.strip() for cell in first]
    column = label_column(path, header, label)
    check_header(path, header, rows)
    features, labels = [], []
    for line, cells in rows:
        where = f"{path}, line {line}"
        if len(cells) != len(header):
            raise ValueError(f"{where}: expected {len(header)} columns as in the header, got {len(cells)}")
        cells = [cell.strip() for cell in cells]
        for title, cell in zip(header, cells, strict=True):
            if cell.lower() in MISSING:
                raise ValueError(
                    f"{where}, column {title!r}: a value is missing; fill it in or leave the line out"
                )
        labels.append(cells.pop(column))
        titles = header[:column] + header[column + 1 :]
        features.append(
            [
                number(f"{where}, column {title!r}", cell, delimiter)
                for title, cell in zip(titles, cells, strict=True)
            ]
        )
    target, names = classes_of(path, header[column], labels)
    return Table(np.array(features, np.float64), target, header[:column] + header[column + 1 :], names)


def rows_of(path: str) -> tuple[str, Line, list[Line]]:
    """Return the delimiter, the header, and each line below it that is not empty, with its number.

    Raises:
        OSError: there is no such file.
        ValueError: it is no CSV text, or has a header alone.
    """
    import csv

    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            text = file.read()
        first = text.lstrip("\r\n").partition("\n")[0]
        delimiter = max(",;\t", key=first.count)
        reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter, strict=True)
        rows = [(reader.line_num, cells) for cells in reader if any(map(str.strip, cells))]
    except FileNotFoundError:
        raise FileNotFoundError(f"{path} does not exist; expected a CSV file with a header") from None
    except UnicodeDecodeError:
        raise ValueError(f"{path} is not UTF-8 text; save it as CSV in UTF-8") from None
    except csv.Error as error:
        raise ValueError(f"{path} can't be read as CSV: {error}") from None
    if len(rows) < 2:
        raise ValueError(f"{path}: expected a header and samples below it, got {len(rows)} lines")
    return delimiter, rows[0], rows[1:]


def check_header(path: str, header: list[str], rows: list[Line]) -> None:
    """Return if a header names two columns or more, each once.

    Raises:
        ValueError: it does not.
    """
    if len(header) < 2:
        raise ValueError(f"{path}: expected columns of features and one of classes, got only {header[0]!r}")
    words = [i for i, cell in enumerate(header) if not is_number(cell)]
    # numbers may name wavelengths; but where the only word is a class of the samples, this line is a sample
    below = {cells[words[0]].strip() for _, cells in rows if len(cells) == len(header)} if words else set()
    sample = len(words) == 1 and header[words[0]] in below
    if not words or sample:
        raise ValueError(f"{path}: expected names in the first line, got numbers; write a header above them")
    if "" in header:
        raise ValueError(f"{path}: column {header.index('') + 1} has no name; give it one, or leave it out")
    for name in header:
        if header.count(name) > 1:
            raise ValueError(f"{path}: expected a name of its own for each column, got {name!r} "
                             f"{header.count(name)} times")  # fmt: skip


def label_column(path: str, header: list[str], label: str | None) -> int:
    """Return which column holds the classes: the last, or the one that the label names.

    Raises:
        ValueError: there is no such column.
    """
    if label is None:
        return len(header) - 1
    if label not in header:
        raise ValueError(f"{path} has no column {label!r}; its columns are {', '.join(header)}")
    return header.index(label)


def is_number(text: str) -> bool:
    """Return whether a text is a number that float32 can hold when scaled; 1_000 is one in Python alone."""
    try:
        return abs(float(text)) <= LARGEST and "_" not in text
    except ValueError:
        return False


def number(where: str, text: str, delimiter: str) -> float:
    """Return a cell as a number.

    Raises:
        ValueError: it is none.
    """
    found = text.replace(",", ".") if delimiter == ";" and text.count(",") == 1 else text
    if not is_number(found):
        raise ValueError(f"{where}: expected a number, got {text!r}")
    return float(found)


def classes_of(path: str, column: str, labels: list[str]) -> tuple[np.ndarray, list[str]]:
    """Return each sample's class from 0 on, and the classes' names: numbers in their order, texts in theirs.

    Raises:
        ValueError: there is one class only, or a class with one sample, as a column of measurements has.
    """
    if all(map(is_number, labels)):
        labels = [f"{float(label):g}" for label in labels]
        names = sorted(set(labels), key=float)
    else:
        names = sorted(set(labels))
    if len(names) < 2:
        raise ValueError(f"{path}: expected two classes or more in column {column!r}, got only {names[0]!r}")
    for name in names:
        if labels.count(name) < 2:
            raise ValueError(
                f"{path}: class {name!r} in column {column!r} has 1 sample, and needs 2 or more, to train "
                "and to test with; if another column holds the classes, name it with --label"
            )
    places = {name: i for i, name in enumerate(names)}
    return np.array([places[label] for label in labels]), names


def check_split(name: str, table: Table, y_train: np.ndarray) -> None:
    """Return if every class has training samples.

    Raises:
        ValueError: the split has put all samples of a class on the other side.
    """
    path, _ = split_label(name)
    for i, class_name in enumerate(table.target_names):
        if not (y_train == i).any():
            count = int((table.target == i).sum())
            raise ValueError(
                f"{path}: all {count} samples of class {class_name!r} fell into the test part, "
                "so nothing could learn it; add samples of this class, or leave it out"
            )
