"""Listing a draft, or a new version of a listing: one transaction of the seller's own wallet.

What is handed to the wallet is kept first, whole, under the CID that the chain will name. What then becomes of it the
chain alone says (``settling``): a wallet that is closed, a page that is gone or a server that dies changes nothing.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.restrictions import Scope, refuse_restricted
from common.limits import limit
from contracts.chain import codec
from contracts.chain.client import client
from contracts.chain.preflight import WalletCall, prepare_call
from contracts.models import Chain
from contracts.names import MARKET
from marketplace.files.blobs import Blob
from marketplace.files.cids import cid_of
from marketplace.listings.access_lists import root_of
from marketplace.listings.finding import refuse_hidden
from marketplace.listings.metadata import MOST_BYTES, address_of, canonical
from marketplace.listings.publishing import keep_document
from marketplace.selling.terms_actions import keep_access_list

from .checking import ask_others_again
from .completing import LIST, Completeness, look_at
from .errors import ChangedElsewhereError, DraftNotFoundError, DraftPublishedError, NotReadyError
from .finding import own_draft
from .models import Draft, Publication, PublicationFile
from .naming import reserve_name
from .recording import FileLine, document_of

HOUR, LISTINGS_AN_HOUR = 3_600, 20
MOST_HASHES = 8  # of a publication: a wallet gives another one each time that it is asked to hurry
SALT = 12  # bytes of a model's id that are its seller's to choose


@dataclass(frozen=True)
class Ready:
    """Everything that a publication is made of: the document's bytes, and the call that names their CID."""

    found: Completeness
    chain: Chain
    model_id: str
    content: bytes
    files: list[FileLine]
    function: str
    args: list[Any]

    @property
    def cid(self) -> str:
        """What the chain is to name."""
        return cid_of(self.content)


def model_id_of(draft: Draft) -> str:
    """Return the id under which a draft is listed: the same however often it is tried, so it is listed once."""
    return draft.user.address + hashlib.sha256(draft.pk.bytes).hexdigest()[: 2 * SALT]


def prepare_listing(*, user: User, draft_id: UUID | str) -> WalletCall:
    """Return the transaction that lists the draft, or publishes it as a new version, tried already.

    Asking again gives the same, as long as the draft says the same. Raises NotReadyError with every sentence that is
    left, NameTakenError, DraftPublishedError, DraftNotFoundError, RestrictedError, TooManyError, and what
    ``contracts.chain.preflight.check_call`` raises.
    """
    refuse_restricted(user.address, Scope.PUBLISHING)
    limit(f"models-listed:{user.address}", LISTINGS_AN_HOUR, HOUR)
    draft = own_draft(user, draft_id)
    if draft.published_at:
        raise DraftPublishedError(name=draft.listing)
    # Somebody else may have listed the same since the draft was checked.
    ask_others_again(draft)
    ready = make_ready(draft)
    if ready.found.adoption:
        refuse_hidden(ready.found.adoption.listing)
    call = prepare_call(ready.chain, user.address, MARKET, ready.function, ready.args)
    # Before the row is locked: no lock is held while a node answers.
    pending = client(ready.chain).quantity("eth_getTransactionCount", user.address, "pending")
    nonce = _keep(user, ready, pending)
    return WalletCall(call.chain, call.sender, call.to, call.data, call.value, nonce)


def make_ready(draft: Draft, found: Completeness | None = None) -> Ready:
    """Return what a draft becomes; ``found`` is what it has, where that was read already. Raises NotReadyError."""
    found = found or look_at(draft)
    if found.problems or found.manifest is None or found.chain is None:
        raise NotReadyError(found.problems)
    files = [FileLine(f.path, f.blob.sha256, f.blob.cid, f.blob.size) for f in found.files if f.blob]
    document = document_of(found.manifest, found.name, files, cid_of(found.card.encode()))
    content = canonical(document)
    if len(content) > MOST_BYTES:
        found.left[LIST].append(_("What is said of it has more than 256 KiB: shorten its terms, or its list of files."))
        raise NotReadyError(found.problems)
    model_id = found.adoption.model_id if found.adoption else model_id_of(draft)
    return Ready(found, found.chain, model_id, content, files, *_call(found, model_id, address_of(cid_of(content))))


