"""Which calls a training makes, in their order: what a loop left out, makes twice or makes too early."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any
from unittest.mock import patch

WATCHED = {
    "MLP.forward": "model(x)",
    "CrossEntropyLoss.forward": "criterion(logits, y)",
    "SGD.zero_grad": "optimizer.zero_grad()",
    "CrossEntropyLoss.backward": "criterion.backward()",
    "MLP.backward": "model.backward(...)",
    "SGD.step": "optimizer.step()",
}


@contextmanager
def watched(package: ModuleType) -> Iterator[list[str]]:
    """Note the calls of a package's methods, without those that they make themselves."""
    calls: list[str] = []
    depth = [0]
    with ExitStack() as stack:
        for target, text in WATCHED.items():
            owner, _, method = target.partition(".")
            holder = getattr(package, owner, None)
            if callable(getattr(holder, method, None)):
                noting = noted(getattr(holder, method), text, calls, depth)
                stack.enter_context(patch.object(holder, method, noting))
        yield calls


def noted(method: Callable[..., Any], text: str, calls: list[str], depth: list[int]) -> Callable[..., Any]:
    """Return a method that notes each call from outside."""

    def noting(*args: Any, **options: Any) -> Any:
        if not depth[0]:
            calls.append(text)
        depth[0] += 1
        try:
            return method(*args, **options)
        finally:
            depth[0] -= 1

    return noting


def call_facts(found: list[str], right: list[str]) -> list[str]:
    """Return in words how the calls of a training differ from those of the correct one."""
    facts = []
    for text in WATCHED.values():
        times, expected = found.count(text), right.count(text)
        if not times and expected:
            facts.append(f"train never calls {text}")
        elif times != expected:
            facts.append(f"train calls {text} {times} times where it belongs {expected} times")
    if not facts and found != right:
        facts.append(f"train calls, in this order: {', '.join(one_step(found))}")
        facts.append(f"where this belongs: {', '.join(one_step(right))}")
    return facts


def one_step(calls: list[str]) -> list[str]:
    """Return the calls up to the second forward pass."""
    again = [i for i, call in enumerate(calls) if call == WATCHED["MLP.forward"]][1:2]
    return calls[: again[0]] if again else calls
