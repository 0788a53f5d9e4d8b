"""Tables of texts, as columns for a terminal or in Markdown; the first row is the head."""

from collections.abc import Container, Sequence

Table = Sequence[Sequence[str]]


def as_text(rows: Table, right: Container[int] = ()) -> str:
    """Return the rows in columns, two spaces apart; the columns that ``right`` numbers are right-aligned.

    Raises:
        ValueError: the rows differ in length.
    """
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            cell.rjust(width) if i in right else cell.ljust(width)
            for i, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def as_markdown(rows: Table, right: Container[int] = ()) -> str:
    """Return a Markdown table; the columns that ``right`` numbers are right-aligned."""
    head, *body = ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows]
    rule = "|" + "".join("---:|" if i in right else "---|" for i in range(len(rows[0])))
    return "\n".join([head, rule, *body])
