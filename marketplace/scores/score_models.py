"""What is reckoned of reviews: each listing's score, what all are drawn towards, and how far a chain is followed."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone

from common.fields import WeiField
from contracts.models import Chain, hash_field
from marketplace.listings.models import Listing


class ModelScore(models.Model):
    """The site's score of a listing, for pages to join: reckoned from its reviews by one statement (``reckoning``).

    ``score``, ``mean`` and ``prior`` are in 1/1,000 of a star; score and mean are None where nothing counts.
    ``count`` is how many reviews count, ``stars`` how many of them gave one star, two, … five, ``shown`` how many
    can be read. ``weight`` sums the weights, ``prior_weight`` is what the prior weighs beside them, and ``reference``
    the spending, in wei, that weighs most. ``parts`` has ``{"delivers": {"mean": …, "count": …}, …}``, ``left_out``
    how many are not counted by standing. ``version`` is that of the formula.
    """

    listing = models.OneToOneField(Listing, on_delete=models.CASCADE, primary_key=True, related_name="review_score")
    score = models.PositiveSmallIntegerField(null=True)
    mean = models.PositiveSmallIntegerField(null=True)
    count = models.PositiveIntegerField(default=0)
    shown = models.PositiveIntegerField(default=0)
    stars = ArrayField(models.PositiveIntegerField(), default=list)
    parts = models.JSONField(default=dict)
    left_out = models.JSONField(default=dict)
    weight = models.PositiveBigIntegerField(default=0)
    weighted = models.PositiveBigIntegerField(default=0)
    prior = models.PositiveSmallIntegerField()
    prior_weight = models.PositiveBigIntegerField(default=0)
    reference = WeiField(default=0)
    version = models.PositiveIntegerField()
    reckoned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        indexes = [
            models.Index(F("score").desc(nulls_last=True), "listing", name="score_best"),
        ]

    def __str__(self) -> str:
        return f"{self.listing_id}: {self.score}"


class Prior(models.Model):
    """The mean of all models, in 1/1,000 of a star, that every score is drawn towards; one row. ``of`` is how many."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    value = models.PositiveSmallIntegerField()
    of = models.PositiveIntegerField(default=0)
    reckoned_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(id=1), name="prior_one")]

    def __str__(self) -> str:
        return str(self.value)


class Followed(models.Model):
    """Up to which block of a chain the reviews' standings follow it: the block by its hash, and what was final then."""

    chain = models.OneToOneField(Chain, on_delete=models.CASCADE, primary_key=True, related_name="+")
    number = models.BigIntegerField()
    hash = hash_field()
    final = models.BigIntegerField()

    def __str__(self) -> str:
        return f"{self.chain_id}/{self.number}"
