"""How many threads both libraries compute with."""

import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from threadpoolctl import threadpool_limits


@contextmanager
def threads(count: int) -> Iterator[None]:
    """Let NumPy's BLAS, and PyTorch if it is loaded, compute with ``count`` threads; put the numbers back."""
    with ExitStack() as stack:
        if torch := sys.modules.get("torch"):
            stack.callback(torch.set_num_threads, torch.get_num_threads())
            torch.set_num_threads(count)
        stack.enter_context(threadpool_limits(limits=count))
        yield
