"""What the sides and moderators say in a dispute after it was opened, and the files that they attach.

What was said can neither be changed nor taken back: PostgreSQL refuses it. A statement's CID is that of a document
which names its files by theirs, so that this one address on chain binds all of it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import Chain, address_field, hash_field
from marketplace.files.models import StoredFile
from marketplace.onchain.models.returns import PurchaseReturn, Stage

from .evidence import MOST_EVIDENCE

MOST_STATEMENTS = 10  # of one side of one dispute; the moderators are a side
MOST_FILES = 10  # of one side of one dispute
KEY = ("chain", "purchase_tx", "purchase_index")  # what names a dispute: two equal purchases share a receipt


class Side(models.TextChoices):
    """Who speaks."""

    BUYER = "buyer", _("Buyer")
    SELLER = "seller", _("Seller")
    MODERATOR = "moderator", _("Moderator")


def key_of(dispute: PurchaseReturn) -> dict[str, Any]:
    """Return the natural key of a dispute: facts of a chain are written anew when it changes."""
    return {name: getattr(dispute, name) for name in KEY}


class OfDispute(models.Model):
    """Something that belongs to one dispute, by its natural key, and to whoever said or attached it."""

    chain = models.ForeignKey(Chain, on_delete=models.PROTECT, related_name="+")
    purchase_tx = hash_field()
    purchase_index = models.PositiveIntegerField()
    side = models.CharField(max_length=16, choices=Side)
    author = address_field()

    class Meta:
        abstract = True


class StatementQuerySet(models.QuerySet["Statement"]):
    """Reads of statements."""

    def of(self, dispute: PurchaseReturn) -> StatementQuerySet:
        """Return what was said in a dispute, in the order in which it was."""
        return self.filter(**key_of(dispute)).order_by("said_at", "pk")

    def by_seller_of_outer(self) -> StatementQuerySet:
        """Return the seller's statements in the dispute of an outer query."""
        return self.filter(side=Side.SELLER, **{name: OuterRef(name) for name in KEY})


class Statement(OfDispute):
    """What somebody said. ``content`` is its document in canonical JSON; the salt in it keeps a short text from being
    guessed by its CID. ``once`` is of the form that it was sent by, so that two presses say it once.
    """

    cid = models.CharField(max_length=64, unique=True)
    content = models.BinaryField()
    text = models.TextField(max_length=MOST_EVIDENCE, blank=True)
    once = models.CharField(max_length=64)
    said_at = models.DateTimeField(default=timezone.now)

    objects = StatementQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=[*KEY, "author", "once"], name="statement_once")]

    def __str__(self) -> str:
        return self.cid


class AttachmentQuerySet(models.QuerySet["Attachment"]):
    """Reads of attachments. None of them loads what is in the files."""

    def of(self, dispute: PurchaseReturn) -> AttachmentQuerySet:
        """Return the files of a dispute, in the order in which they came."""
        found = self.filter(**key_of(dispute)).select_related("file").defer("file__content")
        return found.order_by("pk")

    def waiting(self, author: str) -> AttachmentQuerySet:
        """Return what somebody has attached and not sent yet; nobody else sees it."""
        return self.filter(statement=None, author=author)

    def unsendable(self, now: datetime) -> AttachmentQuerySet:
        """Return what was not sent and cannot be any more: its dispute is closed, or the time for it is over."""
        same = {name: OuterRef(name) for name in KEY}
        still = PurchaseReturn.objects.filter(stage=Stage.DISPUTED, rule_by__gt=now, **same)
        return self.filter(~Exists(still), statement=None)

    def seen_by(self, author: str) -> AttachmentQuerySet:
        """Return what was sent, and what waits to be sent by the one who looks."""
        return self.filter(~Q(statement=None) | Q(author=author))


class Attachment(OfDispute):
    """A file in a dispute, with the name that its sender gave it. It waits until the statement is sent."""

    statement = models.ForeignKey(Statement, on_delete=models.PROTECT, null=True, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="attachments")
    name = models.CharField(max_length=80)
    added_at = models.DateTimeField(default=timezone.now)

    objects = AttachmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=[*KEY, "author", "file"], condition=Q(statement=None), name="attachment_waits_once"
            ),
        ]
        indexes = [models.Index(fields=list(KEY), name="attachment_dispute")]

    def __str__(self) -> str:
        return self.name
