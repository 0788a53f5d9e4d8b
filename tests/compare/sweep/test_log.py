"""``runs.jsonl``: a record survives its line; torn and foreign lines."""

import json

import pytest

from compare.sweep import log


def test_record_survives_its_line(made):
    for record in made(16, 0.1, [0.123456789012345, None], [29, 0]):
        assert log.from_line(log.to_line(record)) == record


@pytest.mark.parametrize("keep", [-1, -2, -40], ids=["newline", "brace", "half"])
def test_torn_last_line_is_dropped_from_the_file_too(made, tmp_path, capsys, keep):
    path, records = tmp_path / "runs.jsonl", made(16, 0.1, [0.1, 0.2], [29, 28])
    whole = log.to_line(records[0])
    path.write_bytes((whole + log.to_line(records[1]))[:keep])
    assert log.read(path) == {records[0].run: records[0]}
    assert path.read_bytes() == whole
    assert capsys.readouterr().err == f"{path}: the last line is torn; its run is done again\n"


def test_later_record_of_a_run_counts(made, tmp_path):
    first, second = made(16, 0.1, [0.1], [29]) + made(16, 0.1, [0.2], [28])
    (tmp_path / "runs.jsonl").write_bytes(log.to_line(first) + log.to_line(second))
    assert log.read(tmp_path / "runs.jsonl") == {second.run: second}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda flat: {"epoch": 1}, "its format is not sweep/1"),
        (lambda flat: [1], "its format is not sweep/1"),
        (lambda flat: flat | {"format": "sweep/2"}, "its format is not sweep/1"),
        (lambda flat: flat | {"more": 1}, "it lacks or adds more"),
        (lambda flat: {k: v for k, v in flat.items() if k != "seed"}, "it lacks or adds seed"),
        (lambda flat: flat | {"test_loss": "low"}, "test_loss is 'low'"),
        (lambda flat: flat | {"params": None}, "params is None"),
        (lambda flat: flat | {"hidden": 10}, "hidden is 10"),
        (lambda flat: flat | {"seed": True}, "seed is True"),
        (lambda flat: flat | {"diverged": 0}, "diverged is 0"),
        (lambda flat: flat | {"test_loss": True}, "test_loss is True"),
        (lambda flat: flat | {"params": 43.0}, "params is 43.0"),
    ],
)
def test_file_of_another_format_is_an_error_and_left_alone(made, tmp_path, change, message):
    path, records = tmp_path / "runs.jsonl", made(16, 0.1, [0.1, 0.2], [29, 28])
    line = json.dumps(change(json.loads(log.to_line(records[0])))).encode()
    path.write_bytes(line + b"\n" + log.to_line(records[1]))
    before = path.read_bytes()
    with pytest.raises(ValueError, match="choose another --out") as error:
        log.read(path)
    assert f"line 1 is no run of a sweep ({message})" in str(error.value)
    assert path.read_bytes() == before
