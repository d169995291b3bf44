"""Publishing: a listing of one's own, its versions, and its place on a chain."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts.models import Account, User
from common.locks import exclusive_until_commit
from contracts.models import Chain
from marketplace.files.cids import cid_of
from marketplace.onchain.models.listings import OnchainListing

from .card_words import words_of_card
from .errors import ListingNotFoundError, MetadataDiffersError, NotTheOwnerError, VersionTakenError
from .metadata import address_of, canonical, document_of
from .models import Listing
from .records import COLUMNS, Record, row_of
from .releases import default_release, number_of, refresh_listing
from .versions import Adoption, MetadataDocument, Version, VersionFile


@dataclass(frozen=True)
class Release:
    """What is published of a model: its record, and the document that a chain names. ``files`` are (path, sha256)."""

    record: Record
    number: str
    document: Mapping[str, Any]
    changelog: str = ""
    card: str = ""
    manifest: Mapping[str, Any] = field(default_factory=dict)
    files: Sequence[tuple[str, str]] = ()


@transaction.atomic
def publish_version(
    *,
    owner: Account,
    record: Record,
    number: str,
    summary: str,
    terms: str,
    stated: Sequence[Mapping[str, object]] = (),
) -> Version:
    """Publish a version of a listing that runs here; its metadata names the files that are ``stated``, whose bytes may
    come later. Raises as ``publish_release``."""
    record = record.model_copy(update={"summary": summary})
    document = document_of(Listing(**columns_of(record)), number, summary, terms) | {"files": list(stated)}
    return publish_release(owner=owner, release=Release(record, number, document))


@transaction.atomic
def publish_release(*, owner: Account, release: Release) -> Version:
    """Publish a release under the owner's name, and the listing with it.

    Publishing the same again changes nothing; the listing says what its newest stable release does. Raises
    NotTheOwnerError for a name under another account, and VersionTakenError if this number was published with other
    content.
    """
    name = release.record.name
    # A reserved name stands for an organisation that has not shown up yet.
    if owner.is_reserved or name.partition("/")[0].lower() != owner.name.lower():
        raise NotTheOwnerError
    exclusive_until_commit(f"listing {name.lower()}")
    listing = Listing.objects.named(name).select_for_update(of=("self",)).first()
    if listing and listing.owner_id != owner.pk:
        raise NotTheOwnerError
    document = keep_document(canonical(release.document))
    if listing is None:
        listing = Listing.objects.create(owner=owner, **_all_columns(release))
    # Never changed: buyers rely on what the number stood for when they bought.
    version, is_new = Version.objects.get_or_create(
        listing=listing, number=release.number, defaults={"metadata": document, **_kept(release)}
    )
    if version.metadata_id != document.cid:
        raise VersionTakenError(number=release.number)
    if is_new:
        files = (VersionFile(version=version, path=path, blob_id=sha256) for path, sha256 in release.files)
        VersionFile.objects.bulk_create(files)
    if is_new and default_release(listing) == version:
        changed = {**_all_columns(release), "name": listing.name, "updated_at": timezone.now()}
        Listing.objects.filter(pk=listing.pk).update(**changed)
        refresh_listing(listing)
    return version


@transaction.atomic
def add_card(*, version_id: int, card: str) -> Version | None:
    """Give a release the card that its document names, where it came later; return it, None where nothing changed."""
    version = Version.objects.select_related("listing", "metadata").filter(pk=version_id).first()
    if version is None:
        return None
    exclusive_until_commit(f"listing {version.listing.name.lower()}")
    version = Version.objects.select_for_update(of=("self",)).select_related("listing", "metadata").get(pk=version_id)
    named = json.loads(bytes(version.metadata.content)).get("card")
    if version.card or named != cid_of(card.encode()):
        return None
    version.card = card
    version.save(update_fields=["card"])
    if default_release(version.listing) == version:
        changed = {"card_words": words_of_card(card), "updated_at": timezone.now()}
        Listing.objects.filter(pk=version.listing_id).update(**changed)
    return version


def keep_document(content: bytes) -> MetadataDocument:
    """Keep bytes under their CID, once."""
    return MetadataDocument.objects.get_or_create(cid=cid_of(content), defaults={"content": content})[0]


def _kept(release: Release) -> dict[str, Any]:
    return {"changelog": release.changelog, "card": release.card, "manifest": dict(release.manifest)}


def _all_columns(release: Release) -> dict[str, Any]:
    return columns_of(release.record) | {"card_words": words_of_card(release.card)}


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


def columns_of(record: Record) -> dict[str, Any]:
    """Return the columns of the listing that a record becomes."""
    columns = dict(zip(COLUMNS, row_of(record), strict=True))
    return columns | {name: json.loads(columns[name]) for name in ("reference_prices", "facts")}


def highest_number(name: str) -> str:
    """Return the highest number under which a listing was released; "" for none."""
    numbers = Version.objects.filter(listing__in=Listing.objects.named(name)).values_list("number", flat=True)
    return max(numbers, key=number_of, default="")
