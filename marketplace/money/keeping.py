"""What the keeper does on every chain besides distributing: apps above this one register it in ``keepers.py``."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from django.utils.module_loading import autodiscover_modules
from eth_account.signers.local import LocalAccount

from contracts.models import Chain

Keeper = Callable[[Chain, LocalAccount | None], object]
_keepers: list[Keeper] = []


def keeps(function: Keeper) -> Keeper:
    """Register what is to be kept of each chain; it gets the keeper's account, None where there is no key."""
    _keepers.append(function)
    return function


def keepers() -> Iterator[Keeper]:
    """Yield what every app keeps."""
    autodiscover_modules("keepers")
    yield from _keepers
