"""How amounts of money are written for people. They are computed and kept as integers in the smallest unit."""


def format_units(amount: int, decimals: int = 18) -> str:
    """Return an amount of smallest units as an exact decimal number, without zeros at its end: 0.05."""
    whole, part = divmod(abs(amount), 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0") if decimals else ""
    sign = "-" if amount < 0 else ""
    return f"{sign}{whole:,}.{digits}" if digits else f"{sign}{whole:,}"
