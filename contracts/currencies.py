"""What can be paid in on a chain: its coin, and ERC-20 tokens, each with its symbol and decimals."""

from __future__ import annotations

from dataclasses import dataclass

from django.core.cache import cache
from eth_abi.exceptions import DecodingError

from common.money import format_units

from .chain import codec
from .chain.client import client
from .errors import ChainError
from .models import Chain
from .names import COIN

ERC20 = "DemoDollar"  # whose interface has all of ERC-20 and its permit
COIN_DECIMALS = 18
MOST_SYMBOL = 11  # characters, as wallets take them


@dataclass(frozen=True)
class Currency:
    """A currency of a chain: 10 ** ``decimals`` of its smallest unit are one."""

    token: str
    symbol: str
    decimals: int

    @property
    def is_coin(self) -> bool:
        """Whether it is the chain's own."""
        return self.token == COIN

    def text(self, amount: int) -> str:
        """Return an amount of smallest units as an exact number with the symbol: ``0.05 ETH``."""
        return f"{format_units(amount, self.decimals)} {self.symbol}"


def currency_of(chain: Chain, token: str) -> Currency:
    """Return a token as it calls itself; it is asked once. One that does not answer is shown by its address."""
    if token == COIN:
        return Currency(COIN, chain.coin, COIN_DECIMALS)
    key = f"currency:{chain.pk}:{token}"
    known: Currency | None = cache.get(key)
    if known is None:
        try:
            known = _ask(chain, token)
        except (ChainError, DecodingError):
            return Currency(token, f"{token[:6]}…{token[-4:]}", 0)
        cache.set(key, known, None)
    return known


def _ask(chain: Chain, token: str) -> Currency:
    rpc = client(chain)
    symbol, decimals = (
        codec.decode_result(ERC20, view, rpc.eth_call(token, codec.call_data(ERC20, view)))
        for view in ("symbol", "decimals")
    )
    printable = "".join(letter for letter in symbol if letter.isprintable())
    return Currency(token, printable[:MOST_SYMBOL] or token, decimals)
