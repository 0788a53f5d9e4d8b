"""What several test files share; all of it comes as fixtures, since tests are imported by path."""

import io
import os
import signal
from contextlib import contextmanager, redirect_stderr
from copy import deepcopy
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import settings
from matplotlib.backends.backend_agg import FigureCanvasAgg

import torch_mlp
from numpy_mlp import MLP, SGD, load_dataset, train
from numpy_mlp.shared.checkpoint import Checkpoint
from torch_mlp.faster.compiled import check_compiler
from torch_mlp.weights import to_torch

settings.register_profile("tests", derandomize=True, database=None, deadline=None, max_examples=30)
settings.load_profile("tests")

# arrays this small gain nothing from threads, and lose much on a busy machine; commands inherit the variable
torch.set_num_threads(1)
os.environ.setdefault("OMP_NUM_THREADS", "1")

# commands share what Python has compiled: without it each compiles all modules anew
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

# the commands' texts are those in English, whatever the language of the machine
os.environ.pop("LC_ALL", None)
os.environ["LC_MESSAGES"] = "C"

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    # the tests were started in the background of a shell: the commands that they stop would ignore it, too
    signal.signal(signal.SIGINT, signal.default_int_handler)

# the files that take longest; a worker takes a whole file, so none of these may be left for the end
LONGEST = (
    "compare/exercise/test_exercise.py", "compare/explain/test_explain.py", "test_packaging.py",
    "test_readme.py", "compare/bugs/test_diagnosis.py", "compare/test_run.py",
    "compare/exercise/test_trial.py", "compare/exercise/test_grade.py", "docs/test_course.py",
    "numpy_mlp/shared/cli/test_pictures.py", "numpy_mlp/shared/cli/test_plotting.py",
    "compare/bugs/test_self_test.py", "torch_mlp/faster/test_torchrun.py",
)  # fmt: skip


@pytest.hookimpl(optionalhook=True)  # the tests run without pytest-xdist, too
def pytest_xdist_auto_num_workers():
    # one more than there are cores: many tests wait for a command, a browser or a time limit
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(items):
    order = {f"tests/{file}": i for i, file in enumerate(LONGEST)}
    items.sort(key=lambda item: order.get(item.nodeid.partition("::")[0], len(order)))


@pytest.fixture(scope="session")
def gamma():
    """Higham's gamma_n = n u / (1 - n u), the relative error of n roundings in any order."""

    def gamma_n(n, dtype):
        u = float(np.finfo(dtype).eps) / 2
        return n * u / (1 - n * u)

    return gamma_n


@pytest.fixture(scope="session")
def assert_within():
    """|actual - expected| <= bound everywhere, of the same shape and dtype; NaN never passes."""

    def check(actual, expected, bound):
        actual, expected = np.asarray(actual), np.asarray(expected)
        assert actual.shape == expected.shape
        assert actual.dtype == expected.dtype
        distance = np.abs(actual.astype(np.float64) - expected.astype(np.float64))
        assert (distance <= bound).all(), f"{distance.max()} > {np.broadcast_to(bound, distance.shape)}"

    return check


@pytest.fixture(scope="session")
def twins():
    """A NumPy model and a PyTorch model with the same weights, which they don't share."""

    def build(*sizes, dtype=np.float32, seed=0):
        model = MLP(*sizes, seed=seed, dtype=dtype)
        torch_model = torch_mlp.MLP(*sizes).to(getattr(torch, np.dtype(dtype).name))
        torch_model.load_state_dict(to_torch(model.state_dict()))
        return model, torch_model

    return build


@pytest.fixture(scope="session")
def iris():
    return load_dataset("iris")


@pytest.fixture
def make_checkpoint(iris):
    """A checkpoint of a short training of MLP(4, 5, 3) on Iris, as ``train --weights`` saves it."""

    def build(dtype=np.float32, epochs=4):
        model = MLP(4, 5, 3, seed=1, dtype=dtype)
        x = iris.x_train.astype(dtype)
        history = train(model, SGD(model.parameters(), lr=0.1), x, iris.y_train, epochs=epochs)
        return Checkpoint(
            library="numpy",
            sizes=(4, 5, 3),
            dataset="iris",
            hyperparameters={"epochs": epochs, "lr": 0.1},
            feature_names=iris.feature_names,
            class_names=iris.class_names,
            scaler=iris.scaler,
            history=history,
        )

    return build


@pytest.fixture(scope="session")
def terminal():
    """``with terminal() as stderr``: a stderr that says it is a terminal, and keeps what is written."""

    @contextmanager
    def pretend():
        stderr = io.StringIO()
        stderr.isatty = lambda: True
        with redirect_stderr(stderr):
            yield stderr

    return pretend


@pytest.fixture(scope="session")
def lab():
    """One lab for all tests: the gates, and every bug that has been observed in them."""
    from compare.bugs.lab import Lab

    lab = Lab()
    assert lab.sizes  # the correct network's numbers are there before a test changes numpy_mlp
    return lab