def _call(found: Completeness, model_id: str, metadata: str) -> tuple[str, list[Any]]:
    """Return the function that names the document, and who may buy where not everybody may: of a model that is on
    chain already only the document changes."""
    if found.category is not None or found.offering is None:
        return "setMetadata", [model_id, found.category or 0, metadata]
    terms = [{**found.offering.terms, "modelId": model_id, "metadata": metadata}]
    if not found.members:
        return "list", terms
    # In one call, so that nobody who is not on the list can buy in between.
    only = codec.call_data(MARKET, "setAccessList", [model_id, root_of(found.members)])
    return "multicall", [[codec.call_data(MARKET, "list", terms), only]]


@transaction.atomic
def _keep(user: User, ready: Ready, pending: int) -> int:
    """Keep what the wallet gets, unless the draft was changed meanwhile; return the number of its transaction."""
    before = ready.found.draft
    draft = Draft.objects.select_for_update().filter(pk=before.pk, user=user, deleted_at=None).first()
    if draft is None:
        raise DraftNotFoundError
    if draft.published_at:
        raise DraftPublishedError(name=draft.listing)
    if (draft.revision, draft.updated_at) != (before.revision, before.updated_at):
        raise ChangedElsewhereError(revision=draft.revision, parts=[], at=draft.updated_at.isoformat())
    if not draft.listing:
        reserve_name(draft=draft, name=ready.found.name)
    if ready.found.members:
        keep_access_list(user=user, members=ready.found.members)
    nonce = _nonce(draft, pending)
    _publication(draft, ready, nonce)
    if (draft.chain_id, draft.model_id) != (ready.chain.pk, ready.model_id):
        draft.chain_id, draft.model_id = ready.chain.pk, ready.model_id
        draft.save(update_fields=["chain_id", "model_id"])
    return nonce


def _nonce(draft: Draft, pending: int) -> int:
    """Return the number that was given first, until it is used: so of two wallets' windows one alone comes true."""
    given = draft.publications.open().exclude(nonce=None).order_by("-pk").values_list("nonce", flat=True).first()
    return pending if given is None else max(given, pending)


def _publication(draft: Draft, ready: Ready, nonce: int) -> None:
    found = ready.found
    keep_document(found.card.encode())
    document = keep_document(ready.content)
    manifest = found.manifest.as_dict() if found.manifest else {}
    values = {
        "chain": ready.chain,
        "seller": draft.user.address,
        "model_id": ready.model_id,
        "is_first": not draft.listing,
        "name": found.name,
        "number": manifest.get("model", {}).get("version", ""),
        "content": {"manifest": manifest, "card": found.card},
        "head": ready.chain.head(),
    }
    kept, is_new = Publication.objects.get_or_create(draft=draft, document=document, defaults=values)
    kept.nonce, kept.prepared_at = nonce, timezone.now()
    kept.save(update_fields=["nonce", "prepared_at"])
    if is_new:
        for each in ready.files:
            Blob.objects.hold(each.sha256)
        rows = (PublicationFile(publication=kept, path=f.path, blob_id=f.sha256) for f in ready.files)
        PublicationFile.objects.bulk_create(rows)


@transaction.atomic
def mark_sent(*, user: User, draft_id: UUID | str, tx_hash: str) -> None:
    """Note the hash that the wallet gave: a hint, by which a page can say what became of it. Again changes nothing."""
    draft = Draft.objects.select_for_update().filter(pk=own_draft(user, draft_id).pk).get()
    last = draft.publications.open().order_by("-prepared_at", "-pk").first()
    tx_hash = tx_hash.lower()
    if last is None or tx_hash in last.tx_hashes or len(last.tx_hashes) >= MOST_HASHES:
        return
    last.tx_hashes = [*last.tx_hashes, tx_hash]
    last.sent_at, last.fate, last.missing_since = last.sent_at or timezone.now(), "", None
    last.save(update_fields=["tx_hashes", "sent_at", "fate", "missing_since"])
    if last.is_first:
        reserve_name(draft=draft, name=last.name, sent=True)
