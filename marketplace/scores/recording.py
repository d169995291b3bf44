"""Writing down who used what: ``inference`` says so when a call ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from marketplace.listings.models import Listing

from .models import Review, Use
from .said import newest_version

# One statement, so that calls which end at once each add theirs.
ADD = f"""
insert into {Use._meta.db_table} as kept (address, listing_id, version, tokens, calls, days, first_at, last_at)
values (%(address)s, %(listing)s, %(version)s, %(tokens)s, 1, 1, %(at)s, %(at)s)
on conflict (listing_id, address, version) do update
   set tokens = kept.tokens + excluded.tokens, calls = kept.calls + 1,
       days = kept.days + case when date_trunc('day', excluded.last_at at time zone 'UTC')
                                  > date_trunc('day', kept.last_at at time zone 'UTC') then 1 else 0 end,
       last_at = greatest(kept.last_at, excluded.last_at)
"""  # noqa: S608  the name of a model's table


@transaction.atomic
def record_use(*, address: str, name: str, tokens: int, at: datetime | None = None, version: str = "") -> None:
    """Count a call that an address has made of a listing with access of its own, and that has delivered something.

    It counts with the transaction that it stands in; call it once a call. A version of "" is the newest.
    """
    listing = Listing.objects.named(name).first()
    if listing is None or tokens <= 0:
        return
    said: dict[str, Any] = {"address": address.lower(), "listing": listing.pk, "tokens": tokens}
    with connection.cursor() as cursor:
        cursor.execute(ADD, {**said, "at": at or timezone.now(), "version": version or newest_version(listing)})
    Review.objects.live().filter(listing=listing, author=address.lower()).update(stale=True)
