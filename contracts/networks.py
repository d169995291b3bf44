"""The chains that this marketplace knows, before any of them has a deployment."""

from __future__ import annotations

from dataclasses import dataclass

from .models import LOCAL_CHAIN


@dataclass(frozen=True)
class Network:
    """What is fixed about a chain. ``confirmations`` and ``reorg_window`` count blocks of about ``block_seconds``."""

    id: int
    name: str
    coin: str
    confirmations: int
    reorg_window: int
    block_seconds: int
    explorer_url: str = ""


NETWORKS = {
    "anvil": Network(LOCAL_CHAIN, "Anvil", "ETH", 3, 64, 2),
    "eth": Network(1, "Ethereum", "ETH", 12, 128, 12, "https://etherscan.io"),
    "polygon": Network(137, "Polygon", "POL", 64, 512, 2, "https://polygonscan.com"),
    "arbitrum": Network(42161, "Arbitrum One", "ETH", 20, 256, 1, "https://arbiscan.io"),
    "base": Network(8453, "Base", "ETH", 10, 256, 2, "https://basescan.org"),
}
