"""The parameter summary, counted by hand: what torchinfo and torchsummary print for a PyTorch model.

A Linear from ``in`` to ``out`` features has

    out · in + out        parameters (weight and bias)
    N · (out · in + out)  multiply-adds for a batch of N, as torchinfo counts them (the bias is counted too)
    N · out               output numbers; a layer with parameters holds them twice, once as gradients

so 4 -> 10 -> 3 has (40 + 10) + (30 + 3) = 83. ReLU has none. A batch size is needed because shapes and
sizes depend on it; both libraries find the shapes by running the model on a dummy batch (torchinfo's
``input_size`` and torchsummary draw random numbers for it). Here the shapes follow from the weights.
"""

from typing import NamedTuple

import numpy as np

from numpy_mlp.linear import Linear
from numpy_mlp.mlp import MLP
from numpy_mlp.shared.summary_text import COLUMNS, torchinfo_table, torchsummary_table


class Row(NamedTuple):
    """One layer of the summary, or the whole model on its first line; shapes with the batch in front."""

    kind: str
    input_size: tuple[int, ...]
    output_size: tuple[int, ...]
    num_params: int
    trainable_params: int
    mult_adds: int
    weight_is_trainable: bool

    @property
    def trainable(self) -> str:
        """Return True, False, Partial, or -- where there is nothing to train."""
        if self.num_params == 0:
            return "--"
        return {0: "False", self.num_params: "True"}.get(self.trainable_params, "Partial")


class Summary(NamedTuple):
    """The numbers of a model, under torchinfo's names; ``str()`` is the table."""

    model: Row
    layers: tuple[Row, ...]
    itemsize: int
    col_names: tuple[str, ...]
    style: str

    @property
    def total_params(self) -> int:
        """All parameters, frozen ones too."""
        return self.model.num_params

    @property
    def trainable_params(self) -> int:
        """Parameters with ``requires_grad``."""
        return self.model.trainable_params

    @property
    def total_mult_adds(self) -> int:
        """Multiply-adds of one forward pass of the batch."""
        return self.model.mult_adds

    @property
    def total_input(self) -> int:
        """Bytes of the input batch."""
        return int(np.prod(self.model.input_size)) * self.itemsize

    @property
    def total_output_bytes(self) -> int:
        """Bytes of the outputs of layers with parameters, and of as many gradients."""
        outputs = sum(int(np.prod(row.output_size)) for row in self.layers if row.num_params)
        return 2 * outputs * self.itemsize

    @property
    def total_param_bytes(self) -> int:
        """Bytes of the parameters."""
        return self.total_params * self.itemsize

    def __str__(self) -> str:
        """Return the table."""
        return torchinfo_table(self) if self.style == "torchinfo" else torchsummary_table(self)

    def __repr__(self) -> str:
        """Return the table: what a notebook shows for the last line of a cell."""
        return str(self)


def summarize(
    model: MLP,
    input_size: tuple[int, ...] | None = None,
    col_names: tuple[str, ...] = ("output_size", "num_params"),
    style: str = "torchinfo",
) -> Summary:
    """Count the parameters of a model, layer by layer.

    Args:
        model: The network.
        input_size: ``(N, features)``, as torchinfo takes it, or ``(features,)``, as torchsummary takes it:
            the older table writes -1 for the batch. None is one sample of as many features as fc1 takes.
        col_names: torchinfo's columns: any of input_size, output_size, num_params, params_percent,
            kernel_size, mult_adds, trainable.
        style: ``"torchinfo"`` or ``"torchsummary"``: which library's table ``str()`` returns.

    Raises:
        ValueError: an input that doesn't fit the model, or an unknown column or style.
    """
    if style not in ("torchinfo", "torchsummary"):
        raise ValueError(f'expected style "torchinfo" or "torchsummary", got {style!r}')
    if unknown := [name for name in col_names if name not in COLUMNS]:
        raise ValueError(f"expected columns out of {', '.join(COLUMNS)}; got {', '.join(unknown)}")
    features = model.fc1.weight.shape[1]
    expected = (features,) if style == "torchsummary" else ("N", features)
    if input_size is None:
        input_size = (features,) if style == "torchsummary" else (1, features)
    if len(input_size) != len(expected) or input_size[-1] != features or min(input_size) < 1:
        text = ", ".join(map(str, expected)) + ("," if len(expected) == 1 else "")
        raise ValueError(f"expected input_size ({text}) for style {style!r}, got {tuple(input_size)}")
    batch = input_size[0] if style == "torchinfo" else -1

    rows, width = [], features
    for _, layer in model.named_children():
        row = count(layer, batch, width)
        rows.append(row)
        width = row.output_size[1]
    whole = Row(
        kind=type(model).__name__,
        input_size=(batch, features),
        output_size=(batch, width),
        num_params=sum(row.num_params for row in rows),
        trainable_params=sum(row.trainable_params for row in rows),
        mult_adds=sum(row.mult_adds for row in rows),
        weight_is_trainable=True,
    )
    return Summary(whole, tuple(rows), model.fc1.weight.data.itemsize, tuple(col_names), style)


def count(layer: object, batch: int, width: int) -> Row:
    """Count one layer that gets ``batch`` rows of ``width`` features."""
    kind = type(layer).__name__
    if not isinstance(layer, Linear):
        return Row(kind, (batch, width), (batch, width), 0, 0, 0, True)
    params = (layer.weight, layer.bias)
    # out · in + out
    num_params = sum(param.numel() for param in params)
    return Row(
        kind=kind,
        input_size=(batch, width),
        output_size=(batch, layer.weight.shape[0]),
        num_params=num_params,
        trainable_params=sum(param.numel() for param in params if param.requires_grad),
        # N · (out · in + out)
        mult_adds=batch * num_params,
        weight_is_trainable=layer.weight.requires_grad,
    )
