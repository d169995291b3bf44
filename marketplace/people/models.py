"""What people say about themselves, what of it was shown when, and what they asked to be done with their data."""

from __future__ import annotations

from datetime import timedelta

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from contracts.models import address_field
from marketplace.ground.decisions import ModerationDecision

MOST_NAME = 40
MOST_BIO = 2_000
MOST_LINKS = 5
MOST_LINK = 200
MOST_DOMAIN = 253
KEPT = timedelta(days=7)  # how long an export can be downloaded
WAIT = timedelta(hours=24)  # from asking to be erased to its being done


class SaidQuerySet(models.QuerySet["Profile"]):
    """Reads of profiles."""

    def shown(self) -> SaidQuerySet:
        """Keep those that no moderator hides."""
        return self.filter(decision=None)


class Profile(models.Model):
    """What an address says about itself. ``decision`` is the moderators' one that hides it, if one does.

    ``name`` is what it calls itself, and proves nothing.
    """

    address = address_field(unique=True)
    name = models.CharField(max_length=MOST_NAME, blank=True)
    bio = models.TextField(blank=True)
    links = ArrayField(models.URLField(max_length=MOST_LINK), default=list)
    decision = models.ForeignKey(ModerationDecision, on_delete=models.PROTECT, null=True, related_name="+")
    changed_at = models.DateTimeField(default=timezone.now)

    objects = SaidQuerySet.as_manager()

    def __str__(self) -> str:
        return self.address


class ProfileEdition(models.Model):
    """What a profile said from ``at`` on, for moderators."""

    address = address_field()
    name = models.CharField(max_length=MOST_NAME, blank=True)
    bio = models.TextField(blank=True)
    links = ArrayField(models.URLField(max_length=MOST_LINK), default=list)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [models.Index(fields=["address", "-id"], name="profile_edition_address")]

    def __str__(self) -> str:
        return f"{self.address}, {self.at}"


class ExportState(models.TextChoices):
    """How far an export is."""

    WAITING = "waiting", _("Waiting")
    READY = "ready", _("Ready")
    FAILED = "failed", _("Failed")


class ExportQuerySet(models.QuerySet["DataExport"]):
    """Reads of exports. None of them loads the archive."""

    def of(self, address: str) -> ExportQuerySet:
        """Return an address's, the newest first."""
        return self.filter(address=address).defer("archive").order_by("-pk")


class DataExport(models.Model):
    """All that is kept about an address, as a ZIP file. ``done`` of ``total`` parts are written, with ``rows`` rows."""

    address = address_field()
    state = models.CharField(max_length=8, choices=ExportState, default=ExportState.WAITING)
    asked_at = models.DateTimeField(default=timezone.now)
    done = models.PositiveSmallIntegerField(default=0)
    total = models.PositiveSmallIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    ready_at = models.DateTimeField(null=True)
    size = models.PositiveIntegerField(default=0)
    archive = models.BinaryField(null=True)

    objects = ExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["address"], condition=Q(state="waiting"), name="export_one_at_a_time")
        ]
        indexes = [models.Index(fields=["address", "-id"], name="export_address")]

    def __str__(self) -> str:
        return f"{self.address}, {self.asked_at}"


class Erasure(models.Model):
    """That an address wants to be erased, from ``due_at`` on. The row itself goes with the rest."""

    address = address_field(unique=True)
    asked_at = models.DateTimeField(default=timezone.now)
    due_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["due_at"], name="erasure_due")]

    def __str__(self) -> str:
        return f"{self.address}, {self.due_at}"


class Refusal(models.TextChoices):
    """Why a domain does not name an address."""

    MISSING = "missing", _("There is no such file.")
    UNREAD = "unread", _("The file is not as it has to be: JSON, with the addresses in a list called “addresses”.")
    UNNAMED = "unnamed", _("The file does not name your address.")
    ELSEWHERE = "elsewhere", _("The address of the file leads elsewhere. It has to answer there itself.")
    PRIVATE = "private", _("The domain leads into a private network.")
    SILENT = "silent", _("Nobody answered there in time, or with a certificate that holds for the name.")


class DomainProof(models.Model):
    """A domain that an address says is its own, and what its file said when it was looked at last.

    ``proven_at`` is when the file named the address last, None where it does not; ``refusal`` is why it was not seen
    to, the last time.
    """

    address = address_field(unique=True)
    domain = models.CharField(max_length=MOST_DOMAIN)  # in ASCII, so that letters that look like others do not
    asked_at = models.DateTimeField(default=timezone.now)
    checked_at = models.DateTimeField(null=True)
    proven_at = models.DateTimeField(null=True)
    refusal = models.CharField(max_length=16, choices=Refusal, blank=True)

    class Meta:
        indexes = [models.Index(fields=["checked_at"], name="proof_checked")]

    def __str__(self) -> str:
        return f"{self.domain}: {self.address}"

    @property
    def is_waiting(self) -> bool:
        """Whether nobody has looked yet since it was asked for."""
        return self.checked_at is None or self.checked_at < self.asked_at
