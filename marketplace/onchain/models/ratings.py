"""Ratings given on chain."""

from __future__ import annotations

from django.db import models

from common.fields import WeiField
from contracts.models import Fact, address_field, hash_field


class RatingFact(Fact):
    """A rating of 1 to 5, which replaces the rater's earlier one; zero voids it. ``weight`` is in wei of fees."""

    model_id = hash_field()
    rater = address_field()
    rating = models.PositiveSmallIntegerField()
    weight = WeiField()
    review = models.CharField(max_length=100, blank=True)

    class Meta(Fact.Meta):
        indexes = [*Fact.Meta.indexes, models.Index(fields=["chain", "model_id", "rater"], name="rating_model")]
