"""How a fresh Linear gets its numbers: the uniform draws of ``torch.nn.Linear``, bit for bit.

PyTorch's CPU generator is the Mersenne Twister MT19937, seeded as ``np.random.RandomState(seed)`` seeds it.
Both libraries therefore see the same stream of 32-bit integers, and the same seed gives the same network.

Sources: https://docs.pytorch.org/docs/stable/generated/torch.nn.Linear.html (the two bounds);
He et al. 2015, *Delving Deep into Rectifiers*, section 2.2 (why a bound shrinks with 1 / sqrt(in)).
"""

import math

import numpy as np


def generator(seed: int | None) -> "np.random.RandomState":
    """Return MT19937 seeded as ``torch.manual_seed(seed)`` seeds it; None takes fresh entropy.

    Raises:
        ValueError: ``seed`` is not an integer from 0 to 2**32 - 1.
    """
    if seed is not None and not (isinstance(seed, int | np.integer) and 0 <= seed < 2**32):
        raise ValueError(f"expected a seed from 0 to 2**32 - 1, got {seed!r}")
    return np.random.RandomState(seed)


def uniform(rng: "np.random.RandomState", bound: float, shape: tuple[int, ...]) -> np.ndarray:
    """Draw float32 numbers from [-bound, bound) as ``tensor.uniform_(-bound, bound)`` does.

    u = (low 24 bits of a 32-bit draw) · 2⁻²⁴,    w = u · (to - from) + from, rounded once.
    """
    bits = rng.randint(0, 2**32, size=shape, dtype=np.uint32)
    u = (bits & 0xFFFFFF) * 2.0**-24
    # PyTorch casts both ends to float32 first; float64 arithmetic then leaves only the final rounding.
    low, high = float(np.float32(-bound)), float(np.float32(bound))
    return (u * (high - low) + low).astype(np.float32)


def weight_bound(in_features: int) -> float:
    """Return the bound of ``kaiming_uniform_(weight, a=√5)``: √3 · gain / √in with gain = √(2 / (1 + a²)).

    It comes to 1 / √in, and is computed in PyTorch's order of operations so that the last bit agrees too.
    """
    gain = math.sqrt(2.0 / (1 + math.sqrt(5) ** 2))
    return math.sqrt(3.0) * (gain / math.sqrt(in_features))


def bias_bound(in_features: int) -> float:
    """Return the bound of a bias: 1 / √in."""
    return 1 / math.sqrt(in_features)
