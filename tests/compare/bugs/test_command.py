"""``python -m compare.bugs``."""

import subprocess
import sys
from pathlib import Path

import pytest

from compare.bugs import self_test
from compare.bugs.catalogue import BUGS, FAMILIES

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("args", [(), ("list",)])
def test_list_names_every_bug_by_family(bugs, args):
    code, out, _ = bugs(*args)
    assert code == 0
    assert all(f"  {bug.name} " in out for bug in BUGS)
    places = [out.index(title) for title in FAMILIES.values()]
    assert places == sorted(places)


def test_show_prints_diff_formula_fingerprint_and_training(bugs):
    code, out, _ = bugs("show", "bias-gradient-averaged")
    assert code == 0
    for part in (
        "-    self.bias.accumulate(grad_output.sum(axis=0))\n",
        "+    self.bias.accumulate(grad_output.mean(axis=0))\n",
        "formula   dL/db = sum over n of dL/dy",
        "dL/dfc2.bias, dL/dfc1.bias: x 0.00833333 in every entry",
        "of 30 flowers right",
        "healthy       loss 0.0851, 29 of 30",
    ):
        assert part in out


def test_show_of_an_equivalent_bug_says_why(bugs):
    code, out, _ = bugs("show", "eval-forgotten")
    assert code == 0
    assert "nothing moves" in out
    assert "equivalent: no layer" in out


@pytest.mark.parametrize(
    ("args", "message"),
    [(("show", "mean-forgoten"), "did you mean mean-forgotten"), (("show", "zzz"), "lists them")],
)
def test_unknown_name_is_one_line_and_exit_2(bugs, args, message):
    code, out, err = bugs(*args)
    assert (code, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_test_is_the_self_test_and_its_exit_code(bugs, monkeypatch):
    monkeypatch.setattr(self_test, "self_test", lambda *, markdown: 5 if markdown else 4)
    assert bugs("test")[0] == 4
    assert bugs("table")[0] == 5


@pytest.mark.parametrize("module", ["compare.bugs.__main__", "compare.run"])
def test_help_does_not_wait_for_torch(module):
    code = (
        f"import sys; from {module} import main\n"
        "try: main(['--help'])\nexcept SystemExit: pass\nassert 'torch' not in sys.modules"
    )
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, encoding="utf-8", check=False
    )
    assert result.returncode == 0, result.stderr
