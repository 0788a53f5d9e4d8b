"""What the table of a sweep shows, in sentences that are computed from it."""

from collections import Counter
from itertools import combinations

from compare.exit_codes import AGREE, DISAGREE
from compare.sweep.runs import Record
from compare.sweep.table import Row, count_range, hidden_name, of_one_library
from numpy_mlp.shared.numbers import fixed


def separated_pairs(table: list[Row]) -> tuple[int, int, int]:
    """Count the pairs of rows, those that right answers separate, and those that test losses separate.

    Two ranges that do not overlap are separated: every seed, not the luck of one, ranks them alike.
    """
    pairs = list(combinations([row for row in table if row.losses], 2))
    by_right = sum(max(a.right) < min(b.right) or max(b.right) < min(a.right) for a, b in pairs)
    by_loss = sum(max(a.losses) < min(b.losses) or max(b.losses) < min(a.losses) for a, b in pairs)
    return len(pairs), by_right, by_loss


def findings(table: list[Row]) -> list[str]:
    """Return what the table shows: for each learning rate, of dead networks, and by which number to rank."""
    table = of_one_library(table)
    rates = dict.fromkeys(row.run.lr for row in table)
    sentences = [finding_at(lr, [row for row in table if row.run.lr == lr]) for lr in rates]
    records = [record for row in table for record in row.converged]
    dead = [record.run for record in records if record.dead_units == sum(record.run.hidden)]
    if dead:
        where = "; ".join(dict.fromkeys(f"{hidden_name(run)} hidden, seed {run.seed}" for run in dead))
        what = "every hidden unit is dead, so the network gives one answer to all"
        sentences.append(f"in {len(dead)} of {len(records)} runs {what}: {where}")
    pairs, by_right, by_loss = separated_pairs(table)
    if pairs and len(table[0].records) > 1:
        better, alike = "rank these networks by test loss, not by", "here test loss ranks no better than"
        sentences.append(
            f"of {pairs} pairs of settings, right answers separate {by_right}, test loss {by_loss} (their "
            f"ranges over the seeds do not overlap): {better if by_loss > by_right else alike} accuracy"
        )
    elif pairs:
        sentences.append("with one seed, luck and a better network look alike: use --seeds 8")
    return sentences


def finding_at(lr: float, table: list[Row]) -> str:
    """Return for one learning rate how often the same number of answers is right, and the order by loss."""
    counts = [right for row in table for right in row.right]
    ((most, often),) = Counter(counts).most_common(1)
    others = [right for right in counts if right != most]
    rest = f", {count_range(others, ' to ')} in the others" if others else ""
    ranked = sorted((row for row in table if row.losses), key=lambda row: row.loss)
    order = ", ".join(f"{hidden_name(row.run)} ({fixed(row.loss, 4)})" for row in ranked)
    by_loss = f"by test loss, best first: {order}" if ranked else "every run diverged"
    total = table[0].records[0].test_total
    return f"lr {lr:g}: {most} of {total} right in {often} of {len(counts)} runs{rest}; {by_loss}"


def verdict(records: list[Record]) -> tuple[int, str]:
    """Return the exit code and the verdict of ``--backend both``; every run has NumPy's record first."""
    pairs = records[::2]
    failed = [record for record in pairs if not record.agrees]
    if not failed:
        return AGREE, f"NumPy and PyTorch agree in {len(pairs)} of {len(pairs)} runs"
    run, found = failed[0].run, failed[0].disagreement
    first = f"hidden {hidden_name(run)}, lr {run.lr:g}, seed {run.seed}, in {found}"
    return DISAGREE, f"NumPy and PyTorch disagree in {len(failed)} of {len(pairs)} runs; first at {first}"
