import sys
import warnings
from itertools import combinations

import numpy as np
import pytest
import torch
import torchinfo
import torchsummary
from hypothesis import given
from hypothesis import strategies as st

import torch_mlp
from numpy_mlp import MLP, Linear, summarize
from numpy_mlp.shared import summary_text
from torch_mlp.summary import table

COLUMNS = (
    "input_size",
    "output_size",
    "num_params",
    "params_percent",
    "kernel_size",
    "mult_adds",
    "trainable",
)
FIELDS = ("total_params", "trainable_params", "total_mult_adds", "total_output_bytes", "total_param_bytes")

# torchinfo takes the input's bytes from sys.getsizeof(storage), which adds the size of the Python object:
# 64 bytes in CPython 3.11, for which the table is written; other versions may have other sizes.
PYTHON_OBJECT = sys.getsizeof(torch.zeros(0).untyped_storage())


def by_torchinfo(model, batch, columns=("output_size", "num_params")):
    """torchinfo's own summary, its mis-printed unit mended, on a Python with objects of 64 bytes."""
    parameter = next(model.parameters())
    x = torch.zeros((batch, parameter.shape[1]), dtype=parameter.dtype, device=parameter.device)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        statistics = torchinfo.summary(model, input_data=x, col_names=columns, verbose=0)
    statistics.total_input += summary_text.PYTHON_OBJECT - PYTHON_OBJECT
    text = str(statistics)
    for unit in ("MEGABYTES", "GIGABYTES", "TERABYTES"):
        text = text.replace(f"Units.{unit}", unit[0])
    return statistics, text


def freeze(frozen, *models):
    for model in models:
        for parameter, is_frozen in zip(model.parameters(), frozen, strict=True):
            parameter.requires_grad = not is_frozen


@given(data=st.data())
def test_table_equals_torchinfos_line_for_line(data):
    widths = st.integers(1, 300)
    hidden = data.draw(st.lists(widths, min_size=1, max_size=4))
    sizes = (data.draw(widths), *hidden, data.draw(widths))
    dtype = data.draw(st.sampled_from(["float32", "float64"]))
    batch = data.draw(st.integers(1, 5000))
    columns = tuple(data.draw(st.lists(st.sampled_from(COLUMNS), unique=True)))
    model = MLP(*sizes, dtype=np.dtype(dtype).type)
    torch_model = torch_mlp.MLP(*sizes).to(getattr(torch, dtype))
    parameters = 2 * (len(sizes) - 1)
    freeze(data.draw(st.lists(st.booleans(), min_size=parameters, max_size=parameters)), model, torch_model)

    summary = summarize(model, (batch, sizes[0]), columns)
    statistics, text = by_torchinfo(torch_model, batch, columns)
    assert str(summary).splitlines() == text.splitlines()
    for field in FIELDS:
        assert getattr(summary, field) == getattr(statistics, field), field
    assert summary.total_input == statistics.total_input - summary_text.PYTHON_OBJECT


@pytest.mark.parametrize(
    "columns", [columns for count in range(8) for columns in combinations(COLUMNS, count)], ids=",".join
)
def test_every_set_of_columns_prints_as_in_torchinfo(columns):
    model, torch_model = MLP(4, 10, 3), torch_mlp.MLP(4, 10, 3)
    freeze([True, True, False, True], model, torch_model)
    assert str(summarize(model, (120, 4), columns)) == by_torchinfo(torch_model, 120, columns)[1]


@pytest.mark.parametrize("columns", [COLUMNS, COLUMNS[::-1], ("trainable", "input_size")], ids=",".join)
def test_columns_come_in_the_requested_order(columns):
    text = by_torchinfo(torch_mlp.MLP(4, 10, 3), 1, columns)[1]
    assert str(summarize(MLP(4, 10, 3), (1, 4), columns)) == text


@pytest.mark.parametrize(
    ("batch", "unit"),
    [
        (999, "(M): 999\n"),
        (1_000, "(G): 1\n"),
        (1_001, "(G): 1.00\n"),
        (999_999, "(G): 999,999"),
        (1_000_000, "(T): 1\n"),
        (1_500_000, "(T): 1.50\n"),
    ],
)
def test_unit_of_mult_adds_changes_where_torchinfos_does(batch, unit):
    # 1000 · 999 + 1000 = 1,000,000 mult-adds a sample; on torch's "meta" device nothing is computed
    text = str(summarize(MLP(999, 1000), (batch, 999)))
    assert text == by_torchinfo(torch_mlp.MLP(999, 1000).to("meta"), batch)[1]
    if "999,999" not in unit:
        assert f"Total mult-adds {unit}" in text


