"""What a contract was deployed with and can never change: asked once, and kept."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.cache import cache

from contracts.chain import codec
from contracts.chain.client import client
from contracts.models import Chain


def fixed(chain: Chain, contract: str, views: Sequence[str]) -> list[int]:
    """Return the numbers that these views of one of our contracts answer for ever. Raises ChainError the first time."""
    address = chain.deployment[contract]
    # With the genesis: a local chain that was started over may have another contract there.
    key = f"fixed:{chain.pk}:{chain.genesis_hash}:{address}:{','.join(views)}"
    known: list[int] | None = cache.get(key)
    if known is None:
        data = [codec.call_data(contract, view) for view in views]
        answers = client(chain).batch([("eth_call", [{"to": address, "data": each}, "latest"]) for each in data])
        known = [codec.decode_result(contract, view, each) for view, each in zip(views, answers, strict=True)]
        cache.set(key, known, None)
    return known
