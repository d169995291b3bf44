"""The chains that this marketplace knows, before any of them has a deployment: ``networks.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

FILE = Path(__file__).parent / "networks.toml"


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
    quorum: int = 1


NETWORKS = {name: Network(**given) for name, given in tomllib.loads(FILE.read_text()).items()}
