"""Numbers of any size as texts that keep their columns."""


def fixed(value: float, decimals: int = 6, sign: str = "") -> str:
    """Return a number with fixed decimals, or with a power of ten from a hundred thousand on.

    >>> fixed(1.0726014), fixed(-231.244231), fixed(22848036343138746368.0), fixed(float("nan"))
    ('1.072601', '-231.244231', '2.2848e+19', 'nan')
    """
    return f"{value:{sign}.{decimals}f}" if abs(value) < 1e5 else f"{value:{sign}.4e}"


def short(value: float, sign: str = "") -> str:
    """Return a number in about four characters, its sign not counted: for a cell or a circle.

    >>> short(0.5), short(-12.345), short(1905.42), short(2.3e19), short(0.44, sign="+")
    ('0.50', '-12.3', '1905', '2e+19', '+0.44')
    """
    size = abs(value)
    if size < 9.995:
        return f"{value:{sign}.2f}"
    if size < 99.95:
        return f"{value:{sign}.1f}"
    return f"{value:{sign}.0f}" if size < 99_999.5 else f"{value:{sign}.0e}"
