"""What is done beside the web: following the chains, and sweeping up drafts that were deleted long ago."""

from __future__ import annotations

from datetime import timedelta

import structlog
from django.utils import timezone

from contracts.errors import ChainError
from contracts.models import Chain
from marketplace.unclaimed.awaiting import take_kept

from .actions import discard_draft
from .claimed import check_claimed
from .models import Draft, Publication
from .naming import free_names
from .settling import settle_chain, watch_sent

KEPT = timedelta(days=30)  # how long a deleted draft can be brought back
MOST_SWEPT = 500
log = structlog.get_logger(__name__)


def follow_chains() -> None:
    """Follow every chain that an open publication waits for."""
    for key in Publication.objects.open().order_by("chain").values_list("chain", flat=True).distinct():
        follow_chain(key)


def follow_chain(chain_id: int) -> None:
    """Settle what a chain has named for good, and note what became of the rest."""
    chain = Chain.objects.filter(pk=chain_id).first()
    if chain is None:
        return
    settle_chain(chain=chain)
    try:
        watch_sent(chain=chain)
    # The next block asks again.
    except ChainError as error:
        log.warning("publications were not watched", chain=chain.short_name, reason=str(error.detail))


def look_after_claims() -> None:
    """Have checked what was claimed before claims were, and add cards that came by other ways."""
    check_claimed(most=MOST_SWEPT)
    take_kept(most=MOST_SWEPT)


def sweep() -> None:
    """Delete for good what its owner deleted long ago, and names that nobody came back for."""
    old = Draft.objects.filter(deleted_at__lt=timezone.now() - KEPT).order_by("deleted_at")
    for draft in old[:MOST_SWEPT]:
        discard_draft(draft=draft)
    free_names(before=timezone.now() - KEPT)
