"""How the figures of proposals are written: parts in per cent, seconds in days, amounts of the coin and of LATTICE."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as lazy
from django.utils.translation import ngettext
from django_stubs_ext import StrPromise

from common.money import format_units
from contracts.currencies import Currency
from contracts.names import COIN, DAY
from governance.ground.lattice import SYMBOL

HOUR, MINUTE = 3_600, 60
FAR = 2**35  # seconds since 1970 beyond which a time is no date that is meant
FOREVER = 2**33  # seconds since 1970 from which on a time stands for no end at all
LONG = 100 * 365 * DAY  # a length that nobody waits for
PERCENT_DECIMALS = 2


def per_cent(bps: int) -> str:
    """Return parts in 1/10,000 as per cent, exactly."""
    return f"{format_units(bps, PERCENT_DECIMALS)}\N{NO-BREAK SPACE}%"


def span(seconds: int) -> str:
    """Return a length of time exactly, in days, hours, minutes and seconds."""
    if not 0 <= seconds < LONG:
        return _("%(n)s seconds") % {"n": f"{seconds:,}"}
    parts = []
    for size, text in _SIZES:
        count, seconds = divmod(seconds, size)
        if count:
            parts.append(text(count))
    return " ".join(parts) or text(0)


def _days(n: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", n) % {"n": f"{n:,}"}


def _hours(n: int) -> str:
    return ngettext("%(n)s hour", "%(n)s hours", n) % {"n": n}


def _minutes(n: int) -> str:
    return ngettext("%(n)s minute", "%(n)s minutes", n) % {"n": n}


def _seconds(n: int) -> str:
    return ngettext("%(n)s second", "%(n)s seconds", n) % {"n": n}


_SIZES: tuple[tuple[int, Callable[[int], str]], ...] = ((DAY, _days), (HOUR, _hours), (MINUTE, _minutes), (1, _seconds))


def moment(seconds: int) -> str:
    """Return a time in seconds since 1970 as a date with its minute."""
    if not 0 <= seconds < FAR:
        return _("a time that never comes")
    return _("%(when)s UTC") % {"when": date_format(datetime.fromtimestamp(seconds, UTC), "j M Y, H:i")}


def lattice(amount: int) -> str:
    """Return an amount of LATTICE, exactly."""
    return f"{format_units(amount)}\N{NO-BREAK SPACE}{SYMBOL}"


def coin_of(symbol: str) -> Callable[[int], str]:
    """Return what writes amounts of a chain's coin."""
    return Currency(COIN, symbol, 18).whole_text


BPS, SECONDS, COINS = "bps", "seconds", "coins"
# What each parameter is called in a sentence, and what it is counted in.
PARAMETERS: dict[str, tuple[StrPromise, str]] = {
    "feeBps": (lazy("the protocol fee"), BPS),
    "referralBps": (lazy("the referrers’ part of a sale"), BPS),
    "stakersBps": (lazy("the stakers’ part of a sale"), BPS),
    "bonusCapBps": (lazy("the bonus pool’s part of a sale"), BPS),
    "refundWindow": (lazy("the refund window"), SECONDS),
    "disputeLimit": (lazy("the time for a ruling on a dispute"), SECONDS),
    "demandWindow": (lazy("the window over which demand is counted"), SECONDS),
    "demandStepBps": (lazy("the largest step by which demand moves a price"), BPS),
    "premiumCapBps": (lazy("the most that quality may add to a price"), BPS),
    "minRatedFee": (lazy("the fee that a buyer must have paid to count as a rater"), COINS),
    "escrowDelay": (lazy("the wait to withdraw from the escrow"), SECONDS),
    "pauseMax": (lazy("the longest pause by the guardian"), SECONDS),
}


def parameter_text(key: str, value: int, coin: str) -> str:
    """Return a parameter's value with its unit; one that nobody knows as a bare number."""
    unit = PARAMETERS[key][1] if key in PARAMETERS else ""
    writers: dict[str, Callable[[int], str]] = {BPS: per_cent, SECONDS: span, COINS: coin_of(coin)}
    return writers[unit](value) if unit else f"{value:,}"
