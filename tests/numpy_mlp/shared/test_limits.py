"""What asks for more than the machine has is refused at once, with the number of bytes or threads."""

import numpy as np
import pytest

from numpy_mlp.shared import limits

both = pytest.mark.parametrize("package", ["numpy_mlp", "torch_mlp"])


@pytest.fixture(autouse=True)
def a_small_machine(monkeypatch):
    monkeypatch.setattr(limits, "memory", lambda: 8_000_000_000)


@both
@pytest.mark.parametrize(
    ("args", "asked"),
    [
        (["train", "--hidden", "999999999"], "a network of 7,999,999,995 parameters would take 32 GB"),
        (
            ["train", "--hidden", str(10**18)],
            "a network of 8,000,000,000,000,000,003 parameters would take 32 EB",
        ),
        (
            ["train", "--hidden", "200000000"],
            "a step of a network with 1,600,000,003 parameters would take 2",
        ),
        (["train", "--epochs", str(10**23)], "100,000,000,000,000,000,000,000 epochs would take 566,000 EB"),
        (
            ["train", "--epochs", str(10**14)],
            "the losses and the snapshots of 100,000,000,000,000 epochs would take",
        ),
        (["summary", "--hidden", "50000", "50000"], "a network of 2,500,"),
    ],
    ids=lambda value: " ".join(value)[:40] if isinstance(value, list) else "",
)
def test_too_large_a_request_is_refused_with_its_bytes(package, args, asked, cli, on_cpu):
    code, out, err = cli(package, *on_cpu(package, *args))
    assert (code, out) == (2, "")
    assert asked in err
    assert err.endswith(", and this machine has 8 GB of memory\n")
    assert len(err.splitlines()) == 1


def test_a_comparison_too_large_is_wrong_usage_and_no_disagreement(compare):
    code, out, err = compare("--epochs", str(10**14), "--device", "cpu")
    assert (code, out) == (2, "")
    assert "epochs would take" in err
    assert "DISAGREE" not in err


def test_memory_that_cannot_be_seen_is_no_limit(monkeypatch):
    monkeypatch.setattr(limits, "memory", lambda: None)
    limits.check_training((4, 10**9, 3), 120, 10**12, np.float32)


def test_what_the_course_trains_is_never_refused():
    limits.check_training((4, 100, 3), 120, 10_000_000, np.float64)


def test_memory_of_this_machine_is_a_positive_number_of_bytes(monkeypatch):
    monkeypatch.undo()
    found = limits.memory()
    assert found is None or found > 2**26
