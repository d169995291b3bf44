"""Cards of releases that were claimed before their text was here: asked for on, and added when they come."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from django.db import transaction
from django.utils import timezone

from marketplace.listings.versions import MetadataDocument, Version

from .documents import card_text
from .models import AwaitedCard

BACK_OFF, LONGEST_BACK_OFF = 20, 6 * 3_600  # seconds
MOST_TRIES = 30_000  # that a column counts

Taker = Callable[[int, str], None]
_takers: list[Taker] = []


def takes_card(function: Taker) -> Taker:
    """Register who adds a card's text to a release (by its key)."""
    _takers[:] = [function]
    return function


def await_card(*, version: Version, cid: str) -> None:
    """Have the card asked for that a release's document names. Again changes nothing."""
    AwaitedCard.objects.get_or_create(version=version, defaults={"cid": cid})


@transaction.atomic
def take_card(*, cid: str, content: bytes) -> int:
    """Add a card that has come to the releases that wait for it; return to how many. What is no text never will be."""
    rows = list(AwaitedCard.objects.select_for_update().filter(cid=cid).order_by("pk"))
    text = card_text(content)
    for row in rows:
        if text:
            _takers[0](row.version_id, text)
        row.delete()
    return len(rows) if text else 0


def take_kept(*, most: int) -> int:
    """Add the cards that came here by other ways, as other releases' own; return to how many releases."""
    awaited = AwaitedCard.objects.values("cid")
    found = MetadataDocument.objects.filter(pk__in=awaited).order_by("pk")[:most]
    return sum(take_card(cid=each.cid, content=bytes(each.content)) for each in found)


@transaction.atomic
def put_off_card(*, cid: str) -> None:
    """Note that nobody gave a card: it is asked for again later."""
    rows = list(AwaitedCard.objects.select_for_update().filter(cid=cid).order_by("pk"))
    for row in rows:
        row.next_at = timezone.now() + wait_after(row.tries)
        row.tries = min(row.tries + 1, MOST_TRIES)
    AwaitedCard.objects.bulk_update(rows, ["tries", "next_at"], batch_size=500)


def wait_after(tries: int) -> timedelta:
    """Return how long nobody asks again after so many failures."""
    return timedelta(seconds=min(BACK_OFF * 2 ** min(tries, 12), LONGEST_BACK_OFF))
