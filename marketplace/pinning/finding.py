"""How the pins stand, for pages and for operators."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Sum
from django.utils import timezone

from .actions import LOOK_EVERY, LOOK_RARELY
from .models import Pin, PinState

GRACE = 3  # intervals after which nobody can say any more that a pin holds


@dataclass(frozen=True)
class Standing:
    """All pins at once. Sizes in bytes; ``checked_at`` is when the node answered last."""

    pinned: int
    waiting: int
    lost: int
    refused: int
    size: int
    checked_at: datetime | None

    @property
    def total(self) -> int:
        """All that is to be kept."""
        return self.pinned + self.waiting + self.lost + self.refused


def standing() -> Standing:
    """Return how all pins stand. One query."""
    rows = Pin.objects.values("state").annotate(count=Count("*"), size=Sum("size"), at=Max("checked_at"))
    found: dict[str, dict[str, Any]] = {row["state"]: dict(row) for row in rows.order_by()}
    count = {state: found[state]["count"] if state in found else 0 for state in PinState}
    kept = found.get(PinState.PINNED, {})
    return Standing(
        pinned=count[PinState.PINNED],
        waiting=count[PinState.WANTED],
        lost=count[PinState.LOST],
        refused=count[PinState.REFUSED],
        size=kept.get("size") or 0,
        checked_at=kept.get("at"),
    )


def known_pins(cids: Iterable[str]) -> dict[str, Pin]:
    """Return what is known of these contents, by their CID. One query; nothing where no node is configured."""
    if not settings.IPFS_API:
        return {}
    return {pin.cid: pin for pin in Pin.objects.filter(pk__in=list(cids))}


def not_pinned(most: int = 50) -> list[Pin]:
    """Return what is to be kept and is not, the longest first. One query."""
    waiting = Pin.objects.exclude(state__in=(PinState.PINNED, PinState.RELEASED))
    return list(waiting.order_by("created_at", "cid")[:most])


def holds_still(pin: Pin | None) -> bool:
    """Whether one may say that it is pinned: the node said so, and not too long ago."""
    if pin is None or pin.state != PinState.PINNED or pin.checked_at is None:
        return False
    usual = next((seconds for size, seconds in LOOK_EVERY if pin.size <= size), LOOK_RARELY)
    due = max(pin.next_at, pin.checked_at + timedelta(seconds=usual))
    return due + timedelta(seconds=(GRACE - 1) * usual) > timezone.now()
