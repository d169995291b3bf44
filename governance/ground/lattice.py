"""LATTICE, as people read and type it."""

from __future__ import annotations

from contracts.currencies import Currency
from contracts.models import Chain
from contracts.names import TOKEN

SYMBOL, DECIMALS = "LATTICE", 18
ONE = 10**DECIMALS


def lattice_of(chain: Chain) -> Currency:
    """Return the DAO's token as a currency, without asking the chain for what its contract fixes."""
    return Currency(chain.deployment.get(TOKEN, ""), SYMBOL, DECIMALS)


def whole(amount: int) -> str:
    """Return an amount in whole LATTICE, cut; below one, with at most four significant digits."""
    currency = Currency("", SYMBOL, DECIMALS)
    return currency.number(amount // ONE * ONE) if abs(amount) >= ONE or not amount else currency.glance(amount)


def exactly(amount: int) -> str:
    """Return an amount with all its digits and its unit."""
    return Currency("", SYMBOL, DECIMALS).text(amount)


def per_cent(part: int, of: int) -> str:
    """Return a part in per cent, cut, without the sign: two digits after the point below ten, else one."""
    if not of or not part:
        return "0"
    bps = part * 10_000 // of
    if not bps:
        return "<0.01"
    return f"{bps / 100:.2f}" if bps < 1_000 else f"{bps // 10 / 10:.1f}"
