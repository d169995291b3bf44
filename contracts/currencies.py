"""What can be paid in on a chain: its coin, and ERC-20 tokens, each with its symbol and decimals.

A token is asked for both apart, because it may have either: older ones tell their symbol as ``bytes32``, and neither is
part of ERC-20 itself. Where the decimals are not known, amounts are shown in smallest units and never converted.
"""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from django.utils.translation import gettext as _
from eth_abi import abi as eth_abi
from eth_abi.exceptions import DecodingError

from common.money import format_units
from common.text import clean_line

from .chain import codec
from .chain.client import GAS_OF_OTHERS, client
from .errors import ChainError, PermanentChainError
from .models import Chain
from .names import COIN

ERC20 = "DemoDollar"  # whose interface has all of ERC-20 and its permit
COIN_DECIMALS = 18
MOST_DECIMALS = 77  # of a token: with more, the smallest number of whole ones would not fit into 256 bits
DIGITS = 6  # significant ones of a brief amount
GLANCE = 4  # significant ones of a headline that has a longer amount beside it
MOST_SYMBOL = 11  # characters, as wallets take them
WORD = 32  # bytes
UNKNOWN_KEPT = 10  # seconds that pages do not ask again for what a token did not tell


@dataclass(frozen=True)
class Currency:
    """A currency of a chain: 10 ** ``decimals`` of its smallest unit are one. None: nobody can say how many are."""

    token: str
    symbol: str
    decimals: int | None

    @property
    def is_coin(self) -> bool:
        """Whether it is the chain's own."""
        return self.token == COIN

    @property
    def unit(self) -> str:
        """What amounts are counted in: ``ETH``, or ``smallest units of 0x1234…5678``."""
        if self.decimals is None:
            return _("smallest units of %(token)s") % {"token": short_address(self.token)}
        return self.symbol

    def number(self, amount: int) -> str:
        """Return an amount of smallest units as an exact number of ``unit``."""
        return format_units(amount, self.decimals or 0)

    def text(self, amount: int) -> str:
        """Return the same with its unit: ``0.05 ETH``."""
        return f"{self.number(amount)} {self.unit}"

    def cut(self, amount: int) -> int:
        """Return an amount with at most six significant digits, cut: nobody is shown more than there is."""
        # What is counted in smallest units stays whole.
        least = 10 ** max(0, len(str(abs(amount))) - DIGITS) if self.decimals is not None else 1
        return amount // least * least

    def brief(self, amount: int) -> str:
        """Return a number of ``unit`` with at most six significant digits."""
        return self.number(self.cut(amount))

    def glance(self, amount: int) -> str:
        """Return a number of ``unit`` with four significant digits, cut in its fraction only: 0.493008 → ``0.4930``.

        Zeros at its end stay, so that it reads as cut; an amount that has no more digits stands as it is.
        """
        least = min(10 ** max(0, len(str(abs(amount))) - GLANCE), 10 ** (self.decimals or 0))
        cut = amount // least * least
        text = self.number(cut)
        if cut == amount:
            return text
        whole, _point, part = text.partition(".")
        digits = len(f"{whole}{part}".replace(",", "").lstrip("0"))
        part += "0" * max(0, GLANCE - digits)
        return f"{whole}.{part}" if part else whole

    def brief_text(self, amount: int) -> str:
        """Return a brief number with its unit, which stays on the same line."""
        return f"{self.brief(amount)}\N{NO-BREAK SPACE}{self.unit}"

    def whole_text(self, amount: int) -> str:
        """Return the exact number in the same way, for what people add up."""
        return f"{self.number(amount)}\N{NO-BREAK SPACE}{self.unit}"


def currency_of(chain: Chain, token: str, *, again: bool = False) -> Currency:
    """Return a token as it calls itself, asked once; what it did not tell is asked for later, or now with ``again``."""
    if token == COIN:
        return Currency(COIN, chain.coin, COIN_DECIMALS)
    # With the genesis: a local chain that was started over may have another token there.
    key = f"currency:{chain.pk}:{chain.genesis_hash}:{token}"
    known: Currency | None = cache.get(key)
    if known is None or (again and known.decimals is None):
        known, is_whole = _ask(chain, token)
        cache.set(key, known, None if is_whole else UNKNOWN_KEPT)
    return known


def short_address(address: str) -> str:
    """Return the two ends of an address."""
    return f"{address[:6]}…{address[-4:]}"


def _ask(chain: Chain, token: str) -> tuple[Currency, bool]:
    """Return what a token says of itself, and whether it is worth keeping: the decimals, and an answer of its own."""
    try:
        decimals = _decimals_in(_answer(chain, token, "decimals"))
        symbol = _symbol_in(_answer(chain, token, "symbol"))
    except ChainError:  # the endpoint's trouble: it says nothing of the token
        return Currency(token, short_address(token), None), False
    return Currency(token, symbol or short_address(token), decimals), decimals is not None


def _answer(chain: Chain, token: str, view: str) -> bytes:
    """Return what a view answers, nothing where the token refuses. Raises RetryableChainError."""
    try:
        return codec.to_bytes(client(chain).eth_call(token, codec.call_data(ERC20, view), gas=GAS_OF_OTHERS))
    except (PermanentChainError, ValueError):
        return b""


def _decimals_in(answer: bytes) -> int | None:
    """Return the number in an answer of one word, None for anything else."""
    number = int.from_bytes(answer) if len(answer) == WORD else None
    return number if number is not None and number <= MOST_DECIMALS else None


def _symbol_in(answer: bytes) -> str:
    """Return the symbol in an answer of ``string``, or of ``bytes32``; empty for anything else."""
    if len(answer) == WORD:
        said = answer.rstrip(b"\0")
    else:
        try:
            (said,) = eth_abi.decode(["bytes"], answer)
        except (DecodingError, OverflowError):
            return ""
    return clean_line(said.decode("utf-8", "replace"))[:MOST_SYMBOL].strip()
