"""Publishing: a listing of one's own, its versions, and its place on a chain."""

from __future__ import annotations

import json
from typing import Any

from django.db import transaction

from accounts.models import Account, User
from contracts.models import Chain
from marketplace.files.cids import cid_of
from marketplace.onchain.models.listings import OnchainListing

from .errors import ListingNotFoundError, MetadataDiffersError, NotTheOwnerError, VersionTakenError
from .metadata import address_of, canonical, document_of
from .models import Listing
from .records import COLUMNS, Record, row_of
from .versions import Adoption, MetadataDocument, Version
from .words import folded, words_of_text


@transaction.atomic
def publish_version(*, owner: Account, record: Record, number: str, summary: str, terms: str) -> Version:
    """Publish a version of a listing under the owner's name, and the listing with it.

    Publishing the same again changes nothing. Raises NotTheOwnerError for a name under another account, and
    VersionTakenError if this version was published with other content.
    """
    # A reserved name stands for an organisation that has not shown up yet.
    if owner.is_reserved or record.name.partition("/")[0].lower() != owner.name.lower():
        raise NotTheOwnerError
    columns = _columns(record)
    columns["facts"] = {**columns["facts"], "summary": summary}
    columns["summary_words"] = words_of_text(folded(summary))
    listing, _ = Listing.objects.update_or_create(name=record.name, defaults={**columns, "owner": owner})
    content = canonical(document_of(listing, number, summary, terms))
    document, _ = MetadataDocument.objects.get_or_create(cid=cid_of(content), defaults={"content": content})
    # Never changed: buyers rely on what the number stood for when they bought.
    version, _ = Version.objects.get_or_create(listing=listing, number=number, defaults={"metadata": document})
    if version.metadata_id != document.cid:
        raise VersionTakenError(number=number)
    return version


@transaction.atomic
def adopt_listing(*, user: User, listing: Listing, chain: Chain, model_id: str) -> Adoption:
    """Attach a model on chain to the listing of its seller. Doing it again changes nothing.

    Raises NotTheOwnerError unless the user owns both, MetadataDiffersError unless the chain names a version of it.
    """
    onchain = OnchainListing.objects.filter(chain=chain, model_id=model_id).first()
    if onchain is None:
        raise ListingNotFoundError
    if onchain.seller != user.address or listing.owner.user_id != user.pk:
        raise NotTheOwnerError
    published = listing.versions.values_list("metadata_id", flat=True)
    # Else a seller could describe one model here and sell another on chain.
    if onchain.metadata not in map(address_of, published):
        raise MetadataDiffersError
    return Adoption.objects.get_or_create(chain=chain, model_id=model_id, defaults={"listing": listing})[0]


def _columns(record: Record) -> dict[str, Any]:
    columns = dict(zip(COLUMNS, row_of(record), strict=True))
    return columns | {name: json.loads(columns[name]) for name in ("reference_prices", "facts")}
