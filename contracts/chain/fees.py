"""What the network asks for a transaction, said before a wallet is opened."""

from __future__ import annotations

from django.core.cache import cache

from contracts.errors import ChainError
from contracts.models import Chain

from .client import client

KEPT = 60  # seconds; the price moves from block to block, and the figure is said to be about so much
UNKNOWN_KEPT = 10  # seconds that pages do not ask again for what nobody answered


def about_fee(chain: Chain, gas: int) -> int | None:
    """Return about how many wei so much gas costs now; None where the chain does not say."""
    key = f"gas-price:{chain.pk}"
    price: int | None = cache.get(key)
    if price is None:
        price = _ask(chain)
        cache.set(key, price, KEPT if price else UNKNOWN_KEPT)
    return gas * price if price else None


def _ask(chain: Chain) -> int:
    try:
        return client(chain).quantity("eth_gasPrice")
    except ChainError:  # the endpoint's trouble; the page says nothing of a fee
        return 0
