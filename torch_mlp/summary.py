"""The parameter summary, by torchinfo."""

import torch
import torchinfo

from torch_mlp.mlp import MLP


def summarize(
    model: MLP,
    input_size: tuple[int, ...] | None = None,
    col_names: tuple[str, ...] = ("output_size", "num_params"),
) -> torchinfo.ModelStatistics:
    """Return torchinfo's summary of a model for a batch of ``input_size`` = (N, features).

    None is one sample of as many features as the first layer takes.

    The dummy batch is passed in: with ``input_size=``, torchinfo would draw it from torch's generator, and
    the next draw of a seeded program would be another one.
    """
    parameter = next(model.parameters())
    input_size = input_size or (1, parameter.shape[1])
    batch = torch.zeros(input_size, dtype=parameter.dtype, device=parameter.device)
    return torchinfo.summary(model, input_data=batch, col_names=col_names, verbose=0)


def table(statistics: torchinfo.ModelStatistics) -> str:
    """Return torchinfo's text. Its 1.8.0 prints the name of a Python constant as the unit; here it is (M)."""
    text = str(statistics)
    for name, letter in (("MEGABYTES", "M"), ("GIGABYTES", "G"), ("TERABYTES", "T")):
        text = text.replace(f"Units.{name}", letter)
    return text
