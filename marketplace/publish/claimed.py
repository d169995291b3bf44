"""A document that somebody named on chain by other means becomes a release, by the rules that hold for all."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, TextField, Value
from django.db.models.functions import Concat
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Account, User
from marketplace.checks.actions import start_checks
from marketplace.checks.models import Inspection
from marketplace.checks.names import version_subject
from marketplace.listings.models import Listing
from marketplace.listings.publishing import Release, add_card, publish_release
from marketplace.listings.versions import Adoption, MetadataDocument, Version, VersionFile
from marketplace.unclaimed.awaiting import await_card
from marketplace.unclaimed.documents import Document, card_text

from .errors import NameTakenError, OwnerRefusedError
from .models import NameReservation
from .naming import choose_owner, owner_of
from .recording import FACTS, record_of


def publish_claimed(user: User, document: Document) -> Listing:
    """Publish what a document says under its seller's name, have it checked, and return the listing. It brings no
    files: those that it lists are known by their hashes alone, and could be anybody's.

    Raises OwnerRefusedError, NameTakenError, VersionTakenError.
    """
    owner = _owner(user, document.name.partition("/")[0])
    waiting = NameReservation.objects.named(document.name).exclude(draft__user=user).filter(until__gt=timezone.now())
    listed = Listing.objects.named(document.name).first()
    if waiting.exists() or (listed and listed.owner_id != owner.pk):
        raise NameTakenError
    manifest = _manifest(document.said)
    release = Release(
        record=record_of(manifest, document.name),
        number=document.version,
        document=document.said,
        changelog=str(document.said.get("changelog") or "")[:100_000],
        card=_card(document.said),
        manifest=manifest,
    )
    version = publish_release(owner=owner, release=release)
    if document.card and not MetadataDocument.objects.filter(pk=document.card).exists():
        await_card(version=version, cid=document.card)
    # What was published here before keeps its results.
    if not Inspection.objects.filter(pk=version_subject(version.listing.name, version.number)).exists():
        _have_checked(version)
    return version.listing


def take_card(version_id: int, card: str) -> None:
    """Give a claimed release its card, and have it checked once more: with what the card says."""
    if version := add_card(version_id=version_id, card=card):
        _have_checked(version)


def check_claimed(*, most: int) -> int:
    """Have checked what was claimed before claims were; return how many releases that were."""
    name, number = OuterRef("listing__name"), OuterRef("number")
    subject = Concat(Value("version:"), name, Value("@"), number, output_field=TextField())
    found = Version.objects.filter(
        ~Exists(Inspection.objects.filter(subject=subject)),
        Exists(Adoption.objects.filter(listing=OuterRef("listing"))),
        ~Exists(VersionFile.objects.filter(version=OuterRef("pk"))),
        listing__owner__user__isnull=False,
    ).exclude(manifest={})
    rows = list(found.select_related("listing__owner__user").order_by("pk")[:most])
    for version in rows:
        _have_checked(version)
    return len(rows)


def _have_checked(version: Version) -> None:
    subject, owner = version_subject(version.listing.name, version.number), version.listing.owner.user
    files = [(each.path, each.blob) for each in version.files.select_related("blob")]
    manifest = {**version.manifest, "card": {"path": "", "text": version.card}}
    start_checks(subject=subject, files=files, manifest=manifest, author=owner.address if owner else "")


def _owner(user: User, name: str) -> Account:
    known = owner_of(user) or choose_owner(user=user, name=name)
    if known.name.lower() != name.lower():
        raise OwnerRefusedError(
            _("Its document calls the owner “%(name)s”, and you publish as “%(own)s”. Name another document on chain.")
            % {"name": name, "own": known.name}
        )
    return known


def _manifest(said: dict[str, Any]) -> dict[str, Any]:
    """Return the parts of a manifest that a document tells of; ``record_of`` leaves out what is no good."""
    taken = ("name", "version", "task", "summary", "license", "license_url", "tags", *FACTS)
    model = {key: said[key] for key in taken if said.get(key)}
    parent = said.get("adapted_from")
    adapted = {"adapted_from": {"parent": parent}} if isinstance(parent, str) and parent else {}
    return {"model": model, **adapted, "terms": str(said.get("terms") or "")}


def _card(said: dict[str, Any]) -> str:
    """Return the text of its card, where it is kept here."""
    found = MetadataDocument.objects.filter(pk=str(said.get("card") or "")).first()
    return (card_text(bytes(found.content)) or "") if found else ""
