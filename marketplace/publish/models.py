"""Drafts: what somebody is about to publish."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils import timezone

from accounts.models import User
from contracts.models import Chain, address_field, hash_field
from marketplace.files.blobs import MOST_PATH, Blob, Upload
from marketplace.listings.versions import MetadataDocument


class DraftQuerySet(models.QuerySet["Draft"]):
    """Reads of drafts."""

    def kept(self) -> DraftQuerySet:
        """Leave out those that their owner has deleted, which can be brought back for some time."""
        return self.filter(deleted_at=None)

    def of(self, user: User) -> DraftQuerySet:
        """Return a user's own, the one that was changed last first."""
        return self.kept().filter(user=user).order_by("-updated_at", "-pk")


class Draft(models.Model):
    """A model, or a version of one, that is not published yet.

    ``manifest`` has the shape of citrate.toml, and may lack anything. ``revision`` counts its changes: who saves on top
    of an older one is told. Who has the link with ``share_key`` may read it. ``listing`` is the name that it is a new
    version of, or became; ``chain_id`` and ``model_id`` are where it is listed, once that is prepared.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    manifest = models.JSONField(default=dict, blank=True)
    revision = models.PositiveIntegerField(default=0)
    share_key = models.CharField(max_length=43, blank=True)
    listing = models.CharField(max_length=193, blank=True)
    # Of each part of the manifest: the revision that changed it last, from which tab and when.
    changes = models.JSONField(default=dict, blank=True)
    filled = models.JSONField(default=dict, blank=True)  # what a file said, not its owner: key -> path of the file
    chain_id = models.PositiveBigIntegerField(null=True, blank=True)
    model_id = hash_field(blank=True)
    created_at = models.DateTimeField(default=timezone.now)
    updated_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True, blank=True)
    deleted_at = models.DateTimeField(null=True, blank=True)

    # What ``finding.around`` adds: its files as they are checked, where its parent is, which servers answer, and
    # its category on chain, once it is there.
    inspected: list[list[Any]] | None
    parents: list[dict[str, Any]]
    servers: list[bool]
    category: int | None

    objects = DraftQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["user", "-updated_at"], name="draft_own")]
        constraints = [
            models.UniqueConstraint(fields=["share_key"], condition=~Q(share_key=""), name="draft_share_key_unique")
        ]

    def __str__(self) -> str:
        return str(self.id)

    @property
    def subject(self) -> str:
        """What its checks are of."""
        return f"draft:{self.id}"


class DraftFile(models.Model):
    """A file of a draft under its path in the model's folder: on its way while it has no blob."""

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=MOST_PATH)
    upload = models.ForeignKey(Upload, on_delete=models.SET_NULL, null=True, blank=True, related_name="+")
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "path"], name="draft_file_path_unique")]
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path


class NameReservationQuerySet(models.QuerySet["NameReservation"]):
    """Reads of reserved names."""

    def named(self, name: str) -> NameReservationQuerySet:
        """Return the reservation of a name, whatever its case."""
        return self.alias(lower_name=Lower("name")).filter(lower_name=name.lower())


class NameReservation(models.Model):
    """A name that a draft is about to be listed under: nobody else's draft gets it until then."""

    name = models.CharField(max_length=193)
    draft = models.OneToOneField(Draft, on_delete=models.CASCADE, related_name="reservation")
    until = models.DateTimeField()

    objects = NameReservationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(Lower("name"), name="reserved_name_unique")]

    def __str__(self) -> str:
        return self.name


class Outcome(models.TextChoices):
    """What became of a publication, where the chain has said so for good."""

    OPEN = "", "open"
    PUBLISHED = "published", "published"
    REFUSED = "refused", "refused"  # it is on chain, and the catalogue cannot have it: ``reason`` says why


class PublicationQuerySet(models.QuerySet["Publication"]):
    """Reads of publications."""

    def open(self) -> PublicationQuerySet:
        """Return those that the chain may still make true."""
        return self.filter(outcome=Outcome.OPEN)


class Publication(models.Model):
    """What was handed to a seller's wallet: one document, and what the catalogue gets once the chain names it.

    ``content`` is the manifest as it was then. ``is_first`` tells a listing from a new version of one. Hashes are the
    wallet's hints: the chain alone says whether it came true.
    """

    draft = models.ForeignKey(Draft, on_delete=models.CASCADE, related_name="publications")
    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    seller = address_field()
    model_id = hash_field()
    is_first = models.BooleanField(default=True)
    name = models.CharField(max_length=193)
    number = models.CharField(max_length=32)
    document = models.ForeignKey(MetadataDocument, on_delete=models.PROTECT, related_name="+")
    content = models.JSONField()
    head = models.PositiveBigIntegerField(default=0)  # the last block that was indexed when it was prepared
    prepared_at = models.DateTimeField(default=timezone.now)
    tx_hashes = ArrayField(hash_field(), default=list, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    nonce = models.PositiveBigIntegerField(null=True, blank=True)  # of the transaction that the wallet was given
    fate = models.CharField(max_length=16, blank=True)  # reverted, replaced or dropped, as far as the chain knows
    missing_since = models.PositiveBigIntegerField(null=True, blank=True)  # the block at which it was not to be found
    outcome = models.CharField(max_length=16, choices=Outcome, default=Outcome.OPEN, blank=True)
    reason = models.TextField(blank=True)
    settled_at = models.DateTimeField(null=True, blank=True)

    block: int | None  # what ``settling.with_block`` adds

    objects = PublicationQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["draft", "document"], name="publication_once")]
        indexes = [
            models.Index(fields=["chain", "model_id"], condition=Q(outcome=""), name="publication_open"),
        ]

    def __str__(self) -> str:
        return f"{self.name}@{self.number}"


class PublicationFile(models.Model):
    """A file of a publication; while it stands here its bytes stay."""

    publication = models.ForeignKey(Publication, on_delete=models.CASCADE, related_name="files")
    path = models.CharField(max_length=MOST_PATH)
    blob = models.ForeignKey(Blob, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["publication", "path"], name="publication_file_unique")]
        ordering = ["path"]

    def __str__(self) -> str:
        return self.path
