import re
import sys
from types import ModuleType, SimpleNamespace

import pytest

from numpy_mlp.shared.progress import progress_bar


@pytest.mark.parametrize("style", ["manual", "auto"])
@pytest.mark.parametrize("total", [1, 7, 200, 1234])
def test_bar_ends_at_100_percent_with_the_live_values(style, total, terminal, capsys):
    live, seen = {}, []
    with terminal() as stderr:
        for epoch in progress_bar(total, "NumPy", lambda: live, style):
            seen.append(epoch)
            live["loss"] = f"{epoch:.6f}"
    assert seen == list(range(total))
    last = stderr.getvalue().rstrip("\n").split("\r")[-1]
    assert last.startswith("NumPy: 100%|")
    assert f" {total}/{total} " in last
    assert "epoch" in last
    assert f"loss={total - 1}.000000" in last
    assert stderr.getvalue().endswith("\n")
    assert capsys.readouterr().out == ""


def test_manual_bar_counts_what_was_done_and_not_more(terminal):
    # 250 of 1000 epochs, then the end: the bar was advanced at 200
    with terminal() as stderr:
        running = progress_bar(1000, "NumPy", dict, "manual")
        for _ in range(251):
            next(running)
        running.close()
    assert re.search(r"20%\|.* 200/1000 ", stderr.getvalue().split("\r")[-1])


@pytest.mark.parametrize("style", ["manual", "auto"])
@pytest.mark.parametrize("total", [10, 17, 200, 1234, 20_000])
def test_ten_plain_lines_replace_the_bar_off_a_terminal(style, total, capsys):
    live = {}
    for epoch in progress_bar(total, "NumPy", lambda: live, style):
        live["loss"] = epoch
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == ""
    assert len(lines) == 10
    assert lines[-1] == f"NumPy: {total} of {total} epochs, loss {total - 1}.000000"
    assert lines[0].startswith(f"NumPy: {-(-total // 10)} of {total} epochs, loss ")


@pytest.mark.parametrize("total", [0, 1, 3])
def test_a_short_training_writes_a_plain_line_for_each_epoch(total, capsys):
    assert list(progress_bar(total, "NumPy", dict)) == list(range(total))
    assert capsys.readouterr().err.splitlines() == [
        f"NumPy: {k} of {total} epochs" for k in range(1, total + 1)
    ]


def test_off_prints_nothing_even_on_a_terminal(terminal, capsys):
    with terminal() as stderr:
        assert list(progress_bar(1234, "NumPy", dict, "off")) == list(range(1234))
    assert stderr.getvalue() == ""
    assert capsys.readouterr().out == ""


def test_unknown_style_is_refused_before_the_first_epoch():
    with pytest.raises(ValueError, match=r"^expected a progress style out of manual, auto, off; got 'loud'$"):
        progress_bar(1, "NumPy", dict, "loud")


def test_plain_line_of_a_training_shows_the_loss_of_the_epoch_that_it_names(iris, capsys):
    from numpy_mlp import MLP, SGD, train

    model = MLP(4, 10, 3, seed=0)
    optimizer = SGD(model.parameters(), lr=0.1)
    history = train(model, optimizer, iris.x_train, iris.y_train, epochs=500, progress="manual")
    for line in capsys.readouterr().err.splitlines():
        epoch = int(re.search(r"(\d+) of 500", line)[1])
        assert line == f"NumPy: {epoch} of 500 epochs, loss {history.losses[epoch - 1]:.6f}"


@pytest.mark.parametrize("style", ["manual", "auto"])
def test_a_command_that_a_notebook_started_shows_a_bar_through_its_pipe(style, capsys, monkeypatch):
    monkeypatch.setenv("JPY_PARENT_PID", "1")
    list(progress_bar(400, "NumPy", dict, style))
    last = capsys.readouterr().err.rstrip("\n").split("\r")[-1]
    assert last.startswith("NumPy: 100%|")


@pytest.mark.parametrize("style", ["manual", "auto"])
def test_a_notebook_shows_tqdms_bar_for_notebooks(style, monkeypatch, capsys):
    import tqdm.auto

    shown = []

    class Widget(tqdm.tqdm):
        def __init__(self, *args, **more):
            shown.append(more["desc"])
            super().__init__(*args, **more)

    shell = SimpleNamespace(kernel=object())
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))
    monkeypatch.setattr(tqdm.auto, "tqdm", Widget)
    assert list(progress_bar(400, "NumPy", dict, style)) == list(range(400))
    assert shown == ["NumPy"]


def test_a_program_that_starts_kernels_is_no_notebook(monkeypatch, capsys):
    for name in ("ipykernel", "IPython"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    list(progress_bar(1, "NumPy", lambda: {"loss": 2.0}))
    assert capsys.readouterr().err == "NumPy: 1 of 1 epochs, loss 2.000000\n"


def test_values_of_any_size_keep_their_room_beside_the_bar(capsys):
    list(progress_bar(1, "NumPy", lambda: {"loss": 22848036343138746368.0}))
    assert capsys.readouterr().err == "NumPy: 1 of 1 epochs, loss 2.2848e+19\n"
