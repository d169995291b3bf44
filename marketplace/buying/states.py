"""Where an order can stand, and how it can end."""

from __future__ import annotations

from enum import StrEnum

from django.db import models
from django.utils.translation import gettext_lazy as _

from marketplace.onchain.models.returns import Stage


class State(StrEnum):
    """Where an order stands."""

    PREPARED = "prepared"
    AWAITING = "awaiting"
    SENT = "sent"
    CONFIRMING = "confirming"
    FINAL = "final"
    CANCELLED = "cancelled"
    REVERTED = "reverted"
    REPLACED = "replaced"
    DROPPED = "dropped"
    EXPIRED = "expired"
    REFUNDED = "refunded"
    DISPUTED = "disputed"
    RULED_FOR_BUYER = "ruled-for-buyer"
    RULED_FOR_SELLER = "ruled-for-seller"


UNSENT = {State.PREPARED, State.AWAITING}
RETURNED = {
    Stage.REFUNDED.value: State.REFUNDED,
    Stage.DISPUTED.value: State.DISPUTED,
    Stage.FOR_BUYER.value: State.RULED_FOR_BUYER,
    Stage.FOR_SELLER.value: State.RULED_FOR_SELLER,
}
PAID = {State.CONFIRMING, State.FINAL, *RETURNED.values()}
ENDED = {State.CANCELLED, State.REVERTED, State.REPLACED, State.DROPPED, State.EXPIRED}
OPEN = UNSENT | {State.SENT, State.CONFIRMING}


class Outcome(models.TextChoices):
    """How an order ended, where no event says so."""

    NONE = "", _("open")
    CANCELLED = "cancelled", _("cancelled")
    REVERTED = "reverted", _("reverted")
    REPLACED = "replaced", _("replaced")
    DROPPED = "dropped", _("dropped")
