"""The summary as text: torchinfo's table and torchsummary's, line for line."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy_mlp.summary import Row, Summary

COLUMNS = {
    "input_size": "Input Shape",
    "output_size": "Output Shape",
    "num_params": "Param #",
    "params_percent": "Param %",
    "kernel_size": "Kernel Shape",
    "mult_adds": "Mult-Adds",
    "trainable": "Trainable",
}
NAME_WIDTH, COLUMN_WIDTH = 40, 25
# torchinfo calls sys.getsizeof for the input's bytes, which counts the Python object around them as well
PYTHON_OBJECT = 64


def torchinfo_table(summary: "Summary") -> str:
    """Return torchinfo 1.8's table, with one difference: its mis-printed unit reads (M)."""
    line = "=" * (NAME_WIDTH + COLUMN_WIDTH * len(summary.col_names))
    table = [table_line("Layer (type:depth-idx)", COLUMNS, summary)]
    table.append(table_line(summary.model.kind, cells(summary.model, summary, leaf=False), summary))
    for i, row in enumerate(summary.layers, start=1):
        table.append(table_line(f"├─{row.kind}: 1-{i}", cells(row, summary, leaf=True), summary))
    sizes = (summary.total_input + PYTHON_OBJECT, summary.total_output_bytes, summary.total_param_bytes)
    return "\n".join(
        [
            line,
            table[0],
            line,
            *table[1:],
            line,
            f"Total params: {summary.total_params:,}",
            f"Trainable params: {summary.trainable_params:,}",
            f"Non-trainable params: {summary.total_params - summary.trainable_params:,}",
            f"Total mult-adds {in_units(summary.total_mult_adds)}",
            line,
            f"Input size (MB): {sizes[0] / 1e6:0.2f}",
            f"Forward/backward pass size (MB): {sizes[1] / 1e6:0.2f}",
            f"Params size (MB): {sizes[2] / 1e6:0.2f}",
            f"Estimated Total Size (MB): {sum(sizes) / 1e6:0.2f}",
            line,
        ]
    )


def table_line(name: str, texts: dict[str, str], summary: "Summary") -> str:
    """Return one line of the table: the layer's name, then the chosen columns."""
    columns = [f"{texts[col]:<{COLUMN_WIDTH}}" for col in summary.col_names]
    return " ".join([f"{name:<{NAME_WIDTH}}", *columns]).rstrip()


def cells(row: "Row", summary: "Summary", *, leaf: bool) -> dict[str, str]:
    """Return the text of each column for one line; the whole model leaves the counts to its layers."""
    counted = row.num_params if leaf else 0
    number = f"{row.num_params:,}" if row.trainable_params else f"({row.num_params:,})"
    return {
        "input_size": str(list(row.input_size)),
        "output_size": str(list(row.output_size)),
        "num_params": number if counted else "--",
        "params_percent": f"{counted / summary.total_params:>7.2%}" if counted else "     --",
        "kernel_size": "--",
        "mult_adds": f"{row.mult_adds:,}" if leaf and row.mult_adds else "--",
        "trainable": row.trainable,
    }


def in_units(mult_adds: int) -> str:
    """Return a number of multiply-adds in millions (M), billions (G) or trillions (T)."""
    unit, size = next((u, s) for u, s in (("T", 1e12), ("G", 1e9), ("M", 0)) if mult_adds >= s)
    value = mult_adds / (size or 1e6)
    return f"({unit}): {int(value):,}" if value.is_integer() else f"({unit}): {value:,.2f}"


def torchsummary_table(summary: "Summary") -> str:
    """Return torchsummary 1.5's table, with -1 for the batch and a 0 for ReLU.

    It counts 4 bytes for each number, whatever the dtype; every layer's output, twice, for the gradients;
    its MB are 1024² bytes; and a layer counts as trainable if its ``weight`` is, whatever its bias.
    """
    line = "-" * 64
    outputs = sum(row.output_size[1] for row in summary.layers)
    trainable = sum(row.num_params for row in summary.layers if row.weight_is_trainable)
    sizes = [
        4 * count / 1024**2 for count in (summary.model.input_size[1], 2 * outputs, summary.total_params)
    ]
    return "\n".join(
        [
            line,
            f"{'Layer (type)':>20}  {'Output Shape':>25} {'Param #':>15}",
            "=" * 64,
            *(
                f"{f'{row.kind}-{i}':>20}  {list(row.output_size)!s:>25} {row.num_params:>15,}"
                for i, row in enumerate(summary.layers, start=1)
            ),
            "=" * 64,
            f"Total params: {summary.total_params:,}",
            f"Trainable params: {trainable:,}",
            f"Non-trainable params: {summary.total_params - trainable:,}",
            line,
            f"Input size (MB): {sizes[0]:0.2f}",
            f"Forward/backward pass size (MB): {sizes[1]:0.2f}",
            f"Params size (MB): {sizes[2]:0.2f}",
            f"Estimated Total Size (MB): {sum(sizes):0.2f}",
            line,
        ]
    )
