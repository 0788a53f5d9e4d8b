"""The lines of the NumPy package that compute each kind of number, and what a PyTorch user writes instead."""

import ast
import inspect
import textwrap
from types import ModuleType
from typing import Any

from compare.bugs.patch import definitions

# kind of number: the function, a text in the first of its lines, how many lines, and PyTorch's counterpart
LINES: dict[str, tuple[str, str, int, str]] = {
    "scale": ("data.MinMaxScaler.transform", "span = ", 3, "MinMaxScaler().fit(x_train).transform(x)"),
    "draw": ("init.uniform", "u = (bits", 4, "torch.manual_seed(seed); nn.Linear(4, 10)"),
    "linear": ("linear.Linear.forward", "y = x @ weight.T", 2, "y = fc1(x)  # fc1 = nn.Linear(4, 10)"),
    "relu": ("relu.ReLU.forward", "return np.maximum(x, 0)", 1, "y = relu(x)  # relu = nn.ReLU()"),
    "softmax": ("cross_entropy.log_softmax", "shifted = ", 5, "p = logits.softmax(dim=1)"),
    "loss": ("cross_entropy.CrossEntropyLoss.forward", "loss: ", 2, "nn.CrossEntropyLoss()(logits, y)"),
    "dlogits": (
        "cross_entropy.CrossEntropyLoss.backward", "grad_logits = ", 4, "loss.backward()  # logits.grad",
    ),
    "dweight": ("linear.Linear.backward", "self.weight.accumulate", 1, "loss.backward()  # fc1.weight.grad"),
    "dbias": ("linear.Linear.backward", "self.bias.accumulate", 1, "loss.backward()  # fc1.bias.grad"),
    "dinput": ("linear.Linear.backward", "return grad_output @", 1, "loss.backward()  # in autograd"),
    "dmask": ("relu.ReLU.backward", "return grad_output * self.mask", 1, "loss.backward()  # in autograd"),
    "velocity": ("sgd.SGD.step", "velocity = (", 5, "optimizer.step()  # SGD(..., momentum=0.9)"),
    "update": ("sgd.SGD.step", "param.data -=", 1, "optimizer.step()  # torch.optim.SGD(...)"),
}  # fmt: skip


def lines(package: ModuleType) -> dict[str, dict[str, Any]]:
    """Return file, line and text of each kind of number, as they stand in the package, and PyTorch's line.

    A package may be written otherwise: then it is the line that begins the function, or none.
    """
    found: dict[str, dict[str, Any]] = {}
    for kind, (at, text, count, torch) in LINES.items():
        found[kind] = {"torch": torch}
        try:
            module = getattr(package, at.partition(".")[0])
            source = inspect.getsource(module)
            function = definitions(ast.parse(source), at)[-1]
        except (AttributeError, LookupError, OSError, TypeError, SyntaxError):
            continue
        every = source.splitlines()
        body = range(function.lineno, (function.end_lineno or function.lineno) + 1)
        starts = [line for line in body if every[line - 1].lstrip().startswith(text)]
        first, taken = (starts[0], count) if starts else (function.lineno, 1)
        file = module.__name__.replace(".", "/") + ".py"
        shown = textwrap.dedent("\n".join(every[first - 1 : first - 1 + taken]))
        found[kind] |= {"file": file, "line": first, "text": shown}
    return found
