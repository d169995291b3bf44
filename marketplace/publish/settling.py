"""What the chain says of publications: once it names a document for good, the catalogue has what that document says."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import structlog
from django.db import transaction
from django.db.models import CharField, OuterRef, Q, QuerySet, Subquery, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Concat
from django.utils import timezone

from accounts.models import Account
from common.errors import DomainError
from common.queue import enqueue
from contracts.chain.fate import Fate, Sent, observe
from contracts.models import Chain, Event
from contracts.names import MARKET
from marketplace.files.cids import cid_of
from marketplace.listings.errors import MetadataDiffersError
from marketplace.listings.models import Listing
from marketplace.listings.publishing import Release, adopt_listing, publish_release
from marketplace.listings.versions import Adoption, Version
from marketplace.manifest.schema import Manifest
from marketplace.releases.actions import TELL
from marketplace.releases.telling import RELEASED

from .access import take_access
from .checking import keep_checks
from .errors import NameTakenError
from .hooks import tell_published
from .models import NameReservation, Outcome, Publication
from .recording import FileLine, document_of, public_part, record_of

DROPPED_AFTER = 5  # blocks without a trace of the transaction
MOST_A_PASS = 100  # publications
log = structlog.get_logger(__name__)


def with_block(publications: QuerySet[Publication]) -> QuerySet[Publication, Any]:
    """Annotate publications with the block in which the chain first named their document: ``block``, None where none.

    The event is asked, and not the listing as it stands: a newer version may have followed at once.
    """
    named = Event.objects.filter(
        chain=OuterRef("chain"),
        subject=Concat(Value("listing:"), OuterRef("model_id"), output_field=CharField()),
        contract=MARKET,
        name="ModelListed",
    )
    metadata = Concat(Value("ipfs://"), OuterRef("document_id"), output_field=CharField())
    said = named.annotate(metadata=KT("args__metadata")).filter(metadata=metadata)
    first = said.order_by("block_number").values("block_number")[:1]
    found: dict[str, Any] = {"block": Subquery(first)}
    return publications.annotate(**found)


def named(publications: QuerySet[Publication], most: int | None = None) -> QuerySet[Publication, Any]:
    """Return those that the chain has named, by block ``most`` at the latest, the first named first."""
    by: dict[str, Any] = {"block__isnull": False} if most is None else {"block__lte": most}
    order: list[Any] = ["block", "pk"]
    return with_block(publications).filter(**by).order_by(*order)


def due(chain: Chain) -> QuerySet[Publication, Any]:
    """Return the open publications of a chain that it has named for good, the first named first."""
    return named(Publication.objects.open().filter(chain=chain), chain.head() - chain.confirmations)


def settle_chain(*, chain: Chain) -> int:
    """Settle what the chain has named for good; return how many. Running it again changes nothing."""
    waiting = list(due(chain)[:MOST_A_PASS])
    for publication in waiting:
        settle_publication(key=publication.pk)
    return len(waiting)


@transaction.atomic
def settle_publication(*, key: int) -> None:
    """Let the catalogue have a publication that the chain has named for good; again changes nothing.

    What the catalogue cannot take is kept as refused, with why, and its draft stays as it is.
    """
    found = Publication.objects.select_for_update(of=("self",)).filter(pk=key).first()
    if found is None or found.outcome != Outcome.OPEN or not due(found.chain).filter(pk=key).exists():
        return
    try:
        # A block of its own: a refusal takes back all that was written for it.
        with transaction.atomic():
            _publish(found)
    except DomainError as error:
        log.warning("a publication was refused", name=found.name, reason=str(error.detail))
        _close(found, Outcome.REFUSED, str(error.detail))
        NameReservation.objects.filter(draft=found.draft).delete()


def _publish(found: Publication) -> None:
    draft = found.draft
    owner = Account.objects.select_for_update().filter(user=draft.user).first()
    if owner is None or not _is_free(found, owner):
        raise NameTakenError
    version = publish_release(owner=owner, release=_release(found))
    _adopt(found, version)
    keep_checks(draft, version.listing.name, version.number)
    draft.listing, draft.published_at = version.listing.name, timezone.now()
    draft.chain_id, draft.model_id = found.chain_id, found.model_id
    draft.save(update_fields=["listing", "published_at", "chain_id", "model_id"])
    NameReservation.objects.filter(draft=draft).delete()
    _close(found, Outcome.PUBLISHED)
    if found.is_first:
        access = found.content["manifest"].get("access", {})
        take_access(user=draft.user, listing=version.listing, access=access)
    else:
        enqueue(TELL, version.pk, RELEASED)
    tell_published(draft=draft, listing=version.listing.name, version=version.number)


def _is_free(found: Publication, owner: Account) -> bool:
    """Whether the name is still the seller's to take: nobody's, or that of this very model."""
    listing = Listing.objects.named(found.name).first()
    if listing is None:
        return True
    same = Adoption.objects.filter(listing=listing, chain=found.chain, model_id=found.model_id).exists()
    return listing.owner_id == owner.pk and (same or not found.is_first)


def _adopt(found: Publication, version: Version) -> None:
    listing = version.listing
    if Adoption.objects.filter(chain=found.chain, listing=listing).exists():
        return
    try:
        adopt_listing(user=found.draft.user, listing=listing, chain=found.chain, model_id=found.model_id)
    except MetadataDiffersError:
        # A newer version is named already, and its own publication attaches the listing.
        others = Publication.objects.open().filter(chain=found.chain, model_id=found.model_id).exclude(pk=found.pk)
        if not named(others).exists():
            raise


def _release(found: Publication) -> Release:
    manifest = Manifest.model_validate(found.content["manifest"])
    files = [FileLine(f.path, f.blob.sha256, f.blob.cid, f.blob.size) for f in _files(found)]
    card = str(found.content["card"])
    return Release(
        record=record_of(found.content["manifest"], found.name, files),
        number=found.number,
        document=document_of(manifest, found.name, files, cid_of(card.encode())),
        changelog=manifest.model.changelog,
        card=card,
        manifest=public_part(manifest),
        files=[(each.path, each.sha256) for each in files],
    )


def _files(found: Publication) -> Sequence[Any]:
    return list(found.files.select_related("blob").order_by("path"))


def _close(found: Publication, outcome: Outcome, reason: str = "") -> None:
    found.outcome, found.reason, found.settled_at = outcome, reason, timezone.now()
    found.save(update_fields=["outcome", "reason", "settled_at"])


def sent(chain: Chain) -> QuerySet[Publication, Any]:
    """Return the open publications of a chain that a wallet has sent and no event tells of."""
    opened = Publication.objects.open().filter(~Q(tx_hashes=[]), chain=chain)
    unnamed: dict[str, Any] = {"block": None}
    return with_block(opened).filter(**unnamed).order_by("pk")


def watch_sent(*, chain: Chain) -> int:
    """Note what became of transactions that no event tells of; return how many were looked at.

    Raises RetryableChainError.
    """
    looked = list(sent(chain).exclude(fate=Fate.REVERTED)[:MOST_A_PASS])
    if not looked:
        return 0
    head = chain.head()
    # Before the rows are locked: a node may take seconds.
    seen = observe(chain, [Sent(each.tx_hashes, each.seller, each.nonce) for each in looked], head)
    for publication, observed in zip(looked, seen, strict=True):
        _note(publication, observed.fate, head)
    return len(looked)


@transaction.atomic
def _note(before: Publication, fate: Fate, head: int) -> None:
    row = Publication.objects.select_for_update().filter(pk=before.pk, tx_hashes=before.tx_hashes).first()
    if row is None or row.outcome != Outcome.OPEN:
        return  # it went on while the chain was asked
    if fate == Fate.MISSING:
        # The lower, because a reorganisation can take the head back.
        row.missing_since = head if row.missing_since is None else min(row.missing_since, head)
        row.fate = "dropped" if head - row.missing_since >= DROPPED_AFTER else ""
    else:
        row.missing_since = None
        row.fate = "" if fate == Fate.PENDING else fate.value
    row.save(update_fields=["fate", "missing_since"])
