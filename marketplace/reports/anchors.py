"""Anchors of the log as they stand on chain: what pages show of them. ``anchoring`` sends them, and needs web3."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings

from contracts.models import AnchorFact
from marketplace.ground.log import LogEntry

KIND = "0x" + b"moderation".ljust(32, b"\0").hex()


@dataclass(frozen=True)
class Anchored:
    """Anchors as a page shows them. ``by_number`` holds those of some entries, ``latest`` the last of all."""

    latest: AnchorFact | None = None
    by_number: dict[int, AnchorFact] = field(default_factory=dict)


def anchors_among(entries: Iterable[LogEntry]) -> Anchored:
    """Return the anchors of some entries, and the last of all. One query."""
    known = AnchorFact.objects.filter(chain__short_name=settings.HOME_CHAIN, anchored=KIND).select_related("chain")
    numbers = [entry.number for entry in entries]
    found = list(known.filter(epoch__in=numbers).order_by("-epoch").union(known.order_by("-epoch")[:1], all=True))
    latest = max(found, key=lambda each: each.epoch, default=None)
    return Anchored(latest, {int(each.epoch): each for each in found})