@pytest.mark.parametrize("batch", [308, 309, 312, 313])
def test_table_equals_torchinfos_even_where_its_python_object_changes_a_digit(batch):
    # 309 samples of 16 bytes are 4944 bytes, 0.00 MB; with the 64 bytes of a Python object 5008, 0.01 MB
    expected = table(torch_mlp.summarize(torch_mlp.MLP(4, 10, 3), (batch, 4)))
    assert str(summarize(MLP(4, 10, 3), (batch, 4))).splitlines() == expected.splitlines()


def test_iris_network_counts_as_by_hand():
    summary = summarize(MLP(4, 10, 3), (120, 4))
    assert summary.total_params == summary.trainable_params == (10 * 4 + 10) + (3 * 10 + 3) == 83
    assert summary.total_mult_adds == 120 * 83
    assert summary.total_input == 120 * 4 * 4
    assert summary.total_output_bytes == 2 * 120 * (10 + 3) * 4
    assert summary.total_param_bytes == 83 * 4
    assert [row.kind for row in summary.layers] == ["Linear", "ReLU", "Linear"]
    assert [row.num_params for row in summary.layers] == [50, 0, 33]
    # the model's row is the sum of its layers' rows
    assert [row.mult_adds for row in summary.layers] == [120 * 50, 0, 120 * 33]
    assert summary.model.mult_adds == 120 * 83


@pytest.mark.parametrize(("input_size", "style"), [((120, 4), "torchinfo"), ((4,), "torchsummary")])
def test_repr_is_the_table(input_size, style):
    summary = summarize(MLP(4, 10, 3), input_size, style=style)
    assert repr(summary) == str(summary)
    assert "Total params: 83\n" in repr(summary)


def test_frozen_layer_is_not_trainable_in_fields_and_text():
    model = MLP(4, 10, 3)
    freeze([True, True, False, False], model)
    summary = summarize(model, (1, 4), COLUMNS)
    assert (summary.total_params, summary.trainable_params) == (83, 33)
    assert "Non-trainable params: 50\n" in str(summary)
    assert [row.trainable for row in (summary.model, *summary.layers)] == ["Partial", "False", "--", "True"]


FROZEN = [(), (0, 1), (0,), (1,), (2, 3), (0, 1, 2, 3)]


@pytest.mark.parametrize("sizes", [(4, 10, 3), (4, 3), (64, 1000, 300, 10)], ids=str)
@pytest.mark.parametrize("frozen", FROZEN, ids=str)
def test_older_table_equals_torchsummarys_line_for_line(sizes, frozen, capsys):
    model, torch_model = MLP(*sizes), torch_mlp.MLP(*sizes)
    freeze([i in frozen for i in range(2 * (len(sizes) - 1))], model, torch_model)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        torchsummary.summary(torch_model, (sizes[0],), device="cpu")
    expected = capsys.readouterr().out
    assert str(summarize(model, (sizes[0],), style="torchsummary")).splitlines() == expected.splitlines()


def test_summary_changes_nothing_in_the_model():
    model = MLP(4, 10, 3, seed=0)
    model.eval()
    str(summarize(model, (5, 4)))
    assert not model.training
    assert all(layer.x is None for _, layer in model.named_children() if isinstance(layer, Linear))


@pytest.mark.parametrize("input_size", [(4,), (1, 5), (0, 4), (1, 2, 4), (-1, 4), ()], ids=str)
def test_input_size_that_does_not_fit_is_refused(input_size):
    with pytest.raises(ValueError, match=r"^expected input_size \(N, 4\) for style 'torchinfo', got \("):
        summarize(MLP(4, 10, 3), input_size)


@pytest.mark.parametrize("input_size", [(1, 4), (5,), ()], ids=str)
def test_older_tables_input_size_that_does_not_fit_is_refused(input_size):
    with pytest.raises(ValueError, match=r"^expected input_size \(4,\) for style 'torchsummary', got \("):
        summarize(MLP(4, 10, 3), input_size, style="torchsummary")


def test_unknown_column_and_style_are_refused_by_name():
    with pytest.raises(ValueError, match=r"^expected columns out of input_size, .*; got depth, colour$"):
        summarize(MLP(4, 10, 3), (1, 4), ("depth", "num_params", "colour"))
    with pytest.raises(ValueError, match=r"^expected style \"torchinfo\" or \"torchsummary\", got 'keras'$"):
        summarize(MLP(4, 10, 3), (1, 4), style="keras")


@pytest.mark.parametrize(("style", "size"), [("torchinfo", (1, 4)), ("torchsummary", (4,))])
def test_a_model_that_knows_its_features_needs_no_size(style, size):
    model = MLP(4, 10, 3)
    assert str(summarize(model, style=style)) == str(summarize(model, size, style=style))
