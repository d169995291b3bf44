"""Listings on chain and their plans, as their events left them."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from common.fields import WeiField
from contracts.models import Chain, address_field, hash_field

NOT_OFFERED = 2**256 - 1  # the price that takes a plan off its listing


class Plan(models.IntegerChoices):
    """How access is sold."""

    LASTING = 0, _("Lasting access")
    SUBSCRIPTION = 1, _("Subscription")
    METERED = 2, _("Metered use")


class ListingState(models.IntegerChoices):
    """What a listing's seller, or a moderator, has made of it."""

    LISTED = 1, _("For sale")
    PAUSED = 2, _("Paused by its seller")
    SUSPENDED = 3, _("Suspended")
    RETIRED = 4, _("Retired")


class OnchainListing(models.Model):
    """The fold of a model's listing. ``metadata`` is ``ipfs://<CID>``; ``split`` is [[address, bps], …].

    ``resale_royalty_bps`` is the seller's part of a resale. ``parent`` is the model id that it derives from, empty
    where none; its seller gets ``royalty_bps``, in 1/10,000. ``state`` is its seller's; until ``suspended_until`` a
    suspension covers it. ``access_list`` is the root of those who may buy, empty where everybody may.
    """

    chain = models.ForeignKey(Chain, on_delete=models.CASCADE, related_name="+")
    model_id = hash_field()
    seller = address_field(db_index=True)
    category = models.PositiveSmallIntegerField()
    # The contract's bound, MOST_METADATA, is in bytes, so characters always fit.
    metadata = models.CharField(max_length=256)
    state = models.PositiveSmallIntegerField(choices=ListingState)
    suspended_until = models.DateTimeField(null=True)
    split = models.JSONField(default=list)
    split_hash = hash_field(blank=True)
    parent = hash_field(blank=True)
    royalty_bps = models.PositiveSmallIntegerField(default=0)
    transfers_allowed = models.BooleanField(default=False)
    resale_allowed = models.BooleanField(default=False)
    resale_royalty_bps = models.PositiveSmallIntegerField(default=0)
    access_list = hash_field(blank=True)
    is_featured = models.BooleanField(default=False)
    listed_block = models.PositiveBigIntegerField()
    listed_at = models.DateTimeField()
    changed_block = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["chain", "model_id"], name="onchain_listing_key_unique")]
        indexes = [
            models.Index(fields=["metadata"], name="onchain_listing_metadata"),
            models.Index(fields=["chain", "changed_block"], name="onchain_listing_changed"),
        ]

    def __str__(self) -> str:
        return self.model_id

    @property
    def state_now(self) -> ListingState:
        """Its state at this moment."""
        return self.state_at(timezone.now())

    def state_at(self, moment: datetime) -> ListingState:
        """Return its state at a moment after its last event: a suspension ends by itself, without an event."""
        # A retired listing says so even under a suspension: retiring is for ever.
        covered = self.state in (ListingState.LISTED, ListingState.PAUSED)
        if covered and self.suspended_until and self.suspended_until > moment:
            return ListingState.SUSPENDED
        return ListingState(self.state)


class OnchainPlan(models.Model):
    """One plan that a listing offers: ``price`` in units of ``token`` for a pass, or for a ``period`` in seconds."""

    listing = models.ForeignKey(OnchainListing, on_delete=models.CASCADE, related_name="plans")
    plan = models.PositiveSmallIntegerField(choices=Plan)
    token = address_field()
    price = WeiField()
    period = models.PositiveBigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["listing", "plan"], name="onchain_plan_key_unique")]
        ordering = ["plan"]

    def __str__(self) -> str:
        return str(self.get_plan_display())
