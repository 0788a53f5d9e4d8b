"""The glossary: a sentence in each language for every term, and no term of the report left out."""

import re
from pathlib import Path

import pytest

TERMS = Path(__file__).parents[2] / "docs" / "terms.md"
CHINESE = re.compile("[\u4e00-\u9fff]")
ROWS = [
    [cell.strip() for cell in line.strip("|").split("|")]
    for line in TERMS.read_text(encoding="utf-8").splitlines()
    if line.startswith("| ") and not line.startswith("| term ")
]
NEEDED = """
accuracy, activation, batch, bias, budget, check, complex-step, convention, cross-entropy, CUDA
CUDA graph, dampening, DDP, dead unit, diagnosis, drift, eager, epoch, fused, fuzzing, gate
gradient, learning rate, logits, loss, loss landscape, mask, momentum, mult-adds, NaN, Nesterov
no_grad, overfitting, parameter, referee, reference, ReLU, scenario, seed, self-noise, self-test
shard, softmax, sweep, TF32, trace, trajectory, ulp, unit, unit roundoff, verdict, weight
weight decay, worker
"""


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[0])
def test_term_has_one_plain_sentence_in_each_language(row):
    _, name, english, chinese = row
    assert name
    for text, end in ((english, "."), (chinese, "。")):
        assert text.endswith(end)
        assert text.count(end + " ") == 0, "one sentence"
    assert not CHINESE.search(english)
    assert CHINESE.search(chinese)


def test_every_term_that_a_reader_meets_is_there_once():
    names = [name for row in ROWS for name in re.split(", (?![^(]*\\))", row[0])]
    assert len(set(names)) == len(names)
    listed = " ".join(names).replace("`", "")
    needed = re.split(", |\n", NEEDED.strip())
    missing = [term for term in needed if not re.search(rf"(?<!\w){re.escape(term)}", listed)]
    assert not missing
