"""What an account may not do for a while, because moderators paused it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from http import HTTPStatus

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.errors import DomainError


class Scope(models.TextChoices):
    """What is paused."""

    PUBLISHING = "publishing", _("Publishing")
    WRITING = "writing", _("Writing")
    REVIEWING = "reviewing", _("Reviewing")


class RestrictedError(DomainError):
    """Moderators have paused what the account wants to do."""

    code = "account-paused"
    status = HTTPStatus.FORBIDDEN
    detail = _("Moderators have paused this for your account. The statement of reasons says why, and how to appeal.")


class RestrictionQuerySet(models.QuerySet["Restriction"]):
    """Reads of restrictions."""

    def in_force(self, now: datetime | None = None) -> RestrictionQuerySet:
        """Keep those that hold now."""
        return self.filter(Q(until=None) | Q(until__gt=now or timezone.now()), lifted_at=None)


class Restriction(models.Model):
    """One thing that one address may not do until a time; for ever where there is none. ``decision`` is its number."""

    address = models.CharField(max_length=42)
    scope = models.CharField(max_length=16, choices=Scope)
    decision = models.PositiveBigIntegerField()
    made_at = models.DateTimeField(default=timezone.now)
    until = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(null=True)

    objects = RestrictionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["address", "scope"], name="restriction_address")]

    def __str__(self) -> str:
        return f"{self.address}: {self.scope}"


def refuse_restricted(address: str, scope: Scope) -> None:
    """Raise RestrictedError where an address may not do something now. One query."""
    held = Restriction.objects.in_force().filter(address=address.lower(), scope=scope).order_by("-pk").first()
    if held:
        raise RestrictedError(scope=held.scope, until=held.until, decision=held.decision)


def restrict(*, address: str, scopes: Iterable[str], decision: int, until: datetime | None) -> list[Restriction]:
    """Have an address not do some things until a time, for ever where there is none; ``decision`` is its number."""
    about = {"address": address.lower(), "decision": decision, "until": until}
    return Restriction.objects.bulk_create(Restriction(scope=Scope(scope), **about) for scope in scopes)


def lift_restrictions(*, address: str) -> int:
    """Let an address do everything again; return how many restrictions ended."""
    held = Restriction.objects.in_force().filter(address=address.lower())
    return held.update(lifted_at=timezone.now())
