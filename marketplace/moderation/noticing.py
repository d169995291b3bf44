"""Suspensions that were made directly on a chain, past this site: each is written into the log as what it is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from common.locks import exclusive_until_commit
from contracts.models import Chain, Event
from marketplace.ground.decisions import Action, Category, Content, ModerationDecision
from marketplace.listings.models import listings_on
from marketplace.onchain.models.listings import ListingState, OnchainListing

from .telling import tell_decided

LAST_SECOND = 253_402_300_799  # of the year 9999, where a time is later
APART = timedelta(days=1)  # by which the end on chain may differ from that of the decision which it carries out
LATER = timedelta(minutes=10)  # by which a chain's clock may be behind ours


def log_direct_suspensions() -> int:
    """Write down the suspensions in force that are final and that nobody decided here; return how many are new."""
    return sum(_log(chain, *found) for chain in Chain.objects.all() for found in _suspended(chain))


def _suspended(chain: Chain) -> Iterator[tuple[str, Event]]:
    """Yield what is suspended, by the name that decisions give it, with the last event that says so."""
    now = timezone.now()
    running = OnchainListing.objects.filter(chain=chain, suspended_until__gt=now).values_list("model_id", flat=True)
    names = listings_on((chain.pk, model_id) for model_id in running)
    final = chain.final_block() if running else 0
    for model_id in running:
        said = Event.objects.filter(chain=chain, subject=f"listing:{model_id}", name="ListingStateChanged")
        last = said.filter(block_number__lte=final).order_by("-block_number", "-log_index").first()
        if last and last.args["state"] == ListingState.SUSPENDED:
            listing = names.get((chain.pk, model_id))
            yield (listing.name if listing else f"{chain.short_name}/{model_id}"), last


@transaction.atomic
def _log(chain: Chain, key: str, event: Event) -> bool:
    exclusive_until_commit(f"suspension:{chain.pk}:{event.tx_hash}:{key}")
    until = datetime.fromtimestamp(min(int(event.args["until"]), LAST_SECOND), UTC)
    known = ModerationDecision.objects.about(Content.LISTING, key).filter(action=Action.SUSPEND)
    decided = known.filter(tx_hash="", made_at__lte=event.time + LATER)
    carried_out = decided.filter(until__range=(until - APART, until + APART)) if until.year < 9999 else decided
    if carried_out.exists() or known.filter(chain_id=chain.pk, tx_hash=event.tx_hash).exists():
        return False
    decision = ModerationDecision.objects.create(
        content=Content.LISTING,
        key=key,
        action=Action.SUSPEND,
        category=Category.OTHER,
        reason=_("Its sale was suspended directly on the chain, by a transaction, and not by a decision made here."),
        until=until,
        chain_id=chain.pk,
        tx_hash=event.tx_hash,
    )
    tell_decided(decision)
    return True
