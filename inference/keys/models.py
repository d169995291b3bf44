"""API keys: what each may be used for, what it may spend, and what it has spent.

The secret itself is kept nowhere. A day is a day of UTC; a week begins on Monday, a month on its first day.
"""

from __future__ import annotations

import uuid
from datetime import datetime

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import OptionalWeiField, WeiField
from contracts.models import Chain, address_field, hash_field

MOST_NAME = 60


class KeyState(models.TextChoices):
    """Where a key stands."""

    LIVE = "live", _("Active")
    EXPIRED = "expired", _("Expired")
    REVOKED = "revoked", _("Revoked")


class ApiKeyQuerySet(models.QuerySet["ApiKey"]):
    """Reads of keys."""

    def of(self, user_pk: int) -> ApiKeyQuerySet:
        """Return somebody's keys, the newest first."""
        return self.filter(user_id=user_pk).order_by("-created_at", "-pk")

    def live(self, now: datetime | None = None) -> ApiKeyQuerySet:
        """Keep those that work now."""
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now or timezone.now()), revoked_at=None)


class ApiKey(models.Model):
    """What somebody's programs may do in their name.

    ``key_id`` is the name by which the escrow knows it. ``chain`` is the one that its owner was signed in on: its
    entitlements count, and there ``token`` pays for metered use; none ("") where the key pays for nothing. ``scopes``
    names the listings that it may run, all where there are none; ``networks`` where it may be used from, everywhere
    where there are none. Caps, ``spent`` and ``reserved`` are in the smallest unit of ``token``; None is no cap.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=MOST_NAME)
    key_id = hash_field(unique=True)
    # What a person said cannot be read from the chain again, so it must not go with it.
    chain = models.ForeignKey(Chain, null=True, on_delete=models.PROTECT, related_name="+")
    token = address_field(blank=True, default="")
    scopes = ArrayField(models.CharField(max_length=193), default=list, blank=True)
    networks = ArrayField(models.CharField(max_length=49), default=list, blank=True)
    cap_day = OptionalWeiField(null=True)
    cap_week = OptionalWeiField(null=True)
    cap_month = OptionalWeiField(null=True)
    cap_total = OptionalWeiField(null=True)
    spent = WeiField(default=0)
    reserved = WeiField(default=0)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now)
    last_used_at = models.DateTimeField(null=True)

    objects = ApiKeyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(token="") | Q(chain__isnull=False), name="api_key_pays_on_a_chain"),
            models.CheckConstraint(condition=Q(spent__gte=0, reserved__gte=0), name="api_key_never_negative"),
        ]
        indexes = [
            models.Index(fields=["user", "-created_at"], name="api_key_of_user"),
            models.Index(fields=["last_used_at"], name="api_key_used"),
        ]

    def __str__(self) -> str:
        return f"{self.name} ({self.pk})"

    @property
    def state(self) -> KeyState:
        """Where it stands now."""
        if self.revoked_at:
            return KeyState.REVOKED
        if self.expires_at and self.expires_at <= timezone.now():
            return KeyState.EXPIRED
        return KeyState.LIVE

    @property
    def is_live(self) -> bool:
        """Whether it works now."""
        return self.state == KeyState.LIVE

    @property
    def pays(self) -> bool:
        """Whether it can pay for metered use."""
        return self.token != ""


class KeySecret(models.Model):
    """A secret of a key: its sha256, and what of it is shown again. Until ``ends_at`` it works beside a newer one."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True)
    shown = models.CharField(max_length=16)
    made_at = models.DateTimeField(default=timezone.now)
    ends_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            # However often a key is rotated at once, one secret is its newest.
            models.UniqueConstraint(fields=["key"], condition=Q(ends_at=None), name="key_secret_one_without_end")
        ]

    def __str__(self) -> str:
        return self.shown


class KeyDay(models.Model):
    """What one key has used on one day of UTC: of the calls that began on it."""

    key = models.ForeignKey(ApiKey, on_delete=models.CASCADE, related_name="days")
    day = models.DateField()
    spent = WeiField(default=0)
    reserved = WeiField(default=0)
    calls = models.PositiveBigIntegerField(default=0)
    tokens = models.PositiveBigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "day"], name="key_day_unique"),
            models.CheckConstraint(condition=Q(spent__gte=0, reserved__gte=0), name="key_day_never_negative"),
        ]

    def __str__(self) -> str:
        return f"{self.key_id} {self.day}"
