"""Gates: models whose seller wants to be asked, and whom sellers let in or keep out, by the names of listings.

The chain keeps the list of who may buy by its root (``access_lists``). What stands here is what this site goes by at
the next call and the next download, before the seller's wallet has changed anything.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from http import HTTPStatus
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.statements import Found, Given, Question, Statement
from contracts.models import address_field

from .errors import NotForSaleError

MOST_REASON = 500
MOST_TERMS = 4_000


class Gate(models.Model):
    """A listing whose seller decides who may have it. ``wants`` is what to say to that, ``terms`` what to accept."""

    listing = models.CharField(max_length=193)
    is_on = models.BooleanField(default=True)
    wants = models.CharField(max_length=MOST_REASON, blank=True)
    terms = models.TextField(blank=True, max_length=MOST_TERMS)
    changed_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(Lower("listing"), name="gate_listing_unique")]

    def __str__(self) -> str:
        return self.listing


class AccessRule(models.Model):
    """What a seller says of one address and one listing: let in, or kept out with the ``reason`` that it is told."""

    listing = models.CharField(max_length=193)
    address = address_field()
    allows = models.BooleanField()
    reason = models.CharField(max_length=MOST_REASON, blank=True)
    set_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint("address", Lower("listing"), name="access_rule_unique")]
        indexes = [models.Index(fields=["listing", "allows", "-set_at", "id"], name="access_rule_listed")]

    def __str__(self) -> str:
        return f"{self.listing} {self.address}"


class Standing(StrEnum):
    """How an address stands with a listing's seller."""

    FREE = "free"  # nobody has to be asked
    ASKS = "asks"  # gated, and not let in
    ALLOWED = "allowed"
    DENIED = "denied"


class GatedError(NotForSaleError):
    """Its seller wants to be asked first."""

    code = "gated"
    status = HTTPStatus.FORBIDDEN
    detail = _("This model is gated: its seller decides who may have it. Ask for access on its page.")


class AccessDeniedError(NotForSaleError):
    """Its seller keeps this address out; ``data`` holds the seller's reason."""

    code = "access-denied"
    status = HTTPStatus.FORBIDDEN

    def __init__(self, reason: str) -> None:
        plain = _("The seller of this model has closed it to your address.")
        told = _("The seller of this model has closed it to your address: %(reason)s")
        super().__init__(told % {"reason": reason} if reason else plain, reason=reason)


def is_gated(listing: str) -> bool:
    """Say whether the seller of a listing wants to be asked."""
    return gates_of(listing).exists()


def gates_of(listing: OuterRef | str) -> models.QuerySet[Gate]:
    """Return the open gate of a listing's name, if there is one."""
    return Gate.objects.filter(listing=listing, is_on=True)


def standing_of(listing: str, address: str) -> tuple[Standing, str]:
    """Return how an address stands with the seller of a listing, and the reason where it is kept out. One query."""
    rules = AccessRule.objects.filter(listing=listing, address=address)
    gated = Exists(gates_of(listing))
    rule = rules.annotate(gated=gated).values_list("allows", "reason", "gated").first()
    if rule is None:
        return (Standing.ASKS if is_gated(listing) else Standing.FREE), ""
    allows, reason, on = rule
    if not allows:
        return Standing.DENIED, reason
    return (Standing.ALLOWED if on else Standing.FREE), ""


def is_let_in(listing: str, address: str) -> bool:
    """Say whether the seller of a listing has let an address in. One query."""
    return AccessRule.objects.filter(listing=listing, address=address, allows=True).exists()


def rule_asked(listing: str, address: str) -> Question[Any]:
    """Return the question that ``standing_in`` takes the answer of, for pages that ask much at once."""
    return _rules().asked(listing=listing, address=address)


@cache
def _rules() -> Statement[Any]:
    rules = AccessRule.objects.filter(listing=Given("listing"), address=Given("address"))
    return Statement(rules.values_list("allows", "reason"))


def standing_in(listing: object, found: Found[Any] | None) -> tuple[Standing, str]:
    """Return how somebody stands with a listing's seller, and the sentence where they may not buy. No query.

    ``found`` answers ``rule_asked``; None for visitors. A listing that was not found by ``listings_named`` costs one.
    """
    known: bool | None = getattr(listing, "is_gated", None)
    gated = is_gated(str(listing)) if known is None else known  # a listing's text is its name
    allows, reason = found.read[0] if found is not None and found.read else (None, "")
    if allows is False:
        return Standing.DENIED, str(AccessDeniedError(reason).detail)
    if not gated:
        return Standing.FREE, ""
    return (Standing.ALLOWED, "") if allows else (Standing.ASKS, str(GatedError.detail))


def refuse_denied(listing: str, address: str) -> None:
    """Raise AccessDeniedError for whom the seller keeps out, whatever they hold."""
    denied = AccessRule.objects.filter(Q(listing=listing) & Q(address=address), allows=False)
    if (reason := denied.values_list("reason", flat=True).first()) is not None:
        raise AccessDeniedError(reason)


def refuse_unwelcome(listing: str, address: str) -> None:
    """Raise AccessDeniedError for whom the seller keeps out, GatedError for who has to be let in first."""
    standing, reason = standing_of(listing, address)
    if standing == Standing.DENIED:
        raise AccessDeniedError(reason)
    if standing == Standing.ASKS:
        raise GatedError
