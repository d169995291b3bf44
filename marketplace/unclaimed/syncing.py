"""Which final listings on a chain no listing here stands for: rows are added, changed and taken away with the chain."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from django.db import connection, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from contracts.models import Chain
from marketplace.files.cids import is_cid
from marketplace.ground.decisions import ModerationDecision
from marketplace.listings.metadata import address_of
from marketplace.listings.versions import Adoption, MetadataDocument
from marketplace.onchain.models.listings import OnchainListing

from .documents import says_of_named
from .finding import decisions_on
from .models import DocumentState, UnclaimedListing
from .reading import keep_read

MOST = 500  # listings of a pass
WHOLE_EVERY = 120.0  # seconds after which everything is compared again, for what a deep reorganisation left

GONE = """
delete from marketplace_unclaimedlisting row where chain_id = %(chain)s and (
    exists (select from marketplace_adoption own where own.chain_id = row.chain_id and own.model_id = row.model_id)
    or not exists (
        select from marketplace_onchainlisting own where own.chain_id = row.chain_id and own.model_id = row.model_id
    )
)
"""


@dataclass
class Reader:
    """What one process has seen of each chain: the last change, as (block, id)."""

    seen: dict[int, tuple[int, int]] = field(default_factory=dict)
    whole_at: float = float("-inf")

    def sync(self, *, most: int = MOST) -> int:
        """Bring every chain's rows up to date; return how many were written. A few indexed reads where nothing is new.

        Of a chain with more than ``most`` changes the rest comes with the next call.
        """
        chains = list(Chain.objects.exclude(deployment={}).order_by("pk"))
        written = sum(self._changed(chain, most) for chain in chains)
        if time.monotonic() - self.whole_at > WHOLE_EVERY:
            missed = [write_rows(chain=chain, found=list(unnoticed(chain)[:most])) for chain in chains]
            for chain in chains:
                forget_gone(chain=chain)
            if max(missed, default=0) < most:
                self.whole_at = time.monotonic()
            written += sum(missed)
        return written

    def _changed(self, chain: Chain, most: int) -> int:
        """Write what has changed since the last look; what was before the first one is ``unnoticed``."""
        final = chain.final_block()
        block, key = self.seen.setdefault(chain.pk, (final, 0))
        if final < block:  # a reorganisation deeper than what counts as final
            self.whole_at = float("-inf")
        changed = OnchainListing.objects.filter(chain=chain, changed_block__range=(block, final))
        rows = list(changed.exclude(changed_block=block, pk__lte=key).order_by("changed_block", "pk")[:most])
        if rows:
            self.seen[chain.pk] = (rows[-1].changed_block, rows[-1].pk)
        return write_rows(chain=chain, found=rows)


def unnoticed(chain: Chain) -> QuerySet[OnchainListing]:
    """Return the final listings of a chain that nobody has adopted and no row here stands for as they are now."""
    own = {"chain": OuterRef("chain"), "model_id": OuterRef("model_id")}
    rows = UnclaimedListing.objects.filter(**own, named=OuterRef("metadata"))
    final = OnchainListing.objects.filter(chain=chain, changed_block__lte=chain.final_block())
    return final.filter(~Exists(Adoption.objects.filter(**own)), ~Exists(rows)).order_by("changed_block", "pk")


@transaction.atomic
def write_rows(*, chain: Chain, found: list[OnchainListing]) -> int:
    """Write rows for those that have no listing here, anew where they name another document; return how many."""
    keys = [each.model_id for each in found]
    adopted = set(Adoption.objects.filter(chain=chain, model_id__in=keys).values_list("model_id", flat=True))
    known = dict(UnclaimedListing.objects.filter(chain=chain, model_id__in=keys).values_list("model_id", "named"))
    new = [each for each in found if each.model_id not in adopted and known.get(each.model_id) != each.metadata]
    hidden = decisions_on(chain, [each.model_id for each in new])
    rows = [_row(chain, each, hidden.get(each.model_id)) for each in new]
    UnclaimedListing.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["chain", "model_id"],
        update_fields=[
            *("seller", "named", "cid", "listed_at", "state", "says", "title", "summary", "task"),
            *("tries", "next_at", "checked_at", "files", "card", "card_state"),
        ],  # and not what moderators have decided
    )
    # What somebody else named already, or was published here, needs no fetching.
    for document in MetadataDocument.objects.filter(pk__in={row.cid for row in rows if row.cid}):
        keep_read(cid=document.cid, content=bytes(document.content))
    return len(rows)


def _row(chain: Chain, found: OnchainListing, hidden: ModerationDecision | None) -> UnclaimedListing:
    cid = found.metadata.removeprefix("ipfs://")
    is_named = is_cid(cid) and found.metadata == address_of(cid)
    return UnclaimedListing(
        chain=chain,
        model_id=found.model_id,
        seller=found.seller,
        named=found.metadata,
        cid=cid if is_named else "",
        listed_at=found.listed_at,
        state=DocumentState.WAITING if is_named else DocumentState.INVALID,
        says="" if is_named else says_of_named(found.metadata),
        next_at=timezone.now(),
        decision=hidden,
    )


@transaction.atomic
def forget_gone(*, chain: Chain) -> int:
    """Take away what was adopted, or a reorganisation has taken from the chain; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(GONE, {"chain": chain.pk})
        return int(cursor.rowcount)