@pytest.fixture(scope="session")
def trained_once():
    """What PyTorch and scikit-learn make of the same numbers in a proof's short trainings is kept."""
    from compare.gates import material, referees

    def kept(train, given):
        histories = {}

        def known(*args):
            run, settings = given(*args)
            arrays = run.x, run.y, *run.weights.values()
            key = settings, *((array.dtype, array.shape, array.tobytes()) for array in arrays)
            if key not in histories:
                histories[key] = train(*args)
            return deepcopy(histories[key])

        return known

    def warm_up(of):
        return of.scenario("float32" if "float32" in of.datasets else of.settings.dtypes[0]), material.WARM_UP

    trained = property(kept(material.Material.trained.func, warm_up))
    beside = kept(referees.scikit_learn_history, lambda *args: args)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(material.Material, "trained", trained)
        patch.setattr(referees, "scikit_learn_history", beside)
        yield


@pytest.fixture
def known_lab(monkeypatch, lab, trained_once):
    """Every diagnosis in this process uses the one lab: its gates take seconds to set up."""
    monkeypatch.setattr("compare.bugs.diagnosis.Lab", lambda: lab)


@pytest.fixture
def compare(capsys, known_lab):
    """Run ``python -m compare.run`` in this process; return exit code, stdout, stderr."""
    from compare import run

    def call(*args):
        try:
            code = run.main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return call


@pytest.fixture
def cli(capsys):
    """Run ``main`` of a package and return its exit code, stdout and stderr."""
    from numpy_mlp.__main__ import main as numpy_main
    from torch_mlp.__main__ import main as torch_main

    def run(package, *args):
        main = {"numpy_mlp": numpy_main, "torch_mlp": torch_main}[package]
        try:
            code = main([str(arg) for arg in args])
        except SystemExit as stop:
            code = stop.code
        return code, *capsys.readouterr()

    return run


@pytest.fixture(scope="session")
def on_cpu():
    """Add ``--device cpu`` to the arguments of torch_mlp's commands; numpy_mlp's have no such flag."""

    def arguments(package, *args):
        return (*args, "--device", "cpu") if package == "torch_mlp" else args

    return arguments


@pytest.fixture(scope="session")
def read():
    """What a figure says: ``title(figure)``, ``texts(axes)``; ``fits(figure)`` asserts its layout."""

    def title(figure):
        return figure.get_suptitle().replace("\n", " ")

    def texts(axes):
        return [text.get_text() for text in axes.texts]

    def fits(figure):
        """Draw the figure: nothing may leave it, and no words may lie on its title or its caption."""
        renderer = FigureCanvasAgg(figure).get_renderer()
        figure.draw(renderer)
        box = figure.get_tightbbox(renderer)
        assert min(box.x0, box.y0) >= -0.01
        assert box.x1 <= figure.get_figwidth() + 0.01
        assert box.y1 <= figure.get_figheight() + 0.01
        frame = [text for text in (figure._suptitle, figure._supxlabel) if text is not None]
        words = [text for legend in figure.legends for text in legend.get_texts()]
        for axes in figure.axes:
            words += [*axes.texts, axes.xaxis.label, axes.yaxis.label, axes.title, axes._left_title]
            words += axes.get_legend().get_texts() if axes.get_legend() else []
        boxes = [text.get_window_extent(renderer) for text in words if text.get_text()]
        assert boxes
        for text in frame:
            mine = text.get_window_extent(renderer)
            assert not any(mine.overlaps(other) for other in boxes), text

    return SimpleNamespace(title=title, texts=texts, fits=fits)


@pytest.fixture
def traced(monkeypatch):
    """Mode compile without a compiler: PyTorch traces the step and runs what it saw; return what that was."""
    torch.compiler.reset()
    check_compiler.cache_clear()
    graphs, compile_ = [], torch.compile

    def backend(graph, example_inputs):
        graphs.append(graph)
        return graph.forward

    monkeypatch.setattr(torch, "compile", lambda f, *, options, **more: compile_(f, backend=backend, **more))
    check_compiler(torch.device("cpu"))
    graphs.clear()
    yield graphs
    torch.compiler.reset()
    check_compiler.cache_clear()


@pytest.fixture
def compiler():
    """Skip where nothing can be compiled; else compile for any processor, which takes less time."""
    import torch._inductor.config

    torch.compiler.reset()
    check_compiler.cache_clear()
    with torch._inductor.config.patch({"cpp.vec_isa_ok": False}):
        try:
            check_compiler(torch.device("cpu"))
        except ValueError as error:
            pytest.skip(str(error))
        yield
    torch.compiler.reset()
    check_compiler.cache_clear()


@pytest.fixture
def no_compiler():
    """PyTorch looks for a compiler that is not there."""
    import torch._inductor.config

    torch.compiler.reset()
    check_compiler.cache_clear()
    with torch._inductor.config.patch({"cpp.cxx": (None, "/nonexistent/g++")}):
        yield
    check_compiler.cache_clear()
