"""What the table of a sweep teaches, in sentences that are computed from it."""

from collections import Counter
from itertools import combinations

from compare.sweep.table import Row, name_of


def told_apart(table: list[Row]) -> tuple[int, int, int]:
    """Count the pairs of rows, and those whose right answers, and whose test losses, tell them apart.

    Two rows are told apart by a number if its ranges over the seeds do not overlap: then every seed, and not
    the luck of one, ranks them the same way.
    """
    pairs = list(combinations([row for row in table if row.losses], 2))
    by_right = sum(max(a.right) < min(b.right) or max(b.right) < min(a.right) for a, b in pairs)
    by_loss = sum(max(a.losses) < min(b.losses) or max(b.losses) < min(a.losses) for a, b in pairs)
    return len(pairs), by_right, by_loss


def lesson(table: list[Row]) -> list[str]:
    """Return what the table teaches, in sentences that are computed from it."""
    table = [row for row in table if row.library == table[0].library]
    rates = dict.fromkeys(row.lr for row in table)
    sentences = [lesson_at(lr, [row for row in table if row.lr == lr]) for lr in rates]
    records = [record for row in table for record in row.sound]
    silent = [record for record in records if record.dead_units == sum(record.run.hidden)]
    if silent:
        where = dict.fromkeys(f"{name_of(r)} hidden, seed {r.run.seed}" for r in silent)
        sentences.append(
            f"in {len(silent)} of {len(records)} runs every hidden unit is dead, so the network gives one "
            f"answer to all: {'; '.join(where)}"
        )
    pairs, by_right, by_loss = told_apart(table)
    if pairs and len(table[0].runs) > 1:
        verdict = (
            "rank these networks by test loss, not by accuracy" if by_loss > by_right
            else "here test loss ranks no better than accuracy"
        )  # fmt: skip
        sentences.append(
            f"of {pairs} pairs of settings, right answers tell {by_right} apart, test loss {by_loss} "
            f"(their ranges over the seeds do not overlap): {verdict}"
        )
    elif pairs:
        sentences.append("with one seed, luck and a better network look alike: use --seeds 8")
    return sentences


def lesson_at(lr: float, table: list[Row]) -> str:
    """Return for one learning rate how often the same number of answers is right, and the order by loss."""
    counts = [right for row in table for right in row.right]
    ((most, often),) = Counter(counts).most_common(1)
    others = sorted(right for right in counts if right != most)
    rest = f", {between(others[0], others[-1])} in the others" if others else ""
    ranked = sorted((row for row in table if row.losses), key=lambda row: row.loss)
    order = ", ".join(f"{row.name} ({row.loss:.4f})" for row in ranked)
    by_loss = f"by test loss, best first: {order}" if ranked else "every run diverged"
    total = table[0].runs[0].test_total
    return f"lr {lr:g}: {most} of {total} right in {often} of {len(counts)} runs{rest}; {by_loss}"


def between(low: int, high: int) -> str:
    """Return a range of counts, or the count itself."""
    return f"{low}" if low == high else f"{low} to {high}"
