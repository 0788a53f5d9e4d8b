"""Both packages' loops as texts; what they compute is tested in tests/numpy_mlp/test_training.py."""

from difflib import ndiff
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_loops_of_both_packages_differ_in_a_few_lines_only():
    ours, theirs = (
        (ROOT / package / "training.py").read_text(encoding="utf-8").splitlines()
        for package in ("numpy_mlp", "torch_mlp")
    )
    different = [line for line in ndiff(ours, theirs) if line.startswith(("- ", "+ "))]
    assert len(different) <= 35
