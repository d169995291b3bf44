"""The chains that this marketplace knows, before any of them has a deployment."""

from __future__ import annotations

from dataclasses import dataclass

from .models import LOCAL_CHAIN


@dataclass(frozen=True)
class Network:
    """What is fixed about a chain. ``confirmations`` and ``reorg_window`` count blocks."""

    id: int
    name: str
    coin: str
    confirmations: int
    reorg_window: int
    explorer_url: str = ""


NETWORKS = {
    "anvil": Network(LOCAL_CHAIN, "Anvil", "ETH", 3, 64),
    "eth": Network(1, "Ethereum", "ETH", 12, 128, "https://etherscan.io"),
    "polygon": Network(137, "Polygon", "POL", 64, 512, "https://polygonscan.com"),
    "arbitrum": Network(42161, "Arbitrum One", "ETH", 20, 256, "https://arbiscan.io"),
    "base": Network(8453, "Base", "ETH", 10, 256, "https://basescan.org"),
}
